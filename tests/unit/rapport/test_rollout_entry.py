"""The entry keeps conversations on their side, and customers see no error when a side is gone."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from learning.rollout.split import on_canary
from rapport.rollout_entry import Sides, conversation_of, entry_app, forwarded


def rasa(name: str, status: int = 200) -> web.Application:
    """Stands for a Rasa: tells who it is and what it was asked."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/chat/health":
            return web.json_response({"status": "ok"})
        told = {"by": name, "body": (await request.read()).decode(), "path": str(request.rel_url)}
        told["forwarded"] = request.headers.get("X-Forwarded-For", "")
        answered = web.json_response(told, status=status)
        answered.headers["Set-Cookie"] = "a=1"
        return answered

    async def socket(request: web.Request) -> web.WebSocketResponse:
        channel = web.WebSocketResponse()
        await channel.prepare(request)
        async for message in channel:
            await channel.send_str(f"{name}: {message.data}")
        return channel

    app = web.Application()
    app.router.add_get("/socket", socket)
    app.router.add_route("*", "/{path:.*}", answer)
    return app


@pytest.fixture
async def stable() -> AsyncIterator[TestServer]:
    async with TestServer(rasa("stable")) as server:
        yield server


@pytest.fixture
async def canary() -> AsyncIterator[TestServer]:
    async with TestServer(rasa("canary")) as server:
        yield server


@pytest.fixture
async def sides(stable: TestServer, canary: TestServer) -> Sides:
    return Sides(_address(stable), _address(canary), 0.3, "c1", canary_answers=True)


@pytest.fixture
async def entry(sides: Sides) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(entry_app(sides))) as client:
        yield client


def _address(server: TestServer) -> str:
    return f"http://127.0.0.1:{server.port}"


def _sender(on: bool) -> str:
    """A sender who is drawn for the canary, or one who is not."""
    return next(name for n in range(1_000) if on_canary(name := f"ada-{n}", 0.3, "c1") is on)


async def say(entry: TestClient, sender: str) -> dict[str, str]:
    answer = await entry.post("/webhooks/rest/webhook", json={"sender": sender, "message": "hello"})
    assert answer.status == 200
    return dict(await answer.json())


async def test_each_conversation_stays_on_its_side_and_all_of_a_request_passes(entry: TestClient) -> None:
    for on, name in ((True, "canary"), (False, "stable")):
        told = [await say(entry, _sender(on)) for _ in range(3)]
        assert {one["by"] for one in told} == {name}
        assert json.loads(told[0]["body"])["message"] == "hello"

    answer = await entry.get("/chat/history?after=1%2B2")
    assert (await answer.json())["path"] == "/chat/history?after=1%2B2"
    assert answer.headers["Set-Cookie"] == "a=1"


async def test_when_the_canary_dies_its_customers_get_the_stable_model(
    entry: TestClient, canary: TestServer
) -> None:
    sender = _sender(True)
    assert (await say(entry, sender))["by"] == "canary"

    await canary.close()

    assert (await say(entry, sender))["by"] == "stable"
    assert (await say(entry, sender))["by"] == "stable"


async def test_a_canary_that_cannot_serve_is_passed_over(sides: Sides) -> None:
    async with TestServer(rasa("canary", status=503)) as broken:
        sides.canary = _address(broken)
        async with TestClient(TestServer(entry_app(sides))) as entry:
            assert (await say(entry, _sender(True)))["by"] == "stable"


async def test_without_anybody_behind_it_the_answer_is_kind(stable: TestServer, canary: TestServer) -> None:
    sides = Sides(_address(stable), _address(canary), 0.3, "c1", canary_answers=True)
    await stable.close()
    await canary.close()
    async with TestClient(TestServer(entry_app(sides))) as entry:
        answer = await entry.post("/webhooks/rest/webhook", json={"sender": "ada", "message": "hello"})

        assert answer.status == 503
        assert (await answer.json())["error"]["text"].startswith("Something went wrong on our side")


async def test_a_web_socket_passes(entry: TestClient) -> None:
    async with entry.ws_connect("/socket") as socket:
        await socket.send_str("hello")
        message = await socket.receive(timeout=5)

    assert message.type == aiohttp.WSMsgType.TEXT and message.data == "stable: hello"


async def test_a_caller_elsewhere_is_named_and_one_here_is_not(entry: TestClient) -> None:
    assert (await say(entry, "ada"))["forwarded"] == ""
    assert forwarded(None, "203.0.113.9") == {"X-Forwarded-For": "203.0.113.9"}
    assert forwarded("198.51.100.1", "203.0.113.9") == {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    assert forwarded("198.51.100.1", "127.0.0.1") == {"X-Forwarded-For": "198.51.100.1, 127.0.0.1"}


def test_a_conversation_is_known_by_cookie_path_or_sender() -> None:
    named = base64.urlsafe_b64encode(b'"web-1f"').decode().rstrip("=")

    assert conversation_of("/chat/messages", f"{named}.Zx1.sig", b"{}") == "web-1f"
    assert conversation_of("/conversations/web-1f/tracker", None, b"") == "web-1f"
    assert conversation_of("/webhooks/rest/webhook", None, b'{"sender": "ada"}') == "ada"
    assert conversation_of("/webhooks/rest/webhook", None, b"[1, 2") is None
    assert conversation_of("/model", None, b'{"sender": "ada"}') is None
