"""Opens the knowledge in this process: for the action server, and for commands when that does not run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.fingerprint import changed_parts, fingerprint, read_parts, write_parts
from rapport.settings import Settings

if TYPE_CHECKING:
    from llm.answering import Answerer
    from llm.generators.base import Generator
    from llm.knowledge.index import KnowledgeIndex

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
        "settings": f"{settings.encoder.model} {settings.knowledge.model_dump_json()}",
    }


def state_file(settings: Settings) -> Path:
    """Where the fingerprints of the index are saved: beside it."""
    folder = settings.knowledge.chroma_folder
    return folder.with_name(f"{folder.name}.fingerprint.json")


def knowledge_is_current(settings: Settings) -> bool:
    """Whether index and help pages are those of the folder as it is."""
    there = (
        settings.knowledge.chroma_folder.is_dir() and (settings.knowledge.help_folder / "index.html").exists()
    )
    return there and not changed_parts(knowledge_parts(settings), read_parts(state_file(settings)))


@contextmanager
def open_index(settings: Settings) -> Iterator[KnowledgeIndex]:
    """The knowledge index; nobody else can open it meanwhile.

    Raises:
        LlmError: another process has it, or the encoder cannot be loaded.
    """
    from llm.encoder import load_encoder
    from llm.knowledge.index import KnowledgeIndex

    folder, cache_dir = settings.knowledge.chroma_folder, settings.encoder.cache_dir
    translations: dict[str, KnowledgeIndex] = {}
    try:
        for language, model in settings.knowledge.languages.items():
            place = folder.with_name(f"{folder.name}-{language}")
            translations[language] = KnowledgeIndex(place, load_encoder(model, cache_dir), language)
        encoder = load_encoder(settings.encoder.model, cache_dir)
        index = KnowledgeIndex(folder, encoder, translations=translations)
    except BaseException:
        for translation in translations.values():
            translation.close()
        raise
    with index:
        yield index


def make_answerer(index: KnowledgeIndex, settings: Settings, generator: Generator | None = None) -> Answerer:
    """Answers as the settings say; without a threshold in them the fitted one counts.

    Args:
        index: the knowledge.
        settings: how to answer.
        generator: writes instead of the one that the settings choose.

    Raises:
        SettingsError: the chosen generator's model is not named, or its prompt cannot be made.
    """
    from llm.answerability import DEFAULT
    from llm.answering import Answerer
    from rapport.generators import make_generator

    threshold = settings.answers.threshold
    answerability = DEFAULT if threshold is None else replace(DEFAULT, threshold=threshold)
    return Answerer(
        index, generator or make_generator(settings, index), answerability, settings.answers.passages
    )


def update_index(index: KnowledgeIndex, settings: Settings, progress: Progress | None = None) -> Report:
    """Brings an open index and the help pages up to date with the knowledge folder.

    Raises:
        LlmError: the folder is missing or holds no document.
    """
    from llm.help_pages import write_help_pages
    from llm.knowledge.loading import load_documents

    knowledge, parts = settings.knowledge, knowledge_parts(settings)
    made = index.update(knowledge.folder, progress)
    write_help_pages(load_documents(knowledge.folder), knowledge.help_folder, knowledge.help_title)
    write_parts(state_file(settings), parts)
    skipped = [f"{item.path}: {item.reason}" for item in made.skipped]
    return Report(made.added, made.changed, made.removed, made.unchanged, skipped, made.chunks)
