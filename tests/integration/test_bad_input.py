"""What cannot be understood gets a clear refusal or a kind text, and the next customer is served."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.home import Home
from tests.integration.talking import Customer, Visitor

MEGABYTE = "where is my order " * 58_000


@pytest.fixture(autouse=True)
def served_afterwards(home: Home) -> Iterator[None]:
    yield
    assert Customer(home).say("hello").text


def refusal(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["text"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize(
    "text",
    ["", "   \n\t ", "\x00\x01\x07", "\u200b\u202e"],
    ids=["empty", "white space", "control characters", "invisible characters"],
)
def test_a_message_without_anything_to_read_is_refused(
    customer: Customer, visitor: Visitor, text: str
) -> None:
    sent = {"sender": customer.sender, "message": text}
    assert refusal(customer.post(json=sent)) == (400, "message_empty")
    assert refusal(visitor.post(text=text)) == (400, "empty")


@pytest.mark.parametrize("text", ["😀", "👍👍👍", "?!", "\x00where is\x07 my \x1border?"])
def test_what_holds_no_plain_words_gets_a_kind_text(customer: Customer, text: str) -> None:
    assert customer.say(text).text
    assert "utter_action_failed" not in customer.said()


def test_a_megabyte_is_refused(customer: Customer, visitor: Visitor) -> None:
    assert refusal(customer.post(json={"sender": customer.sender, "message": MEGABYTE})) == (413, "too_long")
    assert refusal(visitor.post(text=MEGABYTE)) == (413, "too_long")


def test_a_text_longer_than_allowed_is_refused_with_the_limit(customer: Customer, visitor: Visitor) -> None:
    answer = customer.post(json={"sender": customer.sender, "message": "a" * 2001})
    assert refusal(answer) == (413, "too_long")
    assert "2000" in answer.json()["error"]["text"]
    answer = visitor.post(text="a" * 2001)
    assert refusal(answer) == (413, "too_long")
    assert "2,000" in answer.json()["error"]["text"]


NOT_JSON_OBJECTS = {
    "torn": b"{",
    "nothing": b"",
    "list": b"[1, 2]",
    "text": b'"hello"',
    "null": b"null",
    "no UTF-8": b"\xff\xfe",
    "deep": b'{"sender": ' * 2500,
}


@pytest.mark.parametrize("content", NOT_JSON_OBJECTS.values(), ids=NOT_JSON_OBJECTS)
def test_what_is_no_json_object_is_refused(customer: Customer, visitor: Visitor, content: bytes) -> None:
    json_type = {"content-type": "application/json"}
    assert customer.post(content=content, headers=json_type).status_code in (400, 413)
    assert visitor.http.post("/chat/messages", content=content, headers=json_type).status_code in (400, 413)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": "hello"}, "sender_missing"),
        ({"sender": "  ", "message": "hello"}, "sender_missing"),
        ({"sender": 7, "message": "hello"}, "sender_missing"),
        ({"sender": "a" * 256, "message": "hello"}, "sender_too_long"),
        ({"sender": "ada"}, "message_missing"),
        ({"sender": "ada", "message": ["hello"]}, "message_missing"),
    ],
)
def test_a_request_without_sender_or_message_is_refused(
    customer: Customer, body: dict[str, Any], code: str
) -> None:
    assert refusal(customer.post(json=body)) == (400, code)


@pytest.mark.parametrize(
    "text", ["/track_order", "/restart", '/inform{"order_number": "FH-1001"}', " /affirm"]
)
def test_a_typed_intent_is_refused_or_read_as_words(customer: Customer, visitor: Visitor, text: str) -> None:
    sent = {"sender": customer.sender, "message": text}
    assert refusal(customer.post(json=sent)) == (400, "intent_not_offered")
    visitor.say("where is my order?")
    assert visitor.say(text).text
    assert visitor.history()[0] == "where is my order?", "nothing was restarted"


def test_a_button_of_another_conversation_and_an_invented_one_are_refused(
    customer: Customer, home: Home
) -> None:
    mine, theirs = Visitor(home), Visitor(home)
    button = mine.post(text="where is my order?").json()["messages"][0]["buttons"][0]
    assert refusal(theirs.post(payload=button["token"])) == (403, "bad_button")
    assert refusal(mine.post(payload="/request_person")) == (403, "bad_button")
    assert mine.post(payload=button["token"]).status_code == 200


def test_an_unknown_address_and_a_wrong_method_are_clear(home: Home) -> None:
    client = httpx.Client(base_url=home.rasa, trust_env=False)
    assert client.get("/chat/nothing-here").status_code == 404
    assert client.get("/webhooks/rest/webhook").status_code == 405
    assert client.post("/webhooks/nothing/webhook", json={}).status_code == 404
