"""The knowledge of the action server: opened, updated, rebuilt while it serves; tried again if it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from rapport.generators import make_generator, make_model
from rapport.knowledge_local import filters_of, make_answerer, open_index, update_index
from rapport.knowledge_past import answerer_as_of
from rapport.knowledge_report import examine
from rapport.settings import Settings
from rapport.unanswered import Unanswered

if TYPE_CHECKING:
    from llm.knowledge.index import KnowledgeIndex

logger = structlog.get_logger(__name__)

# Where there is no knowledge, it is looked for so often.
RETRY_SECONDS = 15.0

# What actions get of the knowledge: fields of `actions.context.Services`.
Parts = dict[str, Any]


class ServedKnowledge:
    """The index in the action server, which owns it.

    Customers are answered from what is in memory, so updates, rebuilds and a Chroma server that is gone
    interrupt nothing. A damaged or empty index is built again by itself.

    Args:
        settings: all settings.
        attach: called with what actions get, whenever that changed.
        retry_seconds: where there is no knowledge, it is looked for so often.
    """

    def __init__(
        self, settings: Settings, attach: Callable[[Parts], None], retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self._settings = settings
        self._attach = attach
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._unattached = True
        self._resources = ExitStack()
        self._index: KnowledgeIndex | None = None
        # One for every index that is opened: a language model takes long to load.
        self._model = None if settings.answers.generator == "extractive" else make_model(settings)

    def open(self) -> Parts:
        """What actions get; no answerer where there is no knowledge, which is then looked for.

        Raises:
            SettingsError: the chosen generator's model is not named.
        """
        from llm.errors import LlmError

        try:
            index = self._open()
        except LlmError as error:
            logger.error("knowledge.missing", detail=str(error), goes_on="without the help centre")
        else:
            if index.contents.chunks:
                self._unattached = False
                return self._parts(index)
        threading.Thread(target=self._look_for_it, daemon=True, name="knowledge").start()
        return {"filters": filters_of(self._settings), "reindex": self.update}

    def update(self, rebuild: bool = False, file: str = "") -> dict[str, Any]:
        """Brings the index up to date; answers go on from what was known until it is.

        Args:
            rebuild: throw it away first.
            file: of the folder; only this one is read.

        Raises:
            LlmError: it cannot be read or written; what was known stays.
        """
        with self._lock:
            known = self._index
            index = self._open(rebuild) if rebuild or known is None else known
            made = update_index(index, self._settings, file=file).as_values()
            if index is not known or self._unattached:
                self._attach(self._parts(index))
                self._unattached = False
            return made

    def close(self) -> None:
        """Lets go of the index."""
        self._closed.set()
        self._resources.close()

    def _open(self, rebuild: bool = False) -> KnowledgeIndex:
        """Opens the index anew; what answers come from stays in memory."""
        self._index = None
        self._resources.close()
        self._index = self._resources.enter_context(open_index(self._settings, rebuild))
        return self._index

    def _look_for_it(self) -> None:
        """Tries until there is knowledge; a damaged index is built again."""
        from llm.errors import IndexDamagedError, LlmError

        wait, said, rebuild = 0.0, "", False
        while not self._closed.wait(wait):
            try:
                made = self.update(rebuild)
            except LlmError as error:
                wait = 0.0 if isinstance(error, IndexDamagedError) and not rebuild else self._retry_seconds
                rebuild = rebuild or isinstance(error, IndexDamagedError)
                if str(error) != said:
                    logger.error("knowledge.missing", detail=str(error))
                said = str(error)
            else:
                logger.info("knowledge.back", chunks=made["chunks"], rebuilt=rebuild)
                return

    def _parts(self, index: KnowledgeIndex) -> Parts:
        def examined(questions: list[dict[str, str]]) -> dict[str, Any]:
            asked = [Unanswered(str(one.get("text", "")), str(one.get("language", ""))) for one in questions]
            return examine(index, asked)

        generator = make_generator(self._settings, index, self._model)
        return {
            "answerer": make_answerer(index, self._settings, generator),
            "filters": filters_of(self._settings),
            "past": partial(answerer_as_of, index, self._settings, generator=generator),
            "examine": examined,
            "reindex": self.update,
        }
