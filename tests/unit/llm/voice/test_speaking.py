"""The voice around an answer: what it adds, what it leaves out, and that it changes nothing."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.voice.choosing import Turns
from llm.voice.dimensions import dimensions
from llm.voice.speaking import Moment, Voice, survives
from llm.voice.style import StyleSettings, built_in_presets
from llm.voice.wording import Wording, wording_of

ROOT = Path(__file__).parents[4]
TEXT = "Unused items can be returned within 30 days. The label is free in the UK."
RETURNS = Moment(Turns("ada", 1), intent="ask_return_policy", topic="How do returns work?")
NUMBER = re.compile(r"\d+(?:[.,:–]\d+)*")
SENTENCES = st.sampled_from(
    [
        "Delivery costs £3.95.",
        "It takes 2–4 working days!",
        "Is it free over £1,250.00?",
        "Write “Return. FH-1003” on the box.",
        "Öffnen Sie am 12. Mai um 9:30 Uhr.",
        "You need: a rope; 2 maps; a friend (at least).",
        "Schreiben Sie „Rückgabe 7“ darauf.",
        "1. Open it.",
        "e.g. no. 5 is 20% off…",
        "It's 5 kg",
    ]
)
POSITIONS = st.dictionaries(st.sampled_from(sorted(dimensions())), st.floats(-1, 1), max_size=18)


def voice(**positions: float) -> Voice:
    return Voice(StyleSettings(dimensions=positions))


def wording(language: str = "en") -> Wording:
    found = wording_of(language)
    assert found
    return found


def one_of(phrases: tuple, text: str) -> bool:
    return any(phrase.say.replace("{topic}", RETURNS.topic) in text for phrase in phrases)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(SENTENCES, min_size=1, max_size=7),
    st.sampled_from([" ", "\n\n", "\n"]),
    POSITIONS,
    st.sampled_from(["", "upset", "calm", "pleased"]),
    st.sampled_from(["en", "de", "fr"]),
    st.integers(0, 9),
)
def test_every_number_quotation_and_sentence_survives_in_order(
    parts: list[str], between: str, positions: dict[str, float], mood: str, language: str, turn: int
) -> None:
    source = between.join(parts)
    moment = Moment(Turns("ada", turn), "web", mood, language, "ask_shipping_cost", "What does it cost?")
    said = Voice(StyleSettings(dimensions=positions)).answer(source, moment)
    plain, place = " ".join(said.split()), 0
    for part in parts:
        place = plain.find(part, place)
        assert place >= 0, (part, said)
        place += len(part)
    assert NUMBER.findall(said) == NUMBER.findall(source)
    # Whatever stands between the first and the last sentence is the source's, white space aside.
    assert " ".join(source.split()) in plain
    assert survives(source, said)


@given(st.text(max_size=200), st.sampled_from(["", "upset"]), st.sampled_from(["en", "de"]))
def test_the_neutral_voice_leaves_any_text_as_it_is(text: str, mood: str, language: str) -> None:
    assert Voice().answer(text, Moment(mood=mood, language=language, topic="x")) == text


@pytest.mark.parametrize("preset", built_in_presets())
def test_the_demos_own_answers_survive_every_preset(preset: str) -> None:
    answers = [
        (response["answer"], language)
        for file in (ROOT / "tests/recordings").glob("*.json")
        for exchange in json.loads(file.read_text(encoding="utf-8"))["exchanges"]
        for response in exchange["answer"].get("responses", ())
        if response.get("answer")
        for language in [exchange["asked"]["slots"].get("language", "en")]
    ]
    assert len(answers) > 20
    for text, language in answers:
        said = Voice(StyleSettings(preset=preset)).answer(text, replace(RETURNS, language=language))
        assert " ".join(text.split()) in " ".join(said.split()) and said != text
        assert NUMBER.findall(said) == NUMBER.findall(text)


def test_a_warm_voice_begins_kindly_and_a_direct_one_with_the_answer() -> None:
    assert one_of(wording().openings, voice(warmth=0.8).answer(TEXT, RETURNS))
    assert voice(warmth=0.8, directness=0.9).answer(TEXT, RETURNS) == TEXT


def test_a_text_with_an_opening_of_its_own_gets_no_second_one() -> None:
    assert voice(warmth=0.8).answer("Yes, it is free.", RETURNS) == "Yes, it is free."
    assert voice(warmth=0.8).answer("Yesterday it was free.", RETURNS) != "Yesterday it was free."


def test_the_end_is_a_next_step_on_the_subject() -> None:
    said = voice(guidance=0.9).answer(TEXT, RETURNS)
    assert said.startswith(TEXT) and one_of(wording().next_steps["returns"], said)
    other = voice(guidance=0.9).answer(TEXT, replace(RETURNS, intent="something"))
    assert one_of(wording().next_steps["any"], other)


def test_no_next_step_where_something_follows_or_the_text_asks() -> None:
    assert voice(guidance=0.9).answer(TEXT, replace(RETURNS, goes_on=True)) == TEXT
    assert voice(guidance=0.9).answer("Which size?", RETURNS) == "Which size?"


def test_what_was_understood_is_said_only_where_the_subject_is_known() -> None:
    assert "“How do returns work?”" in voice(understanding=0.9).answer(TEXT, RETURNS)
    assert voice(understanding=0.9).answer(TEXT, replace(RETURNS, topic="")) == TEXT


def test_the_source_is_named_and_certainty_is_coloured() -> None:
    assert "help centre" in voice(attribution=0.9).answer(TEXT, RETURNS)
    careful = voice(assurance=-1, presence=0.4).answer(TEXT, RETURNS).split("\n\n")[0]
    assert careful in ("As far as I can see:", "I think this is the part that answers it:")
    sure = voice(assurance=1).answer(TEXT, RETURNS).split("\n\n")[0]
    assert sure in ("Here is exactly how it works:", "This much is certain:")


def test_brevity_leaves_room_for_one_sentence_before_the_answer_and_slowness_for_three() -> None:
    wanted = {"warmth": 0.9, "understanding": 0.8, "attribution": 0.7}

    def lead(brevity: float) -> int:
        said = voice(**wanted, brevity=brevity).answer(TEXT, RETURNS).split("\n\n")[0]
        lists = (wording().openings, wording().understanding, wording().attribution)
        return sum(one_of(one, said) for one in lists)

    assert [lead(0.5), lead(0), lead(-0.8)] == [1, 2, 3]


def test_sympathy_comes_first_for_the_upset_and_nothing_cheerful_does() -> None:
    upset = replace(RETURNS, mood="upset")
    for preset in built_in_presets():
        said = Voice(StyleSettings(preset=preset)).answer(TEXT, upset)
        first = said.split("\n\n")[0]
        assert first in [phrase.say for phrase in wording().care], preset
        assert "!" not in said.replace(TEXT, "") or preset == "trailmate"
        assert not re.search("[\U0001f300-\U0001faff]", said)
    assert voice(empathy=-1, guidance=0.1, warmth=1).answer(TEXT, upset) == TEXT


def test_sympathy_that_is_said_elsewhere_is_not_said_again() -> None:
    moment = replace(RETURNS, mood="upset", cared=True)
    assert Voice(StyleSettings(preset="companion")).answer(TEXT, moment).startswith(TEXT[:20])


def test_an_answer_that_is_led_up_to_gets_nothing_before_it() -> None:
    said = Voice(StyleSettings(preset="companion")).answer(TEXT, replace(RETURNS, led=True))
    assert said.startswith("Unused items")


def test_emoji_follow_the_kind_words_and_from_afar_the_next_step_too() -> None:
    kind = {"warmth": 0.6, "guidance": 0.6}
    count = [
        len(re.findall("[\U0001f300-\U0001faff⛰]", voice(**kind, emoji=emoji).answer(TEXT, RETURNS)))
        for emoji in (0.1, 0.5, 0.9)
    ]
    assert count == [0, 1, 2]


def test_a_language_without_wordings_is_laid_out_and_nothing_more() -> None:
    companion = Voice(StyleSettings(preset="companion"))
    said = companion.answer(TEXT + " " + TEXT, replace(RETURNS, language="fr"))
    assert " ".join(said.split()) == TEXT + " " + TEXT and "\n\n" in said


def test_german_is_german() -> None:
    said = Voice(StyleSettings(preset="companion")).answer(
        "Das dauert 3 Tage.", replace(RETURNS, language="de")
    )
    assert one_of(wording("de").openings, said) and one_of(wording("de").next_steps["returns"], said)


def test_a_transition_leads_over_to_the_responses_of_its_kind() -> None:
    kinds = {"asking": ("utter_ask_*",), "done": ("utter_cancel_done",)}
    speaking = Voice(StyleSettings(preset="trailmate", transitions=kinds))
    asked = speaking.transition("utter_ask_item", "Which item?", RETURNS)
    assert asked in [phrase.say for phrase in wording().transitions["asking"]]
    assert speaking.transition("utter_cancel_done", "It is cancelled.", RETURNS)
    assert not speaking.transition("utter_greet", "Hello!", RETURNS)
    assert not speaking.transition("utter_ask_item", "Sure. Which item?", RETURNS)
    assert not speaking.transition("utter_ask_item", "Which item?", replace(RETURNS, mood="upset"))
    assert not speaking.transition("utter_ask_item", "Which item?", replace(RETURNS, language="fr"))


@pytest.mark.parametrize("preset", ["neutral", "plainspoken"])
def test_a_neutral_or_direct_voice_needs_no_transition(preset: str) -> None:
    speaking = Voice(StyleSettings(preset=preset, transitions={"asking": ("*",)}))
    assert speaking.transition("utter_ask_item", "Which item?", RETURNS) == ""


def test_sympathy_before_a_response_is_not_doubled() -> None:
    upset = replace(RETURNS, mood="upset")
    companion = Voice(StyleSettings(preset="companion"))
    assert companion.care("Which order is it?", upset)
    assert companion.care("I'm sorry, that didn't work. Which order?", upset) == ""
    assert companion.care("Which order is it?", RETURNS) == ""
    assert Voice().care("Which order is it?", upset) == ""


def test_survival_notices_a_changed_a_missing_and_a_swapped_sentence() -> None:
    assert survives(TEXT, f"Sure.\n\n{TEXT.replace('. ', '.  ')} Bye.")
    assert not survives(TEXT, TEXT.replace("30", "14"))
    assert not survives(TEXT, "Unused items can be returned within 30 days.")
    assert not survives(TEXT, "The label is free in the UK. Unused items can be returned within 30 days.")
