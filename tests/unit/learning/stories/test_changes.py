from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from learning.stories.changes import (
    ASKED,
    NEWLY,
    NO_LONGER,
    OTHERWISE,
    Read,
    by_intent,
    changes,
    is_readable,
    reworded,
    turns_with,
)  # fmt: skip
from learning.turn import Turn

SURE = Read("ask_price", 0.9, "do", "ask_price")
UNSURE = Read("ask_price", 0.5, "confirm", "nlu_confirm")
LOST = Read("ask_price", 0.2, "fallback", "nlu_fallback")
OTHER = Read("greet", 0.9, "do", "greet")
TURN = Turn("t", "c", 1, 0.0, text="how much")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [(SURE, LOST, NO_LONGER), (LOST, SURE, NEWLY), (SURE, OTHER, OTHERWISE), (SURE, UNSURE, ASKED)],
)
def test_each_kind_of_change_is_told(before: Read, after: Read, kind: str) -> None:
    (found,) = changes({"how much": 3}, [before], [after])
    assert (found.kind, found.turns) == (kind, 3)


def test_another_confidence_alone_is_no_change_nor_is_another_reading_of_what_falls_back() -> None:
    after = [
        replace(SURE, confidence=0.8),
        replace(LOST, intent="greet"),
        Read("x", 0.9, "do", "out_of_scope"),
    ]
    assert changes({"a": 1, "b": 1, "c": 1}, [SURE, LOST, LOST], after) == []


def test_the_worst_comes_first_then_what_was_written_most() -> None:
    counts = {"new": 9, "few": 1, "many": 5}
    found = changes(counts, [LOST, SURE, SURE], [SURE, LOST, LOST])
    assert [change.text for change in found] == ["many", "few", "new"]


def test_turns_that_intents_lose_and_gain_are_counted() -> None:
    found = changes({"a": 2, "b": 1, "c": 4}, [SURE, SURE, OTHER], [OTHER, LOST, SURE])
    assert by_intent(found) == [("ask_price", 3, 4), ("greet", 4, 2), ("nlu_fallback", 0, 1)]


@pytest.mark.parametrize(
    "more", [{"text": "/greet"}, {"text": " "}, {"requested_slot": "email"}, {"repeat_tier": 2}]
)
def test_what_means_nothing_outside_of_its_conversation_is_left_out(more: dict[str, object]) -> None:
    assert is_readable(TURN)
    assert not is_readable(replace(TURN, **more))


def test_responses_that_read_otherwise_and_the_turns_that_they_were_said_in() -> None:
    before = {"utter_a": [{"text": "A"}], "utter_b": [{"text": "B"}], "utter_gone": [{"text": "G"}]}
    after = {"utter_a": [{"text": "A"}], "utter_b": [{"text": "B!"}], "utter_new": [{"image": "x"}]}
    found = reworded(before, after)
    assert found == {"utter_b": (["B"], ["B!"]), "utter_gone": (["G"], []), "utter_new": ([], [""])}
    said = [replace(TURN, responses=("utter_b", "utter_a", "utter_b")), replace(TURN, responses=("utter_a",))]
    assert turns_with(found, said) == Counter({"utter_b": 1})
