"""The knowledge on a real Chroma server: answers go on without it, and it is used again when it is back."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import llm.encoder
from llm.errors import IndexUnreachableError
from llm.knowledge.chroma import ChromaServer, wipe
from llm.knowledge.index import KnowledgeIndex
from rapport.knowledge_served import ServedKnowledge
from rapport.settings import Knowledge, Settings
from tests.unit.llm.conftest import DELIVERY, RETURNS, HashingEncoder

QUESTION = "How long can I return something?"


class Chroma:
    """`chroma run` on a port of loopback; it can be stopped and started again with what it holds."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self._folder)]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert wait_for(self._answers), "chroma run did not start"

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/heartbeat", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False


def wait_for(wanted: Callable[[], bool], seconds: float = 40) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not wanted():
        time.sleep(0.1)
    return wanted()


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[Chroma]:
    server = Chroma(tmp_path / "server")
    yield server
    server.stop()


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(llm.encoder, "load_encoder", lambda *_, **__: HashingEncoder())
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "delivery.md").write_text(DELIVERY, encoding="utf-8")
    (folder / "returns.md").write_text(RETURNS, encoding="utf-8")
    return folder


def test_what_is_stored_on_a_server_is_read_back_the_same(chroma: Chroma, articles: Path) -> None:
    chroma.start()
    place = ChromaServer(chroma.url, "one")
    with KnowledgeIndex(place, HashingEncoder()) as index:
        assert len(index.update(articles).added) == 2
        first = index.contents
    encoder = HashingEncoder()
    with KnowledgeIndex(place, encoder) as again:
        assert again.contents.chunks == first.chunks and encoder.encoded == []
        assert abs(again.contents.vectors - first.vectors).max() < 1e-6
        (articles / "returns.md").unlink()
        assert again.update(articles).removed == ("returns.md",)
    with KnowledgeIndex(ChromaServer(chroma.url, "two"), HashingEncoder()) as other:
        assert other.contents.chunks == (), "another name is another index"
    wipe(place)
    with KnowledgeIndex(place, HashingEncoder()) as empty:
        assert empty.contents.chunks == ()


def test_the_service_starts_without_the_server_and_goes_on_when_it_is_gone(
    chroma: Chroma, articles: Path
) -> None:
    settings = Settings(knowledge=Knowledge(folder=articles, chroma_url=chroma.url))
    parts: dict = {}
    served = ServedKnowledge(settings, parts.update, retry_seconds=0.2)

    def says() -> str:
        return parts["answerer"].answer(QUESTION).text if "answerer" in parts else ""

    try:
        assert "answerer" not in served.open()
        chroma.start()
        assert wait_for(lambda: "30 days" in says())
        chroma.stop()
        assert "30 days" in says()
        (articles / "returns.md").write_text(RETURNS.replace("30 days", "60 days"), encoding="utf-8")
        with pytest.raises(IndexUnreachableError, match=r"cannot be used .*Start it \(`chroma run`\)"):
            served.update()
        assert "30 days" in says()
        chroma.start()
        served.update()
        assert "60 days" in says()
    finally:
        served.close()


def test_a_server_behind_a_proxy_is_sent_the_token_and_it_is_never_shown(chroma: Chroma) -> None:
    chroma.start()
    place = ChromaServer(chroma.url, token="s3cret")
    with KnowledgeIndex(place, HashingEncoder()) as index:
        session = index._store._client._server._session
        assert session.headers["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in repr(place) + str(place)
