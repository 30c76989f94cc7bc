"""A chat server on real sockets, that answers each request as the next of its replies says."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Writes an answer to a request; what it leaves out is missing on the wire too.
Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Keeps what was asked, and lets the next reply answer; the last one answers all further requests."""

    chat: ChatServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(json.loads(body))

    def do_GET(self) -> None:
        self._answer(None)

    def _answer(self, body: Any) -> None:
        chat = self.chat
        chat.asked.append((self.path, body, dict(self.headers)))
        reply = chat.replies.pop(0) if len(chat.replies) > 1 else chat.replies[0]
        with suppress(OSError):  # the client has gone
            reply(self)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass

    def start(self, content_type: str = "text/event-stream", status: int = 200, **headers: str) -> None:
        """Status and headers; the body ends with the connection."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, data: str | bytes) -> None:
        self.wfile.write(data if isinstance(data, bytes) else data.encode())
        self.wfile.flush()

    def piece(self, text: str | None, ending: str | None = None) -> None:
        """One event with a piece of the reply."""
        choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": ending}
        self.send(f"data: {json.dumps({'choices': [choice]})}\n\n")


@dataclass
class ChatServer:
    """Where it listens, what was asked of it: (path, body, headers)."""

    replies: list[Reply]
    url: str = ""
    asked: list[tuple[str, Any, dict[str, str]]] = field(default_factory=list)
    # Set when the test is over, so that a hanging reply ends.
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def chat_server(*replies: Reply) -> Iterator[ChatServer]:
    """Serves on a free port of loopback."""
    chat = ChatServer(list(replies))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"chat": chat}))
    chat.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        chat.over.set()
        server.shutdown()
        server.server_close()


def says(*pieces: str, ending: str = "stop") -> Reply:
    """A whole reply in pieces, as such servers stream it."""

    def reply(handler: Handler) -> None:
        handler.start()
        handler.send(": a comment\n\n")
        for piece in pieces:
            handler.piece(piece)
        handler.piece(None, ending)
        handler.send('data: {"choices": [], "usage": {"total_tokens": 7}}\n\ndata: [DONE]\n\n')

    return reply


def says_at_once(text: str) -> Reply:
    """A reply by a server that does not stream."""

    def reply(handler: Handler) -> None:
        handler.start("application/json; charset=utf-8")
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        handler.send(json.dumps({"choices": [choice]}))

    return reply


def refuses(status: int, **headers: str) -> Reply:
    """A status other than 200."""

    def reply(handler: Handler) -> None:
        handler.start("application/json", status, **headers)
        handler.send('{"error": {"message": "the words of the customer"}}')

    return reply


def sends(data: str | bytes, content_type: str = "text/event-stream") -> Reply:
    """Any bytes as a 200 answer."""

    def reply(handler: Handler) -> None:
        handler.start(content_type)
        handler.send(data)

    return reply


def hangs_after(*pieces: str) -> Reply:
    """Some pieces, then silence with the connection open; without pieces not even a status."""

    def reply(handler: Handler) -> None:
        if pieces:
            handler.start()
        for piece in pieces:
            handler.piece(piece)
        handler.chat.over.wait(30)

    return reply


def dies_after(*pieces: str) -> Reply:
    """Some pieces, then the connection is reset, as by a killed server; without pieces before a status."""

    def reply(handler: Handler) -> None:
        if pieces:
            handler.start()
        for piece in pieces:
            handler.piece(piece)
        time.sleep(0.05)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    return reply


def drips(piece: str, pause_seconds: float) -> Reply:
    """The same piece again and again, without an end."""

    def reply(handler: Handler) -> None:
        handler.start()
        while not handler.chat.over.wait(pause_seconds):
            handler.piece(piece)

    return reply
