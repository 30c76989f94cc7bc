from __future__ import annotations

from typing import Any

import pytest

from components.routing import Bands, Route, Rules, Situation, route

RULES = Rules(
    Bands(0.4, 0.7), {"greet": Bands(0.4, 0.4), "cancel_order": Bands(0.5, 0.85)}, never_offered=("insult",)
)
TRACK = {"intent": "track_order", "entities": {"order_number": "FH-1001"}}
CANCEL = {"intent": "cancel_order"}
RETURN = {"intent": "start_return", "entities": None}
ASKED = {"current": TRACK, "next": [CANCEL]}
OFFERED = {"current": None, "next": [TRACK, CANCEL, RETURN]}


def routed(intent: str | None, confidence: float, text: str = "hm", **situation: Any) -> Route:
    ranking = [{"name": intent, "confidence": confidence}] if intent else []
    return route(text, ranking, Situation(**situation), RULES)


@pytest.mark.parametrize(
    ("intent", "confidence", "expected", "band"),
    [
        ("track_order", 1.0, "track_order", "do"),
        ("track_order", 0.7, "track_order", "do"),
        ("track_order", 0.699, "nlu_confirm", "confirm"),
        ("track_order", 0.4, "nlu_confirm", "confirm"),
        ("track_order", 0.399, "nlu_fallback", "fallback"),
        ("track_order", 0.0, "nlu_fallback", "fallback"),
        ("greet", 0.4, "greet", "do"),
        ("greet", 0.39, "nlu_fallback", "fallback"),
        ("cancel_order", 0.84, "nlu_confirm", "confirm"),
        ("cancel_order", 0.85, "cancel_order", "do"),
        ("cancel_order", 0.49, "nlu_fallback", "fallback"),
        ("insult", 0.5, "nlu_fallback", "fallback"),
        (None, 0.0, "nlu_fallback", "fallback"),
    ],
)
def test_confidence_decides_by_the_bands_of_the_intent(
    intent: str | None, confidence: float, expected: str, band: str
) -> None:
    decided = routed(intent, confidence)
    assert (decided.intent, decided.band) == (expected, band)
    assert decided.why


def test_while_a_form_asks_only_what_is_sure_interrupts() -> None:
    assert routed("track_order", 0.7, in_form=True).intent == "track_order"
    assert routed("track_order", 0.69, in_form=True).intent == "nlu_fallback"
    assert {routed("track_order", c, in_form=True).band for c in (0.1, 0.9)} == {"form"}


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (1, "track_order"),
        (2, "question_repeated"),
        (3, "question_repeated_again"),
        (4, "request_person"),
        (9, "request_person"),
    ],
)
def test_a_repeated_question_climbs_from_readings_to_a_person(tier: int, expected: str) -> None:
    assert routed("track_order", 0.9, repeat_tier=tier).intent == expected


def test_a_question_of_a_form_is_never_a_repeat() -> None:
    assert routed("track_order", 0.9, repeat_tier=3, in_form=True).intent == "track_order"


def test_a_yes_does_what_was_offered_with_its_entities() -> None:
    assert routed("affirm", 0.45, readings=ASKED) == Route(
        "track_order", "resolved", "a yes to the reading that was offered", {"order_number": "FH-1001"}
    )


def test_saying_it_again_is_a_yes_too() -> None:
    assert routed("track_order", 0.5, readings=ASKED).band == "resolved"
    assert routed("cancel_order", 0.6, readings=ASKED).intent == "nlu_confirm"


def test_a_no_asks_for_the_next_readings() -> None:
    assert routed("deny", 0.5, readings=ASKED).intent == "nlu_next_reading"
    assert routed("deny", 0.5, readings=OFFERED).intent == "nlu_next_reading"


def test_a_yes_or_no_to_nothing_is_only_itself() -> None:
    assert routed("affirm", 0.9).intent == "affirm"
    assert routed("deny", 0.9).intent == "deny"
    assert routed("affirm", 0.9, readings=OFFERED).intent == "affirm"


def test_an_unsure_yes_is_no_yes() -> None:
    assert routed("affirm", 0.39, readings=ASKED).intent == "nlu_fallback"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "track_order"),
        ("the first one", "track_order"),
        ("2nd please", "cancel_order"),
        ("Option 3!", "start_return"),
        ("the last one, please", "start_return"),
    ],
)
def test_a_reading_can_be_picked_by_its_position(text: str, expected: str) -> None:
    decided = routed("inform", 0.2, text, readings=OFFERED)
    assert (decided.intent, decided.band) == (expected, "resolved")


