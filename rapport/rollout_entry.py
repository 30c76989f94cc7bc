"""The entry: what customers reach while models are compared; it passes each conversation to one of two Rasas.

A conversation stays on its side. Where a side cannot be reached, the other one answers: both keep
conversations in the same database. A message that a side may have begun with is never given to the other: an
order would be cancelled twice. Nothing is kept here, so the entry can be started anew at any moment.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from learning.rollout.split import held_out, on_canary
from rapport.rollout_requests import Said, read_request

# The chat page's cookie: the signed id of the conversation (channels/signing.py).
COOKIE = "rapport_chat"
BODY_BYTES = 10_000_000
CHECK_SECONDS, CHECK_TIMEOUT_SECONDS = 2.0, 2.0
TURN_TIMEOUT_SECONDS = 60.0
# About the connection to the entry, not about the request (RFC 9110, 7.6.1).
_OF_THE_CONNECTION = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
    *("transfer-encoding", "upgrade", "content-length"),
}
_SORRY = {
    "error": {"code": "failed", "text": "Something went wrong on our side. Please try again in a moment."}
}
# Asking twice for these changes nothing.
_SAFE = ("GET", "HEAD", "OPTIONS")
# Called with what was said and when it came, after the answer has gone out.
Answered = Callable[[Said, float], None]
_HTTP = web.AppKey("http", aiohttp.ClientSession)


@dataclass
class Sides:
    """Who answers.

    Attributes:
        stable: address of the stable model's Rasa.
        second: address of the other's; None while there is none.
        share: of the conversations that it has (0–1).
        rollout: name of the model that is tried, by which conversations are drawn.
        holds_out: whether the second one has the model before, with which a holdout stays; else a canary.
        second_answers: whether it did when it was last asked.
    """

    stable: str
    second: str | None = None
    share: float = 0.0
    rollout: str = ""
    holds_out: bool = False
    second_answers: bool = False

    def order(self, conversation: str | None) -> list[str]:
        """Addresses to try: the conversation's own side first."""
        if self.second is None or not self.second_answers or conversation is None:
            return [self.stable]
        draw = held_out if self.holds_out else on_canary
        if draw(conversation, self.share, self.rollout):
            return [self.second, self.stable]
        return [self.stable, self.second]


def entry_app(sides: Sides, answered: Answered | None = None) -> web.Application:
    """The entry as an application; whoever makes it may change the sides at any time.

    Args:
        sides: who answers.
        answered: told of each message; must be quick, for the next one waits.
    """
    app = web.Application(client_max_size=BODY_BYTES)

    async def session(_: web.Application) -> AsyncIterator[None]:
        # Compressed answers pass as they are.
        timeout = aiohttp.ClientTimeout(total=TURN_TIMEOUT_SECONDS)
        # A connection that is kept may belong to a Rasa that has died since: nobody could tell whether a
        # message that was written into it was read, and it could not be given to the other side.
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False, connector=connector) as http:
            app[_HTTP] = http
            checking = asyncio.create_task(_check_for_good(sides, http))
            yield
            checking.cancel()
            with suppress(asyncio.CancelledError):
                await checking

    async def passed_on(request: web.Request) -> web.StreamResponse:
        began, body = time.time(), await request.read()
        said = read_request(request.path, request.cookies.get(COOKIE), body)
        answer = await _pass_on(request, body, sides, sides.order(said.conversation), app[_HTTP])
        if answered:
            answered(said, began)
        return answer

    app.cleanup_ctx.append(session)
    app.router.add_route("*", "/{path:.*}", passed_on)
    return app


async def _check_for_good(sides: Sides, http: aiohttp.ClientSession) -> None:
    """A Rasa that hangs would keep its customers waiting: the second one is asked all the time."""
    timeout = aiohttp.ClientTimeout(total=CHECK_TIMEOUT_SECONDS)
    while True:
        answers, address = False, sides.second
        if address:
            with suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError):
                async with http.get(f"{address}/chat/health", timeout=timeout) as answer:
                    # Rasa listens once it has its model; without the chat page nobody knows this path.
                    answers = answer.status in (200, 404)
        sides.second_answers = answers
        await asyncio.sleep(CHECK_SECONDS)


async def _pass_on(
    request: web.Request, body: bytes, sides: Sides, addresses: list[str], http: aiohttp.ClientSession
) -> web.StreamResponse:
    if request.headers.get("upgrade", "").lower() == "websocket":
        return await _socket(request, addresses[0], http)
    for number, address in enumerate(addresses):
        last = number == len(addresses) - 1
        try:
            async with _asked(request, address, body, http) as answer:
                if _is_not_ready(answer) and not last:
                    continue
                return await _answered(request, answer)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            if address == sides.second:
                sides.second_answers = False
            not_sent = isinstance(error, aiohttp.ClientConnectorError)
            if not not_sent and request.method not in _SAFE:
                break
    return web.json_response(_SORRY, status=503, headers={"Retry-After": "5"})


def _is_not_ready(answer: aiohttp.ClientResponse) -> bool:
    """Whether a Rasa has no model yet and asks to come again; one that failed at a message does not."""
    return answer.status == 503 and "Retry-After" in answer.headers


def _asked(request: web.Request, address: str, body: bytes, http: aiohttp.ClientSession) -> Any:
    """The same request, its path and body byte for byte, for channels' signatures."""
    headers = CIMultiDict(
        (name, value) for name, value in request.headers.items() if name.lower() not in _OF_THE_CONNECTION
    )
    headers.update(forwarded(request.headers.get("X-Forwarded-For"), request.remote))
    url = URL(address + request.raw_path, encoded=True)
    return http.request(request.method, url, headers=headers, data=body or None, allow_redirects=False)


async def _answered(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    passed = web.StreamResponse(status=answer.status)
    for name, value in answer.headers.items():
        if name.lower() not in _OF_THE_CONNECTION:
            passed.headers.add(name, value)
    body = await answer.read()
    passed.content_length = len(body) if request.method != "HEAD" else None
    await passed.prepare(request)
    await passed.write(body)
    await passed.write_eof()
    return passed


async def _socket(request: web.Request, address: str, http: aiohttp.ClientSession) -> web.StreamResponse:
    """Both directions of a web socket."""
    headers = {name: value for name, value in request.headers.items() if name.lower() in ("cookie", "origin")}
    headers |= forwarded(request.headers.get("X-Forwarded-For"), request.remote)
    client, url = web.WebSocketResponse(), URL(address + request.raw_path, encoded=True)
    try:
        async with http.ws_connect(url, headers=headers, timeout=10.0) as server:
            await client.prepare(request)
            both = [asyncio.create_task(_pump(client, server)), asyncio.create_task(_pump(server, client))]
            _, waiting = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            await client.close()
    except (aiohttp.ClientError, OSError):
        if not client.prepared:
            return web.json_response(_SORRY, status=503)
    return client


async def _pump(source: Any, target: Any) -> None:
    async for message in source:
        if message.type == aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type == aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)


def forwarded(given: str | None, peer: str | None) -> dict[str, str]:
    """Who asked, for the channels' limits; a caller on this machine is told as such by the lack of it."""
    try:
        here = ipaddress.ip_address(peer or "").is_loopback
    except ValueError:
        here = False
    if here and not given:
        return {}
    return {"X-Forwarded-For": ", ".join(filter(None, (given, peer or "unknown")))}
