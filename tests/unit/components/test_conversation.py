from __future__ import annotations

from typing import Any

from rasa.shared.core.events import (
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from components.conversation import earlier_questions, entity_values, offered_readings


def conversation(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("emma", list(events))


def user(text: str, intent: str = "track_order", **parse_data: Any) -> UserUttered:
    return UserUttered(text, {"name": intent, "confidence": 1.0}, [], parse_data or None)


def questions(*events: Event, limit: int = 30) -> list[str]:
    found = earlier_questions(conversation(*events), ["affirm", "greet"], "stop", limit)
    return [question.text for question in found]


def test_questions_come_oldest_first_and_only_the_latest_count() -> None:
    assert questions(user("one"), user("two"), user("three"), limit=2) == ["two", "three"]


def test_small_talk_buttons_reminders_and_chosen_readings_are_no_questions() -> None:
    said = [
        user("hi", "greet"),
        user("/track_order"),
        user("EXTERNAL: remind"),
        user("the first", route={"band": "resolved"}),
    ]
    assert questions(*said, user("")) == []


def test_what_is_said_while_a_form_asks_is_no_question() -> None:
    assert questions(
        user("where is it"), ActiveLoop("order_form"), user("1001"), ActiveLoop(None), user("and now")
    ) == [
        "where is it",
        "and now",
    ]


def test_a_request_that_was_stopped_was_not_asked() -> None:
    stopped = [user("where is it"), ActiveLoop("order_form"), user("stop", "stop"), ActiveLoop(None)]
    assert questions(*stopped) == []
    assert questions(user("how long is it"), *stopped) == ["how long is it"]


def test_a_new_session_and_a_restart_begin_anew() -> None:
    assert questions(user("before"), SessionStarted(), user("after")) == ["after"]
    assert questions(user("before"), Restarted(), user("after")) == ["after"]


def test_a_question_keeps_what_was_asked_for_not_where_it_was_sent() -> None:
    event = user(
        "hm", "question_repeated", route={"intent": "track_order", "band": "repeat"}, repeat={"tier": 2}
    )
    (question,) = earlier_questions(conversation(event), [], "stop", 30)
    assert (question.intent, question.tier) == ("track_order", 2)


def test_without_a_tracker_there_is_nothing() -> None:
    assert earlier_questions(None, [], "stop", 30) == []
    assert offered_readings(None) is None


def test_readings_count_only_in_the_very_next_message() -> None:
    offer = SlotSet("readings", {"current": None, "next": []})
    assert offered_readings(conversation(user("hm"), offer, BotUttered("which?"))) == {
        "current": None,
        "next": [],
    }
    assert offered_readings(conversation(user("hm"), offer, user("other"))) is None
    assert offered_readings(conversation(offer, SlotSet("readings", None))) is None


def said(text: str, *buttons: tuple[str, str]) -> BotUttered:
    return BotUttered(text, {"buttons": [{"title": title, "payload": payload} for title, payload in buttons]})


def test_a_yes_means_the_only_button_of_a_question_or_one_that_begins_with_it() -> None:
    lone = said("Shall I send more?", ("More", '/search_product{"category": "Tents"}'))
    offered = offered_readings(conversation(user("hm"), lone)) or {}
    assert offered["current"] == {"intent": "search_product", "entities": {"category": "Tents"}}
    both = said("It is lost.", ("Yes, a person", "/request_person"), ("A ticket", "/open_ticket"))
    assert (offered_readings(conversation(both)) or {})["current"]["intent"] == "request_person"
    either = said("Which?", ("Here", "/track_order"), ("There", "some words"))
    offered = offered_readings(conversation(either)) or {}
    assert offered["current"] is None
    assert [one and one["intent"] for one in offered["buttons"]] == ["track_order", None]


def test_a_button_with_the_second_question_of_a_message_stands_for_its_intent() -> None:
    asked = user("how long? and how much?", also=[{"text": "and how much?", "intent": "ask_price"}])
    offered = offered_readings(conversation(asked, said("Next?", ("and how much?", "and how much?")))) or {}
    assert offered["current"] == {"intent": "ask_price", "entities": {}}


def test_an_entity_without_a_value_is_still_a_pair() -> None:
    assert entity_values([{"entity": "size"}, {"entity": "colour", "value": "blue"}]) == {
        ("size", "None"),
        ("colour", "blue"),
    }
