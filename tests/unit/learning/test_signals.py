from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from learning.signals import PRIORITIES, SIGNALS, SignalSettings, flags_of
from learning.turn import Turn

SETTINGS = SignalSettings(sample=0.0, valuable=("start_return",), safety=("report_damaged",))
CALM = Turn("t", "c", 1, 0.0, text="how much is delivery", intent="ask_delivery", confidence=0.95)


def signals(*turns: Turn, now: float = 10.0, settings: SignalSettings = SETTINGS) -> set[str]:
    named = [replace(turn, id=f"t{place}", number=place + 1) for place, turn in enumerate(turns)]
    return {flag.signal for flag in flags_of(named, settings, now) if flag.turn == "t0"}


@pytest.mark.parametrize(
    ("signal", "changes"),
    [
        ("thumbs_down", {"feedback": "down"}),
        ("correction", {"correction": "No, it is £3.95."}),
        ("low_confidence", {"confidence": 0.59}),
        ("fallback", {"routed": "nlu_fallback"}),
        ("fallback", {"responses": ("utter_dont_know",)}),
        ("valuable", {"intent": "start_return", "confidence": 0.75}),
        ("third_repeat", {"repeat_tier": 3}),
        ("handover", {"handed_over": True}),
        ("negative", {"mood": -0.6}),
        ("denied", {"denied": True}),
        ("safety", {"intent": "report_damaged"}),
        ("safety", {"text": "the stove caught fire in my tent"}),
        ("safety", {"text": "ich wurde dabei verletzt"}),
    ],
)
def test_each_signal_is_seen_alone_and_not_in_a_calm_turn(signal: str, changes: dict[str, Any]) -> None:
    assert signals(CALM) == set()
    assert signals(replace(CALM, **changes)) == {signal}


@pytest.mark.parametrize(
    "text",
    [
        "no, I meant the blue one",
        "that's not what I asked",
        "Nein, ich meinte Österreich",
        "you got me wrong",
    ],
)
def test_a_customer_who_meant_something_else_flags_the_turn_before(text: str) -> None:
    assert signals(CALM, replace(CALM, text=text)) == {"meant_otherwise"}
    assert signals(CALM, replace(CALM, text="thanks, what does it mean for returns")) == set()


def test_a_form_left_open_counts_only_when_nothing_came_after() -> None:
    left = replace(CALM, form_after="return_form")
    assert signals(left, now=7_200.0) == {"abandoned_form"}
    assert signals(left, now=60.0) == set()
    assert signals(left, CALM, now=7_200.0) == set()


def test_buttons_and_answers_to_forms_are_not_uncertain() -> None:
    assert signals(replace(CALM, text="/track_order", confidence=0.1)) == set()
    assert signals(replace(CALM, confidence=0.1, requested_slot="order_number")) == set()


def test_a_sample_of_the_rest_is_drawn_the_same_each_time() -> None:
    turns = [replace(CALM, id=f"turn{n}") for n in range(2_000)]
    drawn = [[flag.turn for flag in flags_of(turns, SignalSettings(sample=0.05), 0.0)] for _ in range(2)]
    assert drawn[0] == drawn[1] and 60 < len(drawn[0]) < 140


def test_every_signal_has_a_priority_from_1_to_10() -> None:
    assert {*SIGNALS, "random"} == set(PRIORITIES)
    assert all(1 <= priority <= 10 for priority in PRIORITIES.values())
