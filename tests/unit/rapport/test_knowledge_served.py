"""The action server's knowledge: really damaged files, a real index, and what actions get."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llm.errors import IndexDamagedError, LlmError
from rapport.knowledge import ask
from rapport.knowledge_local import knowledge_is_current, state_file
from rapport.knowledge_served import ServedKnowledge
from rapport.settings import Settings
from tests.unit.rapport.test_knowledge import ARTICLE, index, settings

__all__ = ["settings"]
QUESTION = "How much is delivery to Ireland?"


class Server:
    """What an action server does with the parts that it is given."""

    def __init__(self, settings: Settings) -> None:
        self.knowledge = ServedKnowledge(settings, self.attach, retry_seconds=0.05)
        self.parts: dict[str, Any] = {}
        self.attached = 0
        self.parts.update(self.knowledge.open())

    def attach(self, parts: dict[str, Any]) -> None:
        self.parts.update(parts)
        self.attached += 1

    def says(self) -> str:
        return self.parts["answerer"].answer(QUESTION).text if "answerer" in self.parts else ""

    def wait_for(self, wanted: Callable[[], bool]) -> bool:
        end = time.monotonic() + 20
        while time.monotonic() < end and not wanted():
            time.sleep(0.02)
        return wanted()


@pytest.fixture
def serve(settings: Settings) -> Iterator[Callable[[], Server]]:
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(settings))
        return started[-1]

    yield start
    for server in started:
        server.knowledge.close()


def damage(settings: Settings) -> None:
    (settings.knowledge.chroma_folder / "chroma.sqlite3").write_bytes(b"no database" * 5000)


def test_a_damaged_index_is_built_again_while_the_service_goes_on(
    settings: Settings, serve: Callable[[], Server]
) -> None:
    index(settings)
    damage(settings)
    with pytest.raises(IndexDamagedError, match="rapport index --rebuild"):
        ask(settings, QUESTION)
    server = serve()
    assert server.wait_for(lambda: "£9.50" in server.says())


def test_an_index_that_lost_everything_is_filled_again(
    settings: Settings, serve: Callable[[], Server]
) -> None:
    index(settings)
    (settings.knowledge.chroma_folder / "chroma.sqlite3").unlink()
    server = serve()
    assert server.wait_for(lambda: "£9.50" in server.says())


def test_knowledge_that_is_missing_is_used_as_soon_as_it_is_there(
    settings: Settings, serve: Callable[[], Server]
) -> None:
    Path("knowledge/delivery.md").unlink()
    server = serve()
    time.sleep(0.2)
    assert server.says() == ""
    Path("knowledge/delivery.md").write_text(ARTICLE, encoding="utf-8")
    assert server.wait_for(lambda: "£9.50" in server.says())


def test_answers_go_on_while_the_index_is_rebuilt_and_when_that_fails(
    settings: Settings, serve: Callable[[], Server]
) -> None:
    index(settings)
    server = serve()
    assert "£9.50" in server.says() and server.attached == 0
    damage(settings)
    Path("knowledge/delivery.md").rename("aside.md")
    with pytest.raises(LlmError, match="no readable document"):
        server.parts["reindex"](True)
    assert "£9.50" in server.says(), "what was known is still in memory"
    Path("aside.md").rename("knowledge/delivery.md")
    assert server.parts["reindex"](True)["added"] == ("delivery.md",)
    assert "£9.50" in server.says() and server.attached == 1


def test_an_update_of_the_same_index_keeps_the_answerer_with_its_model(
    settings: Settings, serve: Callable[[], Server]
) -> None:
    index(settings)
    server = serve()
    answerer = server.parts["answerer"]
    Path("knowledge/delivery.md").write_text(ARTICLE.replace("£9.50", "£11"), encoding="utf-8")
    server.parts["reindex"](False)
    assert server.parts["answerer"] is answerer and "£11" in server.says()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00garbage", b"{", b"[]", b""])
def test_a_damaged_fingerprint_file_only_means_to_look_again(settings: Settings, content: bytes) -> None:
    index(settings)
    state_file(settings).write_bytes(content)
    assert not knowledge_is_current(settings)
    assert list(index(settings).unchanged) == ["delivery.md"]
    assert knowledge_is_current(settings)
