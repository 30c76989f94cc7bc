"""What a request tells the entry: which conversation it belongs to, and what the customer wrote.

Nothing is verified or changed here, and nothing is trusted: whoever forges a name is sent to the other side,
no more. Signatures are for the channels to check.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

# Larger bodies are no messages; reading them would keep other customers waiting.
READ_BYTES = 256_000
# Rasa's own interface, except for conversations: who calls it is no customer.
_NO_CHANNELS = frozenset({"", "model", "domain", "status", "version", "license"})
_Place = tuple[str, ...]
# Where channels name the customer as Rasa's connectors do, and where they hold the text, if they do.
_SHAPES: tuple[tuple[_Place, _Place], ...] = (
    (("sender",), ("message",)),  # REST, callback
    (("sender_id",), ("text",)),
    (("event", "user"), ("event", "text")),  # Slack
    (("user", "id"), ()),  # Slack's buttons
    (("message", "chat", "id"), ("message", "text")),  # Telegram
    (("edited_message", "chat", "id"), ("edited_message", "text")),
    (("callback_query", "message", "chat", "id"), ()),
    (("message", "sender", "displayName"), ("message", "text")),  # Google Chat
    (("user", "displayName"), ()),
    (("from", "id"), ("text",)),  # Bot Framework
    (("From",), ("Body",)),  # Twilio
    (("data", "roomId"), ()),  # Webex
    (("user_id",), ("text",)),  # Mattermost, Slack's commands
    (("user_name",), ("text",)),  # Rocket.Chat
)


@dataclass(frozen=True)
class Said:
    """What a request tells.

    Attributes:
        conversation: its name, as Rasa's connector has it unless that adds a room or a thread; None if the
            request belongs to none, or to several.
        text: what the customer wrote; empty if it is a button, an attachment or nothing.
    """

    conversation: str | None = None
    text: str = ""


def read_request(path: str, cookie: str | None, body: bytes) -> Said:
    """Which conversation a request belongs to: by the chat page's cookie, the API's path, or the body.

    Args:
        path: of the request; a channel may have any.
        cookie: the chat page's, if there is one.
        body: as it came.
    """
    parts = path.split("/")
    if parts[1:2] == ["chat"] and cookie:
        text = _at(_content(body), ("text",)) if path == "/chat/messages" else None
        return Said(_signed(cookie), _text(text))
    if parts[1:2] == ["conversations"] and len(parts) > 2:
        return Said(unquote(parts[2]))
    return Said() if parts[1] in _NO_CHANNELS else _told(_content(body))


def _told(content: dict[str, Any]) -> Said:
    if isinstance(content.get("entry"), list):
        return _batch(content["entry"])
    for name, text in _SHAPES:
        if (found := _name(_at(content, name))) is not None:
            # Slack sends the assistant's own messages, too.
            own = _at(content, ("event", "bot_id"))
            return Said(found, "" if own or not text else _text(_at(content, text)))
    return Said()


def _batch(entries: list[Any]) -> Said:
    """Facebook sends messages together. A signed body cannot be divided: several customers' have no side."""
    messages = [
        message
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("messaging"), list)
        for message in entry["messaging"]
    ]
    names = {_name(_at(message, ("sender", "id"))) for message in messages}
    if len(names) != 1:
        return Said()
    own = _at(messages[0], ("message", "is_echo"))
    text = _at(messages[0], ("message", "text")) if len(messages) == 1 and not own else ""
    return Said(names.pop(), _text(text))


def _content(body: bytes) -> dict[str, Any]:
    """A body as JSON, as a form, or as a form that holds JSON, as Slack's buttons come."""
    if not body or len(body) > READ_BYTES:
        return {}
    with suppress(ValueError, TypeError, RecursionError):
        if body.lstrip()[:1] == b"{":
            return dict(json.loads(body))
        form = dict(parse_qsl(body.decode()))
        return dict(json.loads(form["payload"])) if "payload" in form else form
    return {}


def _at(content: Any, place: _Place) -> Any:
    for key in place:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _name(value: Any) -> str | None:
    known = isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    return str(value) if known else None


def _text(value: Any) -> str:
    """A text that is read; what begins with "/" is a button's or a command."""
    return value if isinstance(value, str) and not value.startswith("/") else ""


def _signed(cookie: str) -> str:
    """The name in a signed cookie; the signature is for the channel to check."""
    named = cookie.split(".", 1)[0]
    with suppress(ValueError):
        found = json.loads(base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)))
        return found if isinstance(found, str) else named
    return named
