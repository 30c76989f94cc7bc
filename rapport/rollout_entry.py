"""The entry: what customers reach while there is a canary; it passes each conversation to one of two Rasas.

A conversation stays on its side. Where a side does not answer, the other one does: both keep conversations in
the same database. Nothing is kept here, so the entry can be started anew at any moment.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import aiohttp
from aiohttp import web

from learning.rollout.split import on_canary

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
# What a Rasa answers that cannot serve just now: another one may.
_CANNOT_SERVE = (502, 503)
_HTTP = web.AppKey("http", aiohttp.ClientSession)


@dataclass
class Sides:
    """Who answers.

    Attributes:
        stable: address of the stable model's Rasa.
        canary: address of the canary's; None while there is none.
        share: of the conversations that it has (0–1).
        rollout: its name, by which conversations are drawn.
        canary_answers: whether it did when it was last asked.
    """

    stable: str
    canary: str | None = None
    share: float = 0.0
    rollout: str = ""
    canary_answers: bool = False

    def order(self, conversation: str | None) -> list[str]:
        """Addresses to try: the conversation's own side first."""
        if self.canary is None or not self.canary_answers:
            return [self.stable]
        if conversation is not None and on_canary(conversation, self.share, self.rollout):
            return [self.canary, self.stable]
        return [self.stable, self.canary] if conversation is not None else [self.stable]


def entry_app(sides: Sides) -> web.Application:
    """The entry as an application; whoever makes it may change the sides at any time."""
    app = web.Application(client_max_size=BODY_BYTES)

    async def session(_: web.Application) -> AsyncIterator[None]:
        # Compressed answers pass as they are.
        timeout = aiohttp.ClientTimeout(total=TURN_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as http:
            app[_HTTP] = http
            checking = asyncio.create_task(_check_for_good(sides, http))
            yield
            checking.cancel()
            with suppress(asyncio.CancelledError):
                await checking

    async def passed_on(request: web.Request) -> web.StreamResponse:
        return await _pass_on(request, sides, app[_HTTP])

    app.cleanup_ctx.append(session)
    app.router.add_route("*", "/{path:.*}", passed_on)
    return app


async def _check_for_good(sides: Sides, http: aiohttp.ClientSession) -> None:
    """A canary that hangs would keep its customers waiting: it is asked all the time."""
    timeout = aiohttp.ClientTimeout(total=CHECK_TIMEOUT_SECONDS)
    while True:
        answers, address = False, sides.canary
        if address:
            with suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError):
                async with http.get(f"{address}/chat/health", timeout=timeout) as answer:
                    answers = answer.status == 200
        sides.canary_answers = answers
        await asyncio.sleep(CHECK_SECONDS)


async def _pass_on(request: web.Request, sides: Sides, http: aiohttp.ClientSession) -> web.StreamResponse:
    body = await request.read()
    conversation = conversation_of(request.path, request.cookies.get(COOKIE), body)
    addresses = sides.order(conversation)
    if request.headers.get("upgrade", "").lower() == "websocket":
        return await _socket(request, addresses[0], http)
    for number, address in enumerate(addresses):
        last = number == len(addresses) - 1
        try:
            async with _asked(request, address, body, http) as answer:
                if answer.status in _CANNOT_SERVE and not last:
                    continue
                return await _answered(request, answer)
        except (TimeoutError, aiohttp.ClientError, OSError):
            if address == sides.canary:
                sides.canary_answers = False
    return web.json_response(_SORRY, status=503, headers={"Retry-After": "5"})


def _asked(request: web.Request, address: str, body: bytes, http: aiohttp.ClientSession) -> Any:
    headers = {k: v for k, v in request.headers.items() if k.lower() not in _OF_THE_CONNECTION}
    headers |= forwarded(request.headers.get("X-Forwarded-For"), request.remote)
    url = address + request.raw_path
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
    client = web.WebSocketResponse()
    try:
        async with http.ws_connect(address + request.raw_path, headers=headers, timeout=10.0) as server:
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


def conversation_of(path: str, cookie: str | None, body: bytes) -> str | None:
    """Which conversation a request belongs to, by the chat page's cookie, the API's path, or the sender.

    Nothing is trusted here: whoever forges a name is sent to the other side, no more.
    """
    if path.startswith("/chat/") and cookie:
        return _signed(cookie)
    parts = path.split("/")
    if len(parts) > 2 and parts[1] == "conversations":
        return unquote(parts[2])
    if path.startswith("/webhooks/") and body:
        with suppress(ValueError, AttributeError, RecursionError):
            sender = json.loads(body).get("sender")
            return sender if isinstance(sender, str) and sender else None
    return None


def _signed(cookie: str) -> str:
    """The name in a signed cookie; the signature is for the channel to check."""
    named = cookie.split(".", 1)[0]
    with suppress(ValueError):
        found = json.loads(base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)))
        return found if isinstance(found, str) else named
    return named


def forwarded(given: str | None, peer: str | None) -> dict[str, str]:
    """Who asked, for the channels' limits; a caller on this machine is told as such by the lack of it."""
    try:
        here = ipaddress.ip_address(peer or "").is_loopback
    except ValueError:
        here = False
    if here and not given:
        return {}
    return {"X-Forwarded-For": ", ".join(filter(None, (given, peer or "unknown")))}
