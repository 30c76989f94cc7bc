from __future__ import annotations

from typing import Any

from rapport.turn_details import details


def user(**parsed: Any) -> dict[str, Any]:
    return {"event": "user", "text": "…", "parse_data": parsed}


def test_a_turn_shows_intent_route_entities_and_actions() -> None:
    events = [
        user(intent={"name": "greet", "confidence": 1.0}),
        user(
            intent={"name": "nlu_confirm", "confidence": 1.0},
            route={
                "band": "confirm",
                "intent": "track_order",
                "confidence": 0.61,
                "why": "0.61 is below 0.70",
            },
            entities=[{"entity": "order_number", "value": "FH-1001"}],
            also=[{"text": "…", "intent": "ask_shops", "confidence": 0.8}],
            repeat={"tier": 2, "similarity": 0.93},
        ),
        {"event": "action", "name": "action_confirm_intent"},
        {"event": "bot", "text": "Would you like …?"},
        {"event": "slot", "name": "requested_slot", "value": "identity"},
        {"event": "action", "name": "action_listen"},
    ]
    assert details(events) == [
        "intent track_order 0.61 → nlu_confirm   route confirm: 0.61 is below 0.70",
        "repeated question, time 2 (similarity 0.93)",
        "also asks ask_shops 0.80",
        "entities order_number=FH-1001",
        "actions action_confirm_intent",
        "asks for identity",
    ]


def test_a_message_without_route_shows_the_intent_alone() -> None:
    assert details([user(intent={"name": "greet", "confidence": 0.98})]) == ["intent greet 0.98"]


def test_nothing_understood_is_said_so() -> None:
    assert details([user(intent={"name": None, "confidence": None})]) == ["intent nothing 0.00"]


def test_a_conversation_without_a_message_has_no_details() -> None:
    assert details([{"event": "action", "name": "action_session_start"}]) == []


def test_an_answer_of_the_help_centre_shows_who_wrote_it_from_what() -> None:
    passages = [
        {"document": "delivery/costs.md", "anchor": name, "score": score}
        for name, score in (("uk", 0.81), ("eu", 0.4), ("us", 0.1))
    ]
    made = {"generator": "openai", "prompt": "answer/2#abcdefgh", "confidence": 0.93, "passages": passages}
    answers = [made, {**made, "generator": "extractive", "prompt": ""}]
    said = [{"event": "bot", "text": "…", "metadata": {"answered": one}} for one in answers]
    end = "confidence 0.93, from delivery/costs.md#uk 0.81, delivery/costs.md#eu 0.40"
    assert details([user(), {"event": "bot", "text": "…"}, *said])[1:] == [
        f"answer by openai asked by answer/2#abcdefgh, {end}",
        f"answer by extractive, {end}",
    ]
