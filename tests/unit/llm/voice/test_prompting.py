"""What a language model is told of a voice."""

import pytest

from llm.voice.dimensions import dimensions
from llm.voice.prompting import instructions
from llm.voice.speaking import Moment, Voice
from llm.voice.style import Style, StyleSettings, style_for


def test_nothing_is_told_of_a_neutral_voice() -> None:
    assert instructions(Style()) == ""
    assert instructions(Style({"warmth": 0.1}), "de") == ""


def test_both_ends_and_their_strength_are_told() -> None:
    told = instructions(Style({"formality": 0.9, "humour": -0.4}))
    assert "- Write formally" in told and "- To some extent: Stay serious" in told
    assert "never changes facts" in told.splitlines()[0]


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_dimension_has_words_for_both_ends(language: str) -> None:
    lines = [
        instructions(Style({name: end}), language).splitlines()[1] for name in dimensions() for end in (-1, 1)
    ]
    assert len(set(lines)) == 2 * len(dimensions())


def test_who_is_upset_is_met_with_sympathy_first() -> None:
    style = style_for(StyleSettings(preset="trailmate"), mood="upset")
    assert "upset" in instructions(style, mood="upset").splitlines()[1]
    assert "exclamation mark or two" not in instructions(style, mood="upset")
    assert "verärgert" in instructions(Style(), "de", "upset")


def test_the_voice_tells_what_holds_at_a_moment() -> None:
    voice = Voice(StyleSettings(preset="trailmate", channels={"slack": {"preset": "concierge"}}))
    assert "Write casually" in voice.instructions(Moment(channel="web"))
    assert "Write formally" in voice.instructions(Moment(channel="slack"))
    assert "Schreiben Sie locker" in voice.instructions(Moment(language="de"))
    assert Voice().instructions(Moment()) == ""


def test_another_language_is_told_in_english() -> None:
    assert instructions(Style({"warmth": 1}), "fr") == instructions(Style({"warmth": 1}), "en")
