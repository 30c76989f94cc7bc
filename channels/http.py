"""HTTP pieces that both connectors use: bounded bodies, kind refusals, security headers, who is calling."""

import functools
import ipaddress
import json
import math
from typing import Any, Awaitable, Callable, Optional

from sanic import response
from sanic.exceptions import PayloadTooLarge
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from channels.turns import log_error

Handler = Callable[..., Awaitable[BaseHTTPResponse]]

# After a refusal, up to this much of the body is still read: the client then sees the answer, not a reset.
_DRAINED_BYTES = 8_000_000

_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
}


class Refusal(Exception):
    """A request that gets a kind text instead of an answer."""

    def __init__(self, status: int, code: str, text: str, retry_after_seconds: float = 0.0) -> None:
        """Describe it.

        Args:
            status: HTTP status.
            code: One word for programs.
            text: A sentence for the customer or the script's author.
            retry_after_seconds: When to try again, if that helps.
        """
        super().__init__(code)
        self.status = status
        self.code = code
        self.text = text
        self.retry_after_seconds = retry_after_seconds

    def as_response(self) -> HTTPResponse:
        """Returns `{"error": {"code": …, "text": …}}` with the status."""
        seconds = self.retry_after_seconds
        headers = {"Retry-After": str(math.ceil(seconds))} if seconds else None
        return response.json({"error": {"code": self.code, "text": self.text}}, self.status, headers)


def kindly(failed_text: str) -> Callable[[Handler], Handler]:
    """Wrap a handler: refusals and errors become JSON with a kind text, and every answer gets the headers.

    Args:
        failed_text: What is said when the handler raises anything unforeseen.
    """

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def wrapped(request: Request, *args: Any, **kwargs: Any) -> BaseHTTPResponse:
            try:
                answer = await handler(request, *args, **kwargs)
            except Refusal as refusal:
                answer = refusal.as_response()
            except Exception as error:  # the process's edge: a customer never sees a traceback
                log_error("channel.request.failed", error)
                answer = Refusal(503, "failed", failed_text).as_response()
            for name, value in SECURITY_HEADERS.items():
                answer.headers.setdefault(name, value)
            return answer

        return wrapped

    return decorate


async def read_json(request: Request, max_bytes: int, too_long: str, unreadable: str) -> dict[str, Any]:
    """Read a JSON object from a streamed request without taking more than `max_bytes` into memory.

    Raises:
        Refusal: 413 if the body is too large, 415 or 400 if it is not a JSON object.
    """
    stream = request.stream
    if stream is None or not stream.request_body:
        raise Refusal(400, "bad_request", unreadable)
    stream.request_max_size = _DRAINED_BYTES
    body = bytearray()
    try:
        while chunk := await stream.read():
            body += chunk
            if len(body) > max_bytes:
                raise Refusal(413, "too_long", too_long)
    except PayloadTooLarge:
        raise Refusal(413, "too_long", too_long) from None
    # A form on another site cannot send this type without asking first (CORS), which we never allow.
    if not (request.content_type or "").startswith("application/json"):
        raise Refusal(415, "bad_request", unreadable)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_request", unreadable) from None
    if not isinstance(content, dict):
        raise Refusal(400, "bad_request", unreadable)
    return content


def require_same_origin(request: Request, text: str) -> None:
    """Refuse requests that the browser says another site has started.

    Raises:
        Refusal: 403.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(403, "bad_request", text)


def caller_address(request: Request) -> str:
    """The caller's address; behind a proxy, Sanic's settings (`SANIC_PROXIES_COUNT=1`) say what to trust."""
    return str(request.remote_addr or request.ip or "unknown")


def is_loopback(request: Request) -> bool:
    """Whether the caller is on this machine. What a proxy passes on is not, though the proxy may be."""
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.ip or "").is_loopback
    except ValueError:
        return False


def ready_agent(request: Request, failed_text: str) -> Any:
    """The Rasa agent of the running process.

    Raises:
        Refusal: 503 while no model is loaded.
    """
    agent: Optional[Any] = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise Refusal(503, "not_ready", failed_text, retry_after_seconds=5)
    return agent
