import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sanic import Sanic

from actions.context import Services
from actions.server import UnsafeAddress, create_app, is_loopback
from llm.errors import KnowledgeError
from tests.unit.channels.harness import Server

TOKEN = {"Authorization": "Bearer secret"}
_names = itertools.count()


class ActionServer(Server):
    """The channels' test server, around our app."""

    def __init__(self, app: Sanic) -> None:
        super().__init__(None, [])
        self.app = app


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Starts an action server; call it with services and, perhaps, a host."""
    started: list[ActionServer] = []
    # rasa_sdk names every app the same, and Sanic allows a name once in a process.
    monkeypatch.setattr("rasa_sdk.endpoint.Sanic", lambda _, **more: Sanic(f"actions_{next(_names)}", **more))

    def start(services: Services, host: str = "127.0.0.1") -> str:
        started.append(ActionServer(create_app(services, host, "secret")))
        return started[-1].start().url

    yield start
    for server in started:
        server.stop()


def call(action: str) -> dict[str, Any]:
    tracker = {"sender_id": "c1", "slots": {}, "latest_message": {"text": "hi"}, "events": []}
    return {"next_action": action, "sender_id": "c1", "tracker": tracker, "version": "3.6.21"}


def test_rasa_runs_actions_on_loopback_without_a_token(serve: Any, services: Services) -> None:
    answer = httpx.post(serve(services) + "/webhook", json=call("action_greet"))
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["response"] == "utter_greet"


def test_beyond_loopback_every_route_but_health_needs_the_token(serve: Any, services: Services) -> None:
    url = serve(services, "0.0.0.0")
    assert httpx.post(url + "/webhook", json=call("action_greet")).status_code == 401
    assert httpx.post(url + "/webhook?token=secret", json=call("action_greet")).status_code == 200
    assert httpx.get(url + "/health").status_code == 200


def test_beyond_loopback_a_server_without_a_token_does_not_start(services: Services) -> None:
    with pytest.raises(UnsafeAddress, match=r"0\.0\.0\.0"):
        create_app(services, "0.0.0.0", None)


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)]
)
def test_loopback_is_known(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_knowledge_answers_with_citations_only_for_the_token(serve: Any, services: Services) -> None:
    url = serve(services) + "/knowledge/ask"
    body = {"question": "How much is standard delivery?"}
    assert httpx.post(url, json=body).status_code == 401
    assert httpx.post(url, json=body, headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = httpx.post(url, json=body, headers=TOKEN).json()
    assert answer["found"] and "£3.95" in answer["text"]
    assert answer["citations"][0]["url"].startswith("/help/delivery.html#")
    assert (answer["generator"], answer["prompt"]) == ("extractive", "")


def test_the_knowledge_of_another_day_is_asked_where_versions_are_kept(
    serve: Any, services: Services
) -> None:
    def past(day: str) -> Any:
        if day != "2026-05-01":
            raise KnowledgeError(f"{day!r} is no day")
        return services.answerer

    body = {"question": "How much is standard delivery?", "as_of": "2026-05-01"}
    url = serve(replace(services, past=past)) + "/knowledge/ask"
    assert httpx.post(url, json=body, headers=TOKEN).json()["citations"][0]["version"]
    refused = httpx.post(url, json={**body, "as_of": "May"}, headers=TOKEN)
    assert refused.status_code == 422 and "'May' is no day" in refused.json()["error"]
    without = httpx.post(serve(services) + "/knowledge/ask", json=body, headers=TOKEN)
    assert without.status_code == 503


@pytest.mark.parametrize("body", [{}, {"question": ""}, {"question": 7}, {"question": "x" * 3000}, [1]])
def test_a_question_that_is_none_is_refused(serve: Any, services: Services, body: Any) -> None:
    answer = httpx.post(serve(services) + "/knowledge/ask", json=body, headers=TOKEN)
    assert answer.status_code == 400 and "question" in answer.json()["error"]


def test_the_index_is_updated_on_request(serve: Any, services: Services) -> None:
    url = serve(replace(services, reindex=lambda rebuild, file: {"added": ["a.md"], "chunks": 3}))
    assert httpx.post(url + "/knowledge/index", json={}, headers=TOKEN).json() == {
        "added": ["a.md"],
        "chunks": 3,
    }


def test_health_names_what_does_not_answer(serve: Any, services: Services, tmp_path) -> None:  # type: ignore[no-untyped-def]
    url = serve(services) + "/health"
    assert httpx.get(url).json() == {"status": "ok", "knowledge": "ok"}
    services.shop._engine.dispose()  # type: ignore[attr-defined]
    (tmp_path / "shop.db").write_bytes(b"no database")
    answer = httpx.get(url)
    assert answer.status_code == 503 and "shop" in answer.json()["problems"]
