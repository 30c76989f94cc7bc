"""The real actions for one test story at a time, on a freshly seeded shop and a day that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.actions_process import ways
from rapport.knowledge_local import filters_of, make_answerer, open_index
from rapport.settings import Settings

if TYPE_CHECKING:
    from actions.local import LocalActions
    from llm.knowledge.index import KnowledgeIndex

# The suite's day: a Wednesday, ten in the morning, when people are at work and shops are open.
NOW = datetime(2026, 6, 17, 10, 0, tzinfo=UTC)
FOLDER = Path("var/suite")


@dataclass
class LiveActions:
    """Runs actions as the action server would, each story on its own fresh copy of the shop.

    Attributes:
        template: the shop's database that is copied.
        given: what else `Services` has: knowledge, voice and so on.
    """

    actions: LocalActions
    template: Path
    given: dict[str, Any]
    story: str = ""

    async def exchange(self, story: str, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answers a call as the action server's webhook would: status and body."""
        if story != self.story:
            self._begin(story)
        return await self.actions.answer(call)

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
        configure(Services(shop, crm, now=lambda: NOW, **self.given))
        self.story = story


@contextmanager
def live_actions(settings: Settings) -> Iterator[LiveActions]:
    """Prepares the actions, with the assistant's own index, or another while the assistant runs."""
    from actions.local import LocalActions
    from actions.shop.seed.build import create_and_seed

    FOLDER.mkdir(parents=True, exist_ok=True)
    template = FOLDER / f"shop-{NOW.date()}-{settings.shop.seed}.db"
    create_and_seed(f"sqlite:///{template}", NOW.date(), settings.shop.seed)
    with _index(settings) as index:
        index.update(settings.knowledge.folder)
        knowledge = {"answerer": make_answerer(index, settings), "filters": filters_of(settings)}
        yield LiveActions(LocalActions(), template, knowledge | ways(settings))


@contextmanager
def _index(settings: Settings) -> Iterator[KnowledgeIndex]:
    from llm.errors import IndexInUseError

    with ExitStack() as opened:
        try:
            index = opened.enter_context(open_index(settings))
        except IndexInUseError:
            knowledge = settings.knowledge.model_copy(update={"chroma_folder": FOLDER / "chroma"})
            apart = settings.model_copy(update={"knowledge": knowledge})
            index = opened.enter_context(open_index(apart))
        yield index
