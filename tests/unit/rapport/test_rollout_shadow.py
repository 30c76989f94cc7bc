"""A candidate that reads along is asked to understand, and for nothing else; it delays nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from learning.harvest import pseudonym
from learning.rollout.shadow import readings_of
from learning.store import LearningStore
from rapport.rollout_requests import Said
from rapport.rollout_shadow import QUEUE_MESSAGES, Shadow

PARSED = {
    "text": "where is it",
    "intent": {"name": "nlu_confirm", "confidence": 1.0},
    "intent_ranking": [{"name": "track_order", "confidence": 0.6}],
    "route": {"band": "confirm", "intent": "track_order", "confidence": 0.6, "why": "…"},
}


@pytest.fixture
def store(tmp_path: Path) -> LearningStore:
    return LearningStore(f"sqlite:///{tmp_path}/learning.db")


@pytest.fixture
async def asked() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
async def candidate(asked: list[tuple[str, str, str]]) -> AsyncIterator[TestServer]:
    """Stands for the candidate's Rasa; keeps what it is asked."""

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.method, request.path, await request.text()))
        return web.json_response(PARSED, status=200 if request.query.get("token") == "key" else 401)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield server


@pytest.fixture
async def shadow(store: LearningStore, candidate: TestServer) -> AsyncIterator[Shadow]:
    shadow = Shadow(store, "learning key", "key")
    shadow.candidate, shadow.address = "new", f"http://127.0.0.1:{candidate.port}"
    task = asyncio.create_task(shadow.read_for_good())
    yield shadow
    task.cancel()


async def until(holds: Callable[[], object]) -> None:
    for _ in range(100):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not within five seconds")


async def test_only_the_text_goes_to_it_and_only_readings_are_kept(
    shadow: Shadow, store: LearningStore, asked: list[tuple[str, str, str]]
) -> None:
    shadow.offer(Said("ada", "where is it"), 12.5)
    await until(lambda: readings_of(store, "new"))

    assert asked == [("POST", "/model/parse", '{"text": "where is it"}')]
    (found,) = readings_of(store, "new")
    assert (found.conversation, found.at) == (pseudonym("ada", "learning key"), 12.5)
    assert (found.intent, found.confidence) == ("track_order", 0.6)
    assert (found.band, found.routed) == ("confirm", "nlu_confirm")


async def test_buttons_and_requests_of_nobody_are_not_read(
    shadow: Shadow, store: LearningStore, asked: list[tuple[str, str, str]]
) -> None:
    for said in (Said("ada"), Said(None, "hello"), Said("ada", "hello")):
        shadow.offer(said, 1)
    await until(lambda: readings_of(store, "new"))

    assert len(asked) == 1


async def test_what_comes_too_fast_is_dropped_and_counted(store: LearningStore) -> None:
    behind = Shadow(store, "learning key", "key")
    behind.address = "http://127.0.0.1:1"
    for number in range(QUEUE_MESSAGES + 3):
        behind.offer(Said("ada", "hello"), number)

    assert behind.dropped == 3


async def test_a_candidate_that_is_gone_loses_readings_and_nothing_else(
    shadow: Shadow, store: LearningStore, candidate: TestServer
) -> None:
    there, shadow.address = shadow.address, "http://127.0.0.1:1"
    shadow.offer(Said("ada", "hello"), 1)
    await until(lambda: shadow.dropped == 1)
    shadow.address = there
    shadow.offer(Said("ada", "hello"), 2)
    await until(lambda: readings_of(store, "new"))

    assert [one.at for one in readings_of(store, "new")] == [2]
