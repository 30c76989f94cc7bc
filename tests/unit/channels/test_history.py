from typing import Any

import pytest
from rasa.shared.core.events import BotUttered, Event, SessionStarted, SlotSet, UserUttered

from channels.history import conversation, feedback_values, message_content, offered_payloads, safe_url

BUTTON = {"title": "Where is it?", "payload": "/track_order"}


def user(text: str, message_id: str, time: float = 1.0, **metadata: Any) -> UserUttered:
    return UserUttered(text, message_id=message_id, timestamp=time, metadata=metadata)


def test_bot_messages_are_numbered_after_the_customers_message() -> None:
    events: list[Event] = [
        user("hi", "a"),
        BotUttered("hello"),
        BotUttered("how?"),
        user("ok", "b"),
        BotUttered("fine"),
    ]
    assert [entry.message_id for entry in conversation(events)] == ["a", "a.0", "a.1", "b", "b.0"]


def test_how_an_answer_was_made_is_not_shown_to_customers() -> None:
    answered = {"generator": "openai", "prompt": "answer/2", "confidence": 0.9, "passages": []}
    metadata = {"utter_action": "utter_answer", "citations": [{"title": "Returns"}], "answered": answered}
    said = BotUttered("30 days", metadata=metadata)
    entry = conversation([user("how long?", "a"), said])[1]
    assert entry.content.keys() == message_content(said.message()).keys() == {"text", "citations"}


def test_a_greeting_at_the_sessions_start_follows_the_message_that_opened_it() -> None:
    events: list[Event] = [SessionStarted(), BotUttered("welcome"), user("hi", "a"), BotUttered("hello")]
    assert [(e.message_id, e.content["text"]) for e in conversation(events)] == [
        ("a", "hi"),
        ("a.0", "welcome"),
        ("a.1", "hello"),
    ]


def test_a_pressed_button_is_shown_by_its_title() -> None:
    assert (
        conversation([user("/track_order", "a", button_title="Where is it?")])[0].content["text"]
        == "Where is it?"
    )


def test_messages_without_anything_to_show_keep_their_number_but_no_bubble() -> None:
    events: list[Event] = [user("hi", "a"), BotUttered(None, {"custom": {"note": 1}}), BotUttered("hello")]
    assert [entry.message_id for entry in conversation(events)] == ["a", "a.1"]


def test_what_was_triggered_from_outside_is_no_customers_message() -> None:
    assert conversation([UserUttered.create_external("remind", [])]) == []


def test_a_colleagues_message_carries_the_name() -> None:
    said = BotUttered("I am here", metadata={"author": "colleague", "name": "Priya"})
    entry = conversation([user("hi", "a"), said])[1]
    assert (entry.author, entry.content["name"]) == ("colleague", "Priya")


@pytest.mark.parametrize("where", ["custom", "metadata"])
def test_citations_are_found_as_custom_and_as_metadata(where: str) -> None:
    citations = [
        {"title": "Returns", "heading": "How long", "url": "/chat/help/returns#how-long", "score": 0.3}
    ]
    said = BotUttered("30 days", **{"data" if where == "custom" else "metadata": {}})
    if where == "custom":
        said.data = {"custom": {"citations": citations}}
    else:
        said.metadata = {"citations": citations}
    assert message_content(said.message())["citations"] == [
        {"title": "Returns", "heading": "How long", "url": "/chat/help/returns#how-long"}
    ]


@pytest.mark.parametrize("broken", [None, "text", {"a": 1}, [1, None, {}], [{"heading": "no title"}]])
def test_broken_citations_are_left_out(broken: Any) -> None:
    assert message_content({"text": "hi", "custom": {"citations": broken}}) == {"text": "hi"}


def test_quick_replies_and_links_become_buttons_and_broken_buttons_go() -> None:
    content = message_content(
        {
            "text": "hi",
            "buttons": [
                {"title": "Shop", "url": "https://shop.example"},
                {"title": "Bad", "url": "javascript:1"},
            ],
            "quick_replies": [BUTTON],
        }
    )
    assert content["buttons"] == [{"title": "Shop", "url": "https://shop.example"}, BUTTON]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//evil.example",
        "/\\evil.example",
        "http://x.example",
        "data:,x",
        " /a",
        "",
        None,
        3,
    ],
)
def test_addresses_that_are_not_ours_or_https_are_dropped(url: Any) -> None:
    assert safe_url(url) is None


def test_only_the_buttons_of_the_last_bot_messages_count_as_offered() -> None:
    old, new = {"title": "A", "payload": "/old"}, {"title": "B", "payload": "/new"}
    events: list[Event] = [
        user("hi", "a"),
        BotUttered("?", {"buttons": [old]}),
        user("hm", "b"),
        BotUttered("?", {"buttons": [new]}),
        BotUttered("!"),
    ]
    assert offered_payloads(events) == {"/new"}


def test_the_latest_feedback_for_a_message_counts() -> None:
    events: list[Event] = [
        SlotSet("feedback", {"message_id": "a.0", "value": "up"}),
        SlotSet("feedback", None),
        SlotSet("feedback", {"message_id": "a.0", "value": "down"}),
    ]
    assert feedback_values(events) == {"a.0": "down"}
