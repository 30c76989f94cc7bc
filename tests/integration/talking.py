"""A customer of the running assistant, over REST and over the chat page's interface."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
from ruamel.yaml import YAML

from tests.integration.home import Home

TIMEOUT_SECONDS = 40


class Reply(list[dict[str, Any]]):
    """The assistant's messages to one message of a customer."""

    @property
    def text(self) -> str:
        """All that was said."""
        return "\n".join(message.get("text", "") for message in self)

    @property
    def buttons(self) -> dict[str, str]:
        """Payloads by title."""
        return {one["title"]: one["payload"] for message in self for one in message.get("buttons") or ()}

    @property
    def citations(self) -> list[dict[str, str]]:
        """What an answer is taken from."""
        return [one for message in self for one in (message.get("custom") or {}).get("citations") or ()]


class Customer:
    """Talks over REST."""

    def __init__(self, home: Home, sender: str = "") -> None:
        self.home = home
        self.sender = sender or f"customer-{secrets.token_hex(4)}"

    def post(self, **request: Any) -> httpx.Response:
        """Any request to the REST channel."""
        url = f"{self.home.rasa}/webhooks/rest/webhook"
        return httpx.post(url, timeout=TIMEOUT_SECONDS, trust_env=False, **request)

    def say(self, text: str) -> Reply:
        """Sends a message; the assistant's messages come back."""
        answer = self.post(json={"sender": self.sender, "message": text})
        assert answer.status_code == 200, answer.text
        return Reply(answer.json())

    def says(self, *texts: str) -> Reply:
        """Sends messages one after the other; the answer to the last comes back."""
        return [self.say(text) for text in texts][-1]

    def tracker(self) -> dict[str, Any]:
        """The conversation as Rasa remembers it."""
        url = f"{self.home.rasa}/conversations/{quote(self.sender)}/tracker"
        answer = httpx.get(url, params={"token": self.home.key}, timeout=TIMEOUT_SECONDS, trust_env=False)
        assert answer.status_code == 200, answer.text
        tracker: dict[str, Any] = answer.json()
        return tracker

    def said(self) -> list[str]:
        """Names of the responses since the last message, oldest first."""
        events = self.tracker()["events"]
        written = (
            place for place, event in enumerate(events) if event["event"] == "user" and not _goes_on(event)
        )
        last = max(written)
        names = [(e.get("metadata") or {}).get("utter_action") for e in events[last:] if e["event"] == "bot"]
        return [str(name) for name in names]

    def written(self) -> list[dict[str, Any]]:
        """The conversation's rows in the database: type and data of each event."""
        rows = self.home.rows(
            "tracker.db", "SELECT type_name, data FROM events WHERE sender_id = ? ORDER BY id", self.sender
        )
        return [{"type": kind, "data": data} for kind, data in rows]


class Visitor:
    """Talks over the chat page's interface, with the cookie that it was given."""

    def __init__(self, home: Home) -> None:
        self.http = httpx.Client(base_url=home.rasa, timeout=TIMEOUT_SECONDS, trust_env=False)
        self.session = self.http.post("/chat/session", json={})

    def post(self, **body: Any) -> httpx.Response:
        """Any message to the page's channel."""
        return self.http.post("/chat/messages", json=body)

    def say(self, text: str) -> Reply:
        """Sends a message; the assistant's messages come back."""
        answer = self.post(text=text)
        assert answer.status_code == 200, answer.text
        return Reply(answer.json()["messages"])

    def history(self) -> list[str]:
        """The texts of the conversation as the page shows them."""
        answer = self.http.get("/chat/history")
        assert answer.status_code == 200, answer.text
        return [message.get("text", "") for message in answer.json()["messages"]]


def wordings(home: Home, *responses: str) -> list[str]:
    """All that a designer wrote for responses, with `.+` where values go, as patterns."""
    return [_pattern(text) for text in _texts(home, set(responses))]


def is_wording(home: Home, text: str, *responses: str) -> bool:
    """Whether a text is one that a designer wrote for one of the responses."""
    return any(re.fullmatch(pattern, text, re.DOTALL) for pattern in wordings(home, *responses))


def _texts(home: Home, responses: set[str]) -> Iterator[str]:
    for file in sorted((home.folder / "domain").glob("*.yml")):
        content = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        for name, variations in (content.get("responses") or {}).items():
            if name in responses:
                yield from (variation["text"] for variation in variations if "text" in variation)


def _pattern(text: str) -> str:
    return ".+".join(re.escape(part) for part in re.split(r"\{\w+\}", text))


def _goes_on(event: dict[str, Any]) -> bool:
    """Whether it is a further question of the message before, which an action has taken up."""
    return bool((event.get("metadata") or {}).get("continued"))
