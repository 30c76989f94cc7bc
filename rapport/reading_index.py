"""The knowledge index for commands that only read it, while the assistant runs and has it, too."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from llm.errors import IndexInUseError
from llm.knowledge.index import KnowledgeIndex
from rapport.errors import RapportError
from rapport.knowledge_local import open_index
from rapport.settings import Settings


@contextmanager
def reading_index(settings: Settings) -> Iterator[KnowledgeIndex]:
    """The knowledge index, to be read only: a copy of it while the assistant runs and has it.

    Raises:
        LlmError: it cannot be opened.
        RapportError: it was never made.
    """
    folder = settings.knowledge.chroma_folder
    if not folder.is_dir():
        raise RapportError("The knowledge was never indexed: run `rapport index` first.")
    with ExitStack() as opened:
        try:
            index = opened.enter_context(open_index(settings))
        except IndexInUseError:
            index = opened.enter_context(_copied_index(settings))
        yield index


@contextmanager
def _copied_index(settings: Settings) -> Iterator[KnowledgeIndex]:
    folder = settings.knowledge.chroma_folder
    with tempfile.TemporaryDirectory() as place:
        for one in folder.parent.glob(f"{folder.name}*"):
            if one.is_dir():
                shutil.copytree(one, Path(place) / one.name, ignore=shutil.ignore_patterns("owner.*"))
        knowledge = settings.knowledge.model_copy(update={"chroma_folder": Path(place) / folder.name})
        with open_index(settings.model_copy(update={"knowledge": knowledge})) as index:
            yield index
