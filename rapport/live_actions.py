"""The real actions for one test story at a time: a shop and CRM as freshly seeded, knowledge, and a day that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rapport.settings import Settings

# The suite's day: a Wednesday, ten in the morning, when people are at work and shops are open.
NOW = datetime(2026, 6, 17, 10, 0, tzinfo=UTC)
FOLDER = Path("var/suite")


@dataclass
class LiveActions:
    """Runs actions in this process, as the action server would, on a fresh copy of the shop for each story."""

    executor: Any
    answerer: Any
    template: Path
    link_base: str
    story: str = ""

    async def exchange(self, story: str, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answers a call as the action server's webhook would: status and body."""
        from rasa_sdk.interfaces import ActionExecutionRejection

        if story != self.story:
            self._begin(story)
        try:
            answer = await self.executor.run(call)
        except ActionExecutionRejection as rejection:
            return 400, {"error": str(rejection), "action_name": rejection.action_name}
        return 200, answer

    def _begin(self, story: str) -> None:
        from actions.context import Services, configure
        from actions.crm.embedded import EmbeddedCrm
        from actions.shop.database import make_engine
        from actions.shop.embedded import EmbeddedShop

        database = FOLDER / "story.db"
        for end in ("", "-wal", "-shm"):
            database.with_name(database.name + end).unlink(missing_ok=True)
        shutil.copy(self.template, database)
        engine = make_engine(f"sqlite:///{database}")
        shop, crm = EmbeddedShop(engine, lambda: NOW.date()), EmbeddedCrm(engine, lambda: NOW)
        configure(Services(shop, crm, self.answerer, link_base=self.link_base, now=lambda: NOW))
        self.story = story


@contextmanager
def live_actions(settings: Settings) -> Iterator[LiveActions]:
    """Prepares the actions; the index stays in var/suite, so that only the first time takes long."""
    from actions.shop.seed.build import create_and_seed
    from llm.answering import Answerer
    from llm.encoder import load_encoder
    from llm.knowledge.index import KnowledgeIndex
    from rasa_sdk.executor import ActionExecutor

    FOLDER.mkdir(parents=True, exist_ok=True)
    template = FOLDER / f"shop-{NOW.date()}-{settings.shop.seed}.db"
    create_and_seed(f"sqlite:///{template}", NOW.date(), settings.shop.seed)
    executor = ActionExecutor()
    executor.register_package("actions")
    encoder = load_encoder(settings.encoder.model, settings.encoder.cache_dir)
    with KnowledgeIndex(FOLDER / "chroma", encoder) as index:
        index.update(settings.knowledge.folder, lambda *_: None)
        answerer = Answerer(index, passages=settings.answers.passages)
        yield LiveActions(executor, answerer, template, settings.knowledge.link_base)