@pytest.mark.parametrize(
    "text", ["my last order", "first aid kits", "the first or the second", "", "4", "👍", "second hand tents"]
)
def test_a_position_word_in_another_sentence_picks_nothing(text: str) -> None:
    assert routed("inform", 0.2, text, readings=OFFERED).intent == "nlu_fallback"


def test_a_position_beyond_the_last_reading_picks_nothing() -> None:
    assert routed("inform", 0.2, "the third", readings=ASKED).intent == "nlu_fallback"
    assert (
        routed("inform", 0.2, "the last", readings={"current": None, "next": None}).intent == "nlu_fallback"
    )


def test_a_value_after_an_offered_reading_goes_with_it() -> None:
    decided = routed("inform", 0.97, "LA9 4QQ", readings=ASKED)
    assert (decided.intent, decided.band, decided.entities) == ("track_order", "resolved", None)


def test_a_yes_or_a_position_takes_a_button_and_a_no_may_mean_anything() -> None:
    buttons = {"current": CANCEL, "next": [], "buttons": [CANCEL, None, RETURN]}
    assert routed("affirm", 0.9, "yes", readings=buttons).intent == "cancel_order"
    assert routed("inform", 0.9, "the third one", readings=buttons).intent == "start_return"
    assert routed("inform", 0.9, "the second one", readings=buttons).intent == "inform"
    assert routed("deny", 0.9, "no", readings=buttons).intent == "deny"
    assert routed("affirm", 0.9, "yes", readings=buttons, in_form=True).intent == "affirm"


@pytest.mark.parametrize(
    ("text", "intent", "confidence", "names_something", "expected"),
    [
        ("delivery", "track_order", 0.8, False, "nlu_fallback"),
        ("tracking", "track_order", 0.96, False, "track_order"),
        ("boots", "track_order", 0.8, True, "track_order"),
        ("my delivery", "track_order", 0.8, False, "track_order"),
        ("hi", "greet", 0.5, False, "greet"),
    ],
)
def test_a_single_word_is_asked_about_unless_it_is_certain(
    text: str, intent: str, confidence: float, names_something: bool, expected: str
) -> None:
    ranking = [{"name": intent, "confidence": confidence}]
    rules = Rules(bands_of={"greet": Bands(0.4, 0.4)}, one_word=0.95)
    assert route(text, ranking, Situation(names_something=names_something), rules).intent == expected


def test_what_is_told_to_a_form_that_asks_for_it_interrupts_nothing() -> None:
    told = {"in_form": True, "takes_any_words": True}
    assert routed("report_damaged", 0.95, **told).intent == "nlu_fallback"
    assert routed("report_damaged", 0.95, **told, asks=True).intent == "report_damaged"
    assert routed("request_person", 0.95, **told).intent == "request_person"
    assert routed("insult", 0.95, **told).intent == "insult"
    assert routed("report_damaged", 0.95, in_form=True).intent == "report_damaged"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("hmm", "nlu_fallback"), ("Uhhh… well", "nlu_fallback"), ("hmm yes", "affirm"), ("👍", "affirm")],
)
@pytest.mark.parametrize("in_form", [True, False])
def test_a_hesitation_is_no_yes(text: str, expected: str, in_form: bool) -> None:
    rules = Rules(hesitations=frozenset({"hm", "uh", "wel"}))
    ranking = [{"name": "affirm", "confidence": 0.99}]
    assert route(text, ranking, Situation(in_form=in_form), rules).intent == expected
    offered = Situation(readings={"current": CANCEL})
    done = CANCEL["intent"] if expected == "affirm" else expected
    assert route(text, ranking, offered, rules).intent == done


@pytest.mark.parametrize(("confidence", "expected"), [(0.9, "nlu_which_one"), (0.2, "nlu_fallback")])
def test_what_may_be_several_things_is_asked_about_first(confidence: float, expected: str) -> None:
    assert (
        routed("cancel_order", confidence, "cancel the other one", unclear_reference=True).intent == expected
    )


@pytest.mark.parametrize(
    ("second", "expected"), [("cancel_order", "cancel_order"), ("track_order", "inform")]
)
def test_a_value_answers_which_one_it_is(second: str, expected: str) -> None:
    offered = {"current": None, "next": [CANCEL, {"intent": second}]}
    assert routed("inform", 0.9, "1002", readings=offered, names_something=True).intent == expected
    assert routed("inform", 0.9, "thanks", readings=offered).intent == "inform"
