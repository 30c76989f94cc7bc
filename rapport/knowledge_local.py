"""Opens the knowledge in this process: for the action server, and for commands when that does not run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from rapport.fingerprint import changed_parts, fingerprint, read_parts, write_parts
from rapport.knowledge_past import keep_versions, with_file
from rapport.settings import Settings

if TYPE_CHECKING:
    from llm.answering import Answerer
    from llm.generators.base import Generator
    from llm.knowledge.chroma import Place
    from llm.knowledge.filters import Filters
    from llm.knowledge.index import KnowledgeIndex
    from llm.knowledge.reranking import Reranker

logger = structlog.get_logger(__name__)

# The variable with the token of a Chroma server; never a setting.
CHROMA_TOKEN = "CHROMA_TOKEN"
# Called with the documents done, the documents to do, and the path of the current one.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Report:
    """What an update did: paths of documents; `skipped` are sentences about what was left out."""

    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    unchanged: Sequence[str]
    skipped: Sequence[str]
    chunks: int

    def as_values(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def knowledge_parts(settings: Settings) -> dict[str, str]:
    """Fingerprints of what the index and the help pages are made of."""
    return {
        "documents": fingerprint([settings.knowledge.folder]),
        "code": fingerprint([Path("llm/knowledge"), Path("llm/help_pages.py")], "*.py"),
        "settings": f"{settings.encoder.model_dump_json()} {settings.knowledge.model_dump_json()}",
    }


def state_file(settings: Settings) -> Path:
    """Where the fingerprints of the index are saved: beside it."""
    folder = settings.knowledge.chroma_folder
    return folder.with_name(f"{folder.name}.fingerprint.json")


def knowledge_is_current(settings: Settings) -> bool:
    """Whether index and help pages are those of the folder as it is."""
    knowledge = settings.knowledge
    is_kept = bool(knowledge.chroma_url) or knowledge.chroma_folder.is_dir()
    there = is_kept and (knowledge.help_folder / "index.html").exists()
    return there and not changed_parts(knowledge_parts(settings), read_parts(state_file(settings)))


@contextmanager
def open_index(settings: Settings, rebuild: bool = False) -> Iterator[KnowledgeIndex]:
    """The knowledge index; of a directory, nobody else can open it meanwhile.

    Args:
        settings: all settings.
        rebuild: throw away what is kept first; an update then fills it anew.

    Raises:
        LlmError: another process has it, it is damaged or out of reach, or the encoder cannot be loaded.
    """
    from llm.encoder import load_encoder, load_writer
    from llm.knowledge.chroma import wipe
    from llm.knowledge.index import KnowledgeIndex

    model, cache_dir, precision = (
        settings.encoder.model,
        settings.encoder.cache_dir,
        settings.encoder.articles,
    )
    translations: dict[str, KnowledgeIndex] = {}
    try:
        for place in places(settings).values() if rebuild else ():
            wipe(place)
        for language, other in settings.knowledge.languages.items():
            place, writer = places(settings)[language], load_writer(other, cache_dir, precision)
            encoder = load_encoder(other, cache_dir)
            translations[language] = KnowledgeIndex(place, encoder, language, writer=writer)
        encoder, writer = load_encoder(model, cache_dir), load_writer(model, cache_dir, precision)
        index = KnowledgeIndex(places(settings)[""], encoder, translations=translations, writer=writer)
    except BaseException:
        for translation in translations.values():
            translation.close()
        raise
    with index:
        yield index


def places(settings: Settings) -> dict[str, Place]:
    """Where the index of each language is kept; that of the help centre's own is named ""."""
    from llm.knowledge.chroma import ChromaServer

    knowledge = settings.knowledge
    languages = ("", *knowledge.languages)
    if knowledge.chroma_url:
        token, name = os.environ.get(CHROMA_TOKEN, ""), knowledge.chroma_name
        return {
            one: ChromaServer(knowledge.chroma_url, f"{name}-{one}" if one else name, token)
            for one in languages
        }
    folder = knowledge.chroma_folder
    return {one: folder.with_name(f"{folder.name}-{one}") if one else folder for one in languages}


def make_answerer(index: KnowledgeIndex, settings: Settings, generator: Generator | None = None) -> Answerer:
    """Answers as the settings say; without a threshold in them the fitted one counts.

    Args:
        index: the knowledge.
        settings: how to answer.
        generator: one that is there already, for a language model takes long to load; else made anew.

    Raises:
        SettingsError: the chosen generator's model is not named, or its prompt cannot be made.
    """
    from llm.answerability import DEFAULT
    from llm.answering import Answerer
    from rapport.generators import make_generator

    threshold = settings.answers.threshold
    answerability = DEFAULT if threshold is None else replace(DEFAULT, threshold=threshold)
    return Answerer(
        index,
        generator or make_generator(settings, index),
        answerability,
        settings.answers.passages,
        make_reranker(settings),
    )


def filters_of(settings: Settings, as_of: str = "") -> Filters:
    """Which articles the customers may read; `as_of`: a day (ISO) other than today."""
    from llm.knowledge.filters import Filters

    return Filters(tuple(settings.knowledge.audience), day=as_of[:10])


def make_reranker(settings: Settings) -> Reranker | None:
    """The cross-encoder of the settings; without one, or if it cannot be used, retrieval's order stays."""
    from llm.errors import RerankerError
    from llm.knowledge.reranking import CrossEncoder

    folder = settings.answers.reranker
    try:
        return CrossEncoder(folder) if folder else None
    except RerankerError as error:
        logger.error("reranker.unavailable", detail=str(error))
        return None


def update_index(
    index: KnowledgeIndex, settings: Settings, progress: Progress | None = None, file: str = ""
) -> Report:
    """Brings an open index and the help pages up to date with the knowledge folder.

    Args:
        index: what to update.
        settings: all settings.
        progress: called for each document.
        file: a file of the folder: only that one is read, all others stay as they were indexed.

    Raises:
        LlmError: the folder is missing or holds no document, or the file is not in it.
    """
    from llm.help_pages import write_help_pages
    from llm.knowledge.loading import load_folder

    knowledge, parts = settings.knowledge, knowledge_parts(settings)
    loaded = with_file(file, settings) if file else load_folder(knowledge.folder)
    made = index.take(loaded, progress)
    readable = [one for one in loaded.documents if filters_of(settings).may_read(one.audience)]
    write_help_pages(readable, knowledge.help_folder, knowledge.help_title)
    skipped = [f"{item.path}: {item.reason}" for item in made.skipped]
    skipped += keep_versions(loaded, settings)
    if not file:  # nobody looked whether the others are current
        write_parts(state_file(settings), parts)
    return Report(made.added, made.changed, made.removed, made.unchanged, skipped, made.chunks)
