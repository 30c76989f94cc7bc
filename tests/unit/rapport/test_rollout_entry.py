"""The entry keeps conversations on their side, passes them unchanged, and no message is answered twice."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from learning.rollout.split import held_out, on_canary
from rapport.rollout_entry import Sides, entry_app, forwarded
from rapport.rollout_requests import Said

SECRET = b"signing secret"
ASKED = web.AppKey("asked", list[int])


def signature(stamp: str, body: bytes) -> str:
    """As Slack signs."""
    return "v0=" + hmac.new(SECRET, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


def rasa(name: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Application:
    """Stands for a Rasa: tells who it is and what it was asked; counts messages."""
    app = web.Application()
    app[ASKED] = [0]

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/chat/health":
            return web.json_response({"status": "ok"})
        app[ASKED][0] += 1
        body = await request.read()
        told = {"by": name, "body": body.decode(), "path": request.raw_path}
        told["forwarded"] = request.headers.get("X-Forwarded-For", "")
        told["retry"] = request.headers.get("X-Slack-Retry-Num", "")
        signed = signature(request.headers.get("X-Slack-Request-Timestamp", ""), body)
        told["signed"] = signed == request.headers.get("X-Slack-Signature")
        answered = web.json_response(told, status=status, headers=headers)
        answered.headers["Set-Cookie"] = "a=1"
        return answered

    async def begins_and_dies(request: web.Request) -> web.Response:
        app[ASKED][0] += 1
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def socket(request: web.Request) -> web.WebSocketResponse:
        channel = web.WebSocketResponse()
        await channel.prepare(request)
        async for message in channel:
            await channel.send_str(f"{name}: {message.data}")
        return channel

    app.router.add_get("/socket", socket)
    app.router.add_post("/webhooks/dies/webhook", begins_and_dies)
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
    return Sides(_address(stable), _address(canary), 0.3, "c1", second_answers=True)


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


async def test_a_canary_without_a_model_is_passed_over(sides: Sides) -> None:
    async with TestServer(rasa("canary", 503, {"Retry-After": "5"})) as starting:
        sides.second = _address(starting)
        async with TestClient(TestServer(entry_app(sides))) as entry:
            assert (await say(entry, _sender(True)))["by"] == "stable"


async def test_a_message_that_a_side_may_have_begun_with_is_not_given_to_the_other(
    sides: Sides, stable: TestServer, canary: TestServer, entry: TestClient
) -> None:
    """It may have cancelled an order already."""
    body = {"sender": _sender(True), "message": "cancel my order"}
    died = await entry.post("/webhooks/dies/webhook", json=body)

    assert died.status == 503 and "try again" in (await died.json())["error"]["text"]
    assert (canary.app[ASKED][0], stable.app[ASKED][0]) == (1, 0)

    async with TestServer(rasa("canary", 503)) as failing:
        sides.second, sides.second_answers = _address(failing), True
        failed = await entry.post("/webhooks/rest/webhook", json=body)
        assert failed.status == 503 and (await failed.json())["by"] == "canary"
    assert stable.app[ASKED][0] == 0


def slack(user: str, text: str = "hello", **more: object) -> bytes:
    event = {"type": "message", "channel_type": "im", "user": user, "text": text, **more}
    return json.dumps({"type": "event_callback", "team_id": "T1", "event": event}).encode()


@pytest.mark.parametrize("on", [True, False])
async def test_slack_is_shared_out_and_its_signature_holds(on: bool, entry: TestClient) -> None:
    name, stamp = _sender(on), str(int(time.time()))
    body = slack(name)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(stamp, body),
    }
    first = await entry.post("/webhooks/slack/webhook", data=body, headers=headers)
    again = await entry.post(
        "/webhooks/slack/webhook", data=body, headers={**headers, "X-Slack-Retry-Num": "1"}
    )

    for answer, retry in ((first, ""), (again, "1")):
        told = await answer.json()
        assert (told["by"], told["signed"], told["retry"]) == ("canary" if on else "stable", True, retry)
        assert told["body"].encode() == body


async def test_a_path_passes_as_it_was_written(entry: TestClient) -> None:
    """Some channels sign the address."""
    reader, writer = await asyncio.open_connection("127.0.0.1", entry.port)
    writer.write(b"GET /webhooks/a%7Eb/x?q=%41+%2f&q= HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    told = (await reader.read()).decode()
    writer.close()

    assert "/webhooks/a%7Eb/x?q=%41+%2f&q=" in told


async def test_a_holdout_stays_with_the_model_before(sides: Sides, entry: TestClient) -> None:
    sides.holds_out = True
    held = next(name for n in range(1_000) if held_out(name := f"ada-{n}", 0.3, "c1"))

    assert (await say(entry, held))["by"] == "canary"
    assert (await say(entry, _sender(True)))["by"] == "stable"


async def test_messages_are_told_after_their_answer(sides: Sides, stable: TestServer) -> None:
    told: list[tuple[Said, int]] = []
    app = entry_app(sides, lambda said, _: told.append((said, stable.app[ASKED][0])))
    async with TestClient(TestServer(app)) as entry:
        await say(entry, name := _sender(False))

    assert told == [(Said(name, "hello"), 1)]


async def test_without_anybody_behind_it_the_answer_is_kind(stable: TestServer, canary: TestServer) -> None:
    sides = Sides(_address(stable), _address(canary), 0.3, "c1", second_answers=True)
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
