from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rapport.errors import RapportError
from rapport.model_pull import pull

CONTENT = b"GGUF" + b"x" * 1000


class Hub(BaseHTTPRequestHandler):
    """A hub with one file."""

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(CONTENT)

    def _answer(self, body: bytes) -> None:
        found = self.path.startswith("/owner/model/resolve/main/m.gguf")
        self.send_response(200 if found else 404)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", '"abc"')
        if not found:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("Content-Length", str(len(CONTENT) if found else 0))
        self.end_headers()
        self.wfile.write(body if found else b"")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_file_is_fetched_from_a_hub(hub: str, tmp_path: Path) -> None:
    path = pull("owner/model", "m.gguf", tmp_path, hub)
    assert path == tmp_path / "m.gguf" and path.read_bytes() == CONTENT


def test_a_file_that_the_hub_does_not_have_is_named(hub: str, tmp_path: Path) -> None:
    with pytest.raises(RapportError, match=r"answers 404 for other\.gguf in owner/model"):
        pull("owner/model", "other.gguf", tmp_path, hub)


def test_a_name_that_no_hub_has_is_refused(hub: str, tmp_path: Path) -> None:
    with pytest.raises(RapportError, match="owner/name"):
        pull("a/b/c", "m.gguf", tmp_path, hub)


def test_without_a_hub_it_says_so_and_what_to_do(free_port: Any, tmp_path: Path) -> None:
    started = time.perf_counter()
    with pytest.raises(RapportError) as caught:
        pull("owner/model", "m.gguf", tmp_path, f"http://127.0.0.1:{free_port()}")
    assert time.perf_counter() - started < 10, "the package alone tries for half a minute"
    text = str(caught.value)
    assert text.startswith("No model hub can be reached at http://127.0.0.1:") and "llama_cpp.model" in text
    assert "\n" not in text and not list(tmp_path.glob("*.gguf"))
