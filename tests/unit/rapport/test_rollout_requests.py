"""Whose a request is and what it says, for the bodies that channels send."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from rapport.rollout_requests import READ_BYTES, Said, read_request

HOOK = "/webhooks/any/webhook"


def read(content: Any, path: str = HOOK) -> Said:
    return read_request(path, None, content if isinstance(content, bytes) else json.dumps(content).encode())


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def facebook(*messages: tuple[str, str], **more: Any) -> dict[str, Any]:
    batch = [{"sender": {"id": name}, "message": {"text": text, **more}} for name, text in messages]
    return {"object": "page", "entry": [{"id": "1", "messaging": [one]} for one in batch]}


SLACK_BUTTON = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"value": "/affirm"}]}
CHAT = {"id": 77}


@pytest.mark.parametrize(
    ("channel", "body", "expected"),
    [
        ("REST", {"sender": "ada", "message": "hello"}, Said("ada", "hello")),
        ("Slack", {"event": {"user": "U1", "text": "hello"}}, Said("U1", "hello")),
        ("Slack, our own", {"event": {"user": "U9", "bot_id": "B1", "text": "Hello!"}}, Said("U9")),
        ("Slack, a button", form(payload=json.dumps(SLACK_BUTTON)), Said("U1")),
        ("Slack, a command", form(user_id="U1", command="/ask", text="hello"), Said("U1", "hello")),
        ("Slack, set up", {"type": "url_verification", "challenge": "x"}, Said()),
        ("Facebook", facebook(("1", "hello")), Said("1", "hello")),
        ("Facebook, one's batch", facebook(("1", "hello"), ("1", "there")), Said("1")),
        ("Facebook, several people's", facebook(("1", "hello"), ("2", "hi")), Said()),
        ("Facebook, our own", facebook(("1", "Hello!"), is_echo=True), Said("1")),
        ("Telegram", {"message": {"chat": CHAT, "text": "hello"}}, Said("77", "hello")),
        ("Telegram, a button", {"callback_query": {"message": {"chat": CHAT}, "data": "/a"}}, Said("77")),
        ("Twilio", form(From="whatsapp:+44", Body="h\u00e9llo"), Said("whatsapp:+44", "h\u00e9llo")),
        ("Bot Framework", {"from": {"id": "b1"}, "text": "hello"}, Said("b1", "hello")),
        ("Mattermost", {"user_id": "m1", "text": "hello"}, Said("m1", "hello")),
        ("Webex", {"data": {"roomId": "r1", "id": "x"}}, Said("r1")),
        ("a button's payload", {"sender": "ada", "message": "/deny"}, Said("ada")),
    ],
)
def test_channels_name_the_customer_each_in_its_way(channel: str, body: Any, expected: Said) -> None:
    assert read(body) == expected, channel


def test_a_channel_may_have_any_path_and_rasas_own_interface_is_nobodys() -> None:
    body = {"sender": "ada", "message": "hello"}

    assert read(body, "/our/own/channel") == Said("ada", "hello")
    assert read(body, "/model") == read(body, "/model/parse") == read(body, "/") == Said()
    assert read(b"", "/conversations/web-1f/tracker") == Said("web-1f")


def test_the_chat_page_is_known_by_its_cookie() -> None:
    named = base64.urlsafe_b64encode(b'"web-1f"').decode().rstrip("=")
    cookie = f"{named}.Zx1.sig"

    assert read_request("/chat/messages", cookie, b'{"text": "hello"}') == Said("web-1f", "hello")
    assert read_request("/chat/messages", cookie, b'{"payload": "sealed"}') == Said("web-1f")
    assert read_request("/chat/history", cookie, b"") == Said("web-1f")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[1, 2", b"{", b"\xff\xfe", b"[" * 100_000, b"payload=[1]", b"null"),
        *(
            b'{"sender": {"id": 1}}',
            b'{"sender": true}',
            b'{"event": "x"}',
            b'{"entry": [1, {"messaging": 2}]}',
        ),
        b'{"sender": "' + b"a" * READ_BYTES + b'"}',
    ],
)
def test_what_cannot_be_read_belongs_to_nobody(body: bytes) -> None:
    assert read(body) == Said()
