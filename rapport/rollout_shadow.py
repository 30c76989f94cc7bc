"""A candidate that reads along: each message's text is sent to it to be understood, and nothing else.

It is asked for `/model/parse` alone: it knows no conversation, answers nobody, and runs no action.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from learning.errors import LearningError
from learning.harvest import pseudonym
from learning.rollout.shadow import Reading, keep
from learning.store import LearningStore
from rapport.console import warned
from rapport.rollout_requests import Said

# More messages than this are not waited for: the candidate is behind, and a sample does as well.
QUEUE_MESSAGES = 100
WRITE_SECONDS, PARSE_TIMEOUT_SECONDS = 2.0, 10.0


class Shadow:
    """Messages on their way to the candidate, and what it made of them.

    Args:
        store: where readings go.
        learning_key: of the conversations' pseudonyms.
        api_key: opens Rasa's interface.
    """

    def __init__(self, store: LearningStore, learning_key: str, api_key: str) -> None:
        self.address: str | None = None  # the candidate's Rasa; None while there is none
        self.candidate = ""
        self.dropped = 0
        self._store, self._learning_key, self._api_key = store, learning_key, api_key
        self._waiting: asyncio.Queue[tuple[Said, float]] = asyncio.Queue(QUEUE_MESSAGES)
        self._read: list[Reading] = []

    def offer(self, said: Said, at: float) -> None:
        """Takes a message if there is room; called by the entry once the answer is out."""
        if self.address is None or not said.text or said.conversation is None:
            return
        try:
            self._waiting.put_nowait((said, at))
        except asyncio.QueueFull:
            self.dropped += 1

    async def read_for_good(self) -> None:
        """Has one message after the other read, and writes what came of them every two seconds."""
        timeout = aiohttp.ClientTimeout(total=PARSE_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            writing = asyncio.create_task(self._write_for_good())
            try:
                while True:
                    await self._read_next(http)
            finally:
                writing.cancel()
                self._write()

    async def _read_next(self, http: aiohttp.ClientSession) -> None:
        said, at = await self._waiting.get()
        address, candidate = self.address, self.candidate
        if address is None:
            return
        try:
            parsed = await self._parse(http, address, said.text)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            self.dropped += 1  # it starts, or is busy
            return
        name = pseudonym(str(said.conversation), self._learning_key)
        self._read.append(reading_of(parsed, candidate, name, at))

    async def _parse(self, http: aiohttp.ClientSession, address: str, text: str) -> dict[str, Any]:
        query = {"token": self._api_key}
        async with http.post(f"{address}/model/parse", params=query, json={"text": text}) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def _write_for_good(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await asyncio.to_thread(self._write)

    def _write(self) -> None:
        read, self._read = self._read, []
        try:
            keep(self._store, read)
        except LearningError as error:  # the entry goes on, whatever becomes of what is learned
            warned(str(error))
            self.dropped += len(read)


def reading_of(parsed: dict[str, Any], candidate: str, conversation: str, at: float) -> Reading:
    """A reading from what Rasa's interface answers."""
    route, routed = parsed.get("route") or {}, str((parsed.get("intent") or {}).get("name") or "")
    top = (parsed.get("intent_ranking") or [{}])[0]
    intent = str(route.get("intent") or top.get("name") or "")
    confidence = float(route.get("confidence") or top.get("confidence") or 0.0)
    return Reading(candidate, conversation, at, intent, confidence, str(route.get("band") or ""), routed)
