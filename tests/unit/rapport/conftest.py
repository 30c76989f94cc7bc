"""A project folder of their own for the tests of the command line, free ports, and a small HTTP server."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog


@pytest.fixture(autouse=True)
def usual_log() -> Iterator[None]:
    """What a command says of its log ends with the test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the working directory, and no RAPPORT_… variable."""
    for name in [name for name in os.environ if name.startswith("RAPPORT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Finds a port that nobody listens on."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find


@dataclass
class FakeServer:
    """Answers by "METHOD /path" (status, JSON); everything else is 404."""

    answers: dict[str, tuple[int, Any]]
    port: int = 0
    asked: list[tuple[str, Any, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """What was asked, as "METHOD /path?query"."""
        return [line for line, _, _ in self.asked]


@contextmanager
def _serving(answers: dict[str, tuple[int, Any]]) -> Iterator[FakeServer]:
    """Runs a fake server on a free port of loopback."""
    fake = FakeServer(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._answer(json.loads(self.rfile.read(length) or b"null"))

        def _answer(self, body: Any) -> None:
            fake.asked.append((f"{self.command} {self.path}", body, dict(self.headers)))
            status, content = fake.answers.get(f"{self.command} {self.path.split('?')[0]}", (404, {}))
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def serving() -> Callable[[dict[str, tuple[int, Any]]], AbstractContextManager[FakeServer]]:
    """Runs a small server: `with serving({"GET /health": (200, {})}) as server`, then `server.port`."""
    return _serving
