"""Two conversations are one if the customer cannot tell them apart."""

from __future__ import annotations

from typing import Any

from learning.gate.conversations import Parting, moments, parting

Event = dict[str, Any]


def user(text: str, intent: str, top: str = "") -> Event:
    parsed = {"intent": {"name": intent}, "route": {"intent": top or intent}}
    return {"event": "user", "text": text, "parse_data": parsed}


def bot(text: str, *buttons: tuple[str, str]) -> Event:
    shown = [{"title": title, "payload": payload} for title, payload in buttons]
    return {"event": "bot", "text": text, "data": {"buttons": shown}, "metadata": {"answered": {"score": 1}}}


def action(name: str) -> Event:
    return {"event": "action", "name": name}


def slot(name: str, value: object) -> Event:
    return {"event": "slot", "name": name, "value": value}


LISTEN = [action("action_listen"), slot("session_started_metadata", {"at": 1})]
NONSENSE = [action("order_form"), slot("form_hint", "unclear"), bot("Which order number?")]


def part(stable: list[Event], candidate: list[Event]) -> Parting | None:
    return parting("a story", moments([*LISTEN, *stable]), moments([*LISTEN, *candidate]))


def test_nonsense_under_another_name_gets_the_same_answer_and_is_no_difference() -> None:
    assert (
        part([user("wibble", "nlu_fallback"), *NONSENSE], [user("wibble", "out_of_scope"), *NONSENSE]) is None
    )


def test_the_first_message_with_another_answer_is_named() -> None:
    hello = [user("hello", "greet"), bot("Good day")]
    found = part(
        [
            *hello,
            user("my parcel", "nlu_confirm", "track_order"),
            bot("Shall I look it up?", ("Yes", "/affirm")),
        ],
        [
            *hello,
            user("my parcel", "nlu_fallback", "track_order"),
            bot("Which of these?", ("Yes", "/affirm")),
        ],
    )

    assert found is not None
    assert (found.stable.text, found.candidate.ranked, found.candidate.routed) == (
        "my parcel",
        "track_order",
        "nlu_fallback",
    )
    assert found.what == "said 'Shall I look it up? [Yes](/affirm)', now 'Which of these? [Yes](/affirm)'"


def test_a_button_that_leads_elsewhere_is_a_difference() -> None:
    asks = [user("hm", "nlu_fallback")]
    assert part([*asks, bot("This?", ("Yes", "/a"))], [*asks, bot("This?", ("Yes", "/b"))])


def test_what_actions_did_counts_where_the_words_are_the_same() -> None:
    said = [user("stop it", "stop"), bot("Done.")]

    cancelled = part(said, [*said, action("action_cancel_order")])
    remembered = part([*said, slot("order_number", "1001")], [*said, slot("order_number", "1002")])
    left = part(said, [*said, {"event": "active_loop", "name": "cancel_form"}])

    assert cancelled and cancelled.what == "did nothing; now action_cancel_order"
    assert remembered and remembered.what == "set order_number to '1001', now to '1002'"
    assert left and left.what == "set form to None, now to 'cancel_form'"


def test_a_response_is_compared_by_its_words_not_by_the_action_that_utters_it() -> None:
    assert (
        part([user("x", "a"), action("utter_a"), bot("Hi")], [user("x", "b"), action("utter_b"), bot("Hi")])
        is None
    )


def test_a_conversation_that_ends_early_has_parted() -> None:
    stable = [user("a", "a"), bot("1"), user("b", "b"), bot("2")]
    found = part(stable, stable[:2])

    assert found is not None and found.what == "2 messages were taken, and now 1"
