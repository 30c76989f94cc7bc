"""Talks to the running assistant: Rasa's REST channel and HTTP API, and the action server's own routes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from rapport.errors import NotRunning, RapportError
from rapport.settings import Settings

TURN_TIMEOUT_SECONDS = 40.0


class Assistant:
    """The running assistant.

    Example:
        >>> Assistant(load_settings(), read_secret(API_KEY)).say("me", "hello")
        [{'recipient_id': 'me', 'text': 'Hello! …'}]

    Args:
        settings: where it listens.
        key: opens Rasa's HTTP API and the action server's own routes.
    """

    def __init__(self, settings: Settings, key: str) -> None:
        server = settings.server
        self.rasa = f"http://{_reachable(server.host)}:{server.rasa_port}"
        self.actions = f"http://{_reachable(server.host)}:{server.actions_port}"
        self._http = httpx.Client(timeout=TURN_TIMEOUT_SECONDS, trust_env=False)
        self._key = key

    def close(self) -> None:
        """Lets go of its connections: a server that is told to end waits for those that are open."""
        self._http.close()

    @property
    def chat_address(self) -> str:
        """Where customers chat."""
        return f"{self.rasa}/chat/"

    def rasa_is_ready(self) -> bool:
        """Whether Rasa answers and has a model."""
        return self._answers(f"{self.rasa}/status", {"token": self._key})

    def actions_are_ready(self) -> bool:
        """Whether the action server answers."""
        return self._answers(f"{self.actions}/health", {})

    def health(self) -> dict[str, Any]:
        """What the action server says of itself: `status` and `knowledge`; empty if it does not answer."""
        try:
            body = self._http.get(f"{self.actions}/health", timeout=3).json()
        except (httpx.HTTPError, ValueError):
            return {}
        return body if isinstance(body, dict) else {}

    def _answers(self, url: str, query: dict[str, str]) -> bool:
        try:
            return self._http.get(url, params=query, timeout=3).status_code == 200
        except httpx.HTTPError:
            return False

    def say(self, sender: str, text: str) -> list[dict[str, Any]]:
        """Sends a customer's message; the assistant's messages come back."""
        answer = self._send(
            "POST", f"{self.rasa}/webhooks/rest/webhook", json={"sender": sender, "message": text}
        )
        return answer if isinstance(answer, list) else []

    def tracker(self, conversation: str) -> dict[str, Any]:
        """A conversation as Rasa remembers it, with all events."""
        tracker: dict[str, Any] = self._api("GET", f"/conversations/{quote(conversation, safe='')}/tracker")
        return tracker

    def append_event(self, conversation: str, event: dict[str, Any]) -> None:
        """Adds an event to a conversation."""
        self._api("POST", f"/conversations/{quote(conversation, safe='')}/tracker/events", json=event)

    def load_model(self, model: Path) -> None:
        """Lets Rasa change to another model; conversations go on."""
        self._api("PUT", "/model", json={"model_file": str(model)})

    def action_server(self, path: str, body: dict[str, Any], timeout_seconds: float = 120) -> dict[str, Any]:
        """Calls a route of the action server's own, with the key."""
        answer: dict[str, Any] = self._send(
            "POST",
            self.actions + path,
            json=body,
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=timeout_seconds,
        )
        return answer

    def _api(self, method: str, path: str, **request: Any) -> Any:
        return self._send(method, self.rasa + path, params={"token": self._key}, **request)

    def _send(self, method: str, url: str, **request: Any) -> Any:
        server = "Rasa" if url.startswith(self.rasa) else "The action server"
        try:
            answer = self._http.request(method, url, **request)
        except httpx.TimeoutException as error:
            raise RapportError(f"{server} did not answer in time: look into var/log/.") from error
        except httpx.HTTPError as error:
            address = url.split("/", 3)[2]
            raise NotRunning(f"{server} does not answer at {address}: start it with `rapport up`.") from error
        # A failed turn is answered by the channel with 503 and a kind text in the usual list.
        if answer.status_code >= 400 and not (answer.status_code == 503 and answer.text.startswith("[")):
            raise RapportError(_refusal(server, answer))
        return answer.json() if answer.content else None


def _reachable(host: str) -> str:
    """The address to call for a server that listens on `host`."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _refusal(server: str, answer: httpx.Response) -> str:
    if answer.status_code in (401, 403):
        return f"{server} refused our key: it was started with another one, so stop it and run `rapport up`."
    try:
        body = answer.json()
        error = body.get("error") or body.get("message") or body
        reason = error.get("text") or error.get("message") if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        reason = answer.text[:200]
    return f"{server} answered {answer.status_code} ({reason}): look into var/log/."


def wait_until_ready(assistant: Assistant, timeout_seconds: float, interval_seconds: float = 0.25) -> bool:
    """Waits until both servers answer; false if they do not in time."""
    end = time.monotonic() + timeout_seconds
    while time.monotonic() < end:
        if assistant.actions_are_ready() and assistant.rasa_is_ready():
            return True
        time.sleep(interval_seconds)
    return False
