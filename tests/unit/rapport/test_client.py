from __future__ import annotations

from typing import Any

import pytest

from rapport.client import Assistant, wait_until_ready
from rapport.errors import NotRunning, RapportError
from rapport.settings import Server, Settings

ANSWERS = {
    "GET /status": (200, {"model_file": "x"}),
    "GET /health": (200, {"status": "ok"}),
    "POST /webhooks/rest/webhook": (200, [{"text": "Hello!"}]),
    "GET /conversations/me%2F1/tracker": (200, {"paused": True}),
    "POST /conversations/me/tracker/events": (200, {}),
    "POST /knowledge/ask": (200, {"found": True}),
}


def assistant(rasa: int, actions: int) -> Assistant:
    return Assistant(Settings(server=Server(rasa_port=rasa, actions_port=actions)), "the-key")


def test_each_server_is_asked_in_its_own_way_and_with_the_key(serving: Any) -> None:
    with serving(ANSWERS) as server:
        client = assistant(server.port, server.port)
        assert client.rasa_is_ready() and client.actions_are_ready()
        assert client.say("me", "hello") == [{"text": "Hello!"}]
        assert client.tracker("me/1") == {"paused": True}
        client.append_event("me", {"event": "resume"})
        assert client.action_server("/knowledge/ask", {"question": "?"}) == {"found": True}
    assert server.paths() == [
        "GET /status?token=the-key",
        "GET /health",
        "POST /webhooks/rest/webhook",
        "GET /conversations/me%2F1/tracker?token=the-key",
        "POST /conversations/me/tracker/events?token=the-key",
        "POST /knowledge/ask",
    ]
    assert server.asked[2][1] == {"sender": "me", "message": "hello"}
    assert server.asked[4][1] == {"event": "resume"}
    assert server.asked[5][2]["Authorization"] == "Bearer the-key"


def test_a_server_that_is_not_there_is_named_with_what_to_do(free_port: Any) -> None:
    port = free_port()
    client = assistant(port, free_port())
    assert not client.rasa_is_ready()
    with pytest.raises(
        NotRunning, match=f"Rasa does not answer at 127.0.0.1:{port}: start it with `rapport up`"
    ):
        client.say("me", "hello")


def test_a_refused_key_is_said_so(serving: Any, free_port: Any) -> None:
    answers = {"GET /conversations/me/tracker": (401, {"message": "no"})}
    with serving(answers) as server, pytest.raises(RapportError, match="Rasa refused our key"):
        assistant(server.port, free_port()).tracker("me")


def test_a_failed_turn_still_gives_its_kind_text(serving: Any, free_port: Any) -> None:
    with serving({"POST /webhooks/rest/webhook": (503, [{"text": "Sorry"}])}) as server:
        assert assistant(server.port, free_port()).say("me", "hello") == [{"text": "Sorry"}]


def test_what_a_server_says_about_a_refusal_is_passed_on(serving: Any, free_port: Any) -> None:
    refusal = (413, {"error": {"code": "too_long", "text": "'message' has 9 characters; 5 are allowed."}})
    with (
        serving({"POST /webhooks/rest/webhook": refusal}) as server,
        pytest.raises(RapportError, match=r"answered 413 \('message' has 9 characters; 5 are allowed\.\)"),
    ):
        assistant(server.port, free_port()).say("me", "hello ...")


def test_ready_means_both_servers(serving: Any, free_port: Any) -> None:
    with serving(ANSWERS) as server:
        assert wait_until_ready(assistant(server.port, server.port), 2)
        assert not wait_until_ready(assistant(server.port, free_port()), 0.3, 0.1)
        assert not wait_until_ready(assistant(free_port(), server.port), 0.3, 0.1)
