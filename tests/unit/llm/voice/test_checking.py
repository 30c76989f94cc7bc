"""What the checker hears: by hand-written texts, one for each end of what it can hear."""

import pytest

from llm.errors import VoiceError
from llm.voice.checking import check
from llm.voice.dimensions import dimensions
from llm.voice.samples import confusion, samples
from llm.voice.style import Style, StyleSettings, built_in_presets, presets_of
from tests.unit.llm.voice.letters import LETTERS

LONG = (
    "It may be said that, all in all, and after a good look at everything that we know, it does seem to be "
    "the case that for orders of that kind nothing at all has to be paid by you for delivery, which most "
    "people find to be quite good news, as do we ourselves, as you may well imagine."
)
# Dimension, mood, what speaks for its low end, what for its high end.
ENDS = [
    ("formality", "", "Hey, no worries, that's it.", "I am pleased to assist; kindly find the following."),
    ("warmth", "", "It is free.", "I'm so glad you asked, happy to help: it is free."),
    ("brevity", "", LONG, "It is free."),
    ("empathy", "upset", "It is free.", "I'm sorry, I understand how frustrating this is. It is free."),
    ("enthusiasm", "", "It is free.", "Brilliant! It is free! Great!"),
    ("assurance", "", "As far as I can see, it is perhaps free.", "It is definitely, always exactly free."),
    ("politeness", "", "Send the number.", "Thank you. Please send the number, would you mind?"),
    ("guidance", "", "It is free.", "It is free. If you tell me the order number, I can look where it is."),
    ("dialogue", "", "It is free. Tell me the number.", "It is free. Which order is it?"),
    ("emoji", "", "It is free.", "It is free 😀👍"),
    ("paragraphs", "", "word " * 80, "Two words.\n\nThree more words."),
    ("structure", "", "You need: a rope; a map; a friend.", "You need:\n- a rope\n- a map"),
    ("attribution", "", "It is free.", "According to our help centre it is free."),
    ("understanding", "", "It is free.", "You asked about delivery. It is free."),
    ("presence", "", "Delivery is free.", "I can tell you that we deliver free; let me show you our list."),
    ("directness", "", "Thank you for asking such a good question, happy to explain. It is £3.", "It is £3."),
    ("humour", "", "It is free.", "Boots on, it is free, off to the hills."),
]  # fmt: skip


@pytest.mark.parametrize(("dimension", "mood", "low", "high"), ENDS, ids=[end[0] for end in ENDS])
def test_each_end_is_heard(dimension: str, mood: str, low: str, high: str) -> None:
    def score(text: str, wanted: float) -> float:
        return check(text, Style({dimension: wanted}), mood=mood).scores[dimension]

    assert score(high, 1) > 0.5 and score(low, -1) > 0.5
    assert score(high, 1) > score(low, 1) + 0.25 and score(low, -1) > score(high, -1) + 0.25


def test_every_dimension_that_can_be_heard_is_tried_above() -> None:
    assert {end[0] for end in ENDS} == {name for name, one in dimensions().items() if one.heard}


def test_scores_are_explained_worst_first() -> None:
    verdict = check("Sure thing! It's £3.95.", Style({"formality": 0.9, "humour": -0.9}))
    assert [one.dimension for one in verdict.judged] == ["formality", "humour"]
    assert "wanted +0.9, heard -1.0 (against it: “sure” “it's”)" in verdict.judged[0].sentence
    assert 0 <= verdict.overall <= 1


def test_a_voice_that_asks_for_nothing_is_always_kept() -> None:
    verdict = check("Whatever!", Style({"warmth": 0.1}))
    assert verdict.overall == 1.0 and not verdict.judged


def test_the_help_centres_own_words_are_not_held_against_the_voice() -> None:
    source = "Hey, that's our stuff! No worries."
    formal = Style({"formality": 0.9})
    text = f"Certainly, allow me to explain. {source}"
    assert check(text, formal, source=source).overall > check(text, formal).overall + 0.3


def test_sympathy_that_comes_late_is_not_sympathy_first() -> None:
    wanted = Style({"empathy": 1})
    assert check("It is free. I'm so sorry.", wanted, mood="upset").overall == 0.0
    assert "empathy" not in check("It is free.", wanted, mood="calm").scores


def test_the_same_text_is_always_judged_alike() -> None:
    style = presets_of(StyleSettings())["companion"]
    assert check(LETTERS["en"]["companion"], style) == check(LETTERS["en"]["companion"], style)


def test_a_language_without_a_list_cannot_be_judged() -> None:
    with pytest.raises(VoiceError, match=r"'fr' \(it can in de, en\): translate"):
        check("Oui.", Style({"warmth": 1}), "fr")


@pytest.mark.parametrize("text", ["", "   ", "?!", "😀", "a" * 5000, "\n\n\n"])
def test_odd_texts_are_judged_too(text: str) -> None:
    for style in presets_of(StyleSettings()).values():
        assert 0 <= check(text, style, mood="upset").overall <= 1


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_presets_answers_keep_their_own_voice_best(language: str) -> None:
    names = list(built_in_presets())
    for place, row in enumerate(confusion(StyleSettings(), names, language)):
        others = [value for other, value in enumerate(row) if other != place]
        assert row[place] > 0.75 and row[place] > max(others) + 0.1, (names[place], row)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("preset", built_in_presets())
def test_letters_that_people_wrote_are_heard_as_the_preset_they_were_written_for(
    language: str, preset: str
) -> None:
    styles = presets_of(StyleSettings())
    scored = {
        name: check(LETTERS[language][preset], styles[name], language).overall for name in LETTERS["en"]
    }
    assert max(scored, key=lambda name: scored[name]) == preset, scored


@pytest.mark.parametrize("language", ["en", "de"])
def test_there_are_ten_samples_and_each_has_facts(language: str) -> None:
    assert len(samples(language)) == 10
    assert sum(any(letter.isdigit() for letter in one.text) for one in samples(language)) == 10


def test_samples_in_another_language_are_missed_in_words() -> None:
    with pytest.raises(VoiceError, match="no sample answers in 'fr': take one of en, de"):
        samples("fr")
