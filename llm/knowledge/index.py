"""The searchable knowledge: what is stored, kept up to date with a folder, and held in memory for queries.

Chroma is read at opening and after a change; a query touches only arrays in memory (`contents`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from llm.injections import Injections
from llm.knowledge.chroma import Place
from llm.knowledge.chunking import CHUNKING_VERSION, Chunk, chunk_document
from llm.knowledge.cleaning import without_instructions
from llm.knowledge.contents import Contents
from llm.knowledge.embedding import embed
from llm.knowledge.loading import Document, Loaded, Skipped, load_folder
from llm.knowledge.store import ChunkStore, StoredChunk
from llm.knowledge.terms import Encoder, terms_of

logger = structlog.get_logger()

# So many documents are embedded and stored at once.
_AT_ONCE = 64

# Called with (documents done, documents to do, path of the current one).
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class IndexReport:
    """What an update did, as paths of documents; `skipped` says why a file was left out."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    chunks: int


class KnowledgeIndex:
    """Chunks with their vectors and words.

    Example:
        >>> index = KnowledgeIndex(Path("var/chroma"), encoder)
        >>> index.update(Path("knowledge")).added
        ('delivery/costs.md', ...)

    Args:
        place: directory of the index, which this process owns until `close()`, or a Chroma server.
        encoder: turns texts into vectors; another encoder means another index, built anew.
        language: of the documents that it holds; empty for the help centre's own.
        translations: the same help centre in other languages; updated and closed with this one.
        writer: what makes the articles' vectors, where that is not `encoder`: the same model in 8 bits.

    Attributes:
        contents: what queries are answered from; an update puts new ones in their place.
        terms: the vector [dim] of each word, keyword and heading in them.

    Raises:
        IndexInUseError: another process has the directory open.
        IndexDamagedError: its files are broken.
        IndexUnreachableError: the server does not answer.
    """

    def __init__(
        self,
        place: Place,
        encoder: Encoder,
        language: str = "",
        translations: "Mapping[str, KnowledgeIndex] | None" = None,
        writer: Encoder | None = None,
    ) -> None:
        self.encoder = encoder
        self.injections = Injections(encoder)
        self.writer = writer or encoder
        # Articles are looked through with what embeds them: the same decisions, in a third of the time.
        self._cleaner = Injections(writer) if writer else self.injections
        self.language = language
        self.translations = dict(translations or {})
        self._store = ChunkStore(
            place, f"{encoder.name}/{encoder.dim}/{CHUNKING_VERSION}{'/8 bits' if writer else ''}"
        )
        try:
            self._show(self._store.read(), self._store.read_terms())
        except BaseException:
            self._store.close()
            raise

    def __enter__(self) -> "KnowledgeIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory."""
        for translation in self.translations.values():
            translation.close()
        self._store.close()

    def update(self, folder: Path, progress: Progress | None = None) -> IndexReport:
        """Bring the index up to date with a knowledge folder; only new and changed documents are embedded.

        Raises:
            KnowledgeError: the folder is missing or holds no readable document.
        """
        return self.take(load_folder(folder), progress)

    def take(self, loaded: Loaded, progress: Progress | None = None) -> IndexReport:
        """Bring the index up to date with what was loaded of a folder, in all languages."""
        own = self.hold(loaded, progress)
        report = _together([own, *(one.hold(loaded, progress) for one in self.translations.values())])
        logger.info("knowledge.index.updated", added=len(report.added), changed=len(report.changed),
                    removed=len(report.removed), unchanged=len(report.unchanged), skipped=len(report.skipped),
                    chunks=report.chunks)  # fmt: skip
        return report

    def hold(self, loaded: Loaded, progress: Progress | None) -> IndexReport:
        """Bring this language's index up to date with what was loaded."""
        known = {chunk.document: chunk.version for chunk in self.contents.chunks}
        wanted = {one.path: one for one in loaded.documents if one.language == self.language}
        added = tuple(path for path in wanted if path not in known)
        changed = tuple(path for path in wanted if path in known and known[path] != wanted[path].version)
        # An article that cannot be read just now is most likely being edited: its last good version stays.
        kept = {skipped.path for skipped in loaded.skipped}
        removed = tuple(path for path in known if path not in wanted and path not in kept)
        left_out = self._replace([wanted[path] for path in (*added, *changed)], removed, progress)
        unchanged = tuple(path for path in wanted if path not in added and path not in changed)
        skipped = (*loaded.skipped, *self._unheld(loaded.documents), *left_out)
        return IndexReport(added, changed, removed, unchanged, skipped, len(self.contents.chunks))

    def _unheld(self, documents: Sequence[Document]) -> tuple[Skipped, ...]:
        """Documents that no index of this folder holds; the one in the help centre's own language tells."""
        known = {self.language, *self.translations}
        return tuple(
            Skipped(
                one.path, f"its language is {one.language!r}; name an encoder for it in knowledge.languages."
            )
            for one in documents
            if one.language not in known and not self.language
        )

    def _replace(
        self, documents: Sequence[Document], removed: Sequence[str], progress: Progress | None
    ) -> list[Skipped]:
        """Store documents in place of what was known of them; says what of them is not used."""
        left_out: list[Skipped] = []
        if removed:
            self._store.replace(dict.fromkeys(removed, ()))
        for start in range(0, len(documents), _AT_ONCE):
            chunks: dict[str, list[Chunk]] = {}
            for done, document in enumerate(documents[start : start + _AT_ONCE], start):
                if progress:
                    progress(done, len(documents), document.path)
                clean, instructions = without_instructions(document, self._cleaner, self.writer)
                left_out += [_instruction(document.path, text) for text in instructions]
                chunks[document.path] = chunk_document(clean)
            self._store.replace(embed(chunks, self.writer))
        if documents or removed:
            # The terms lie in memory already; reading thousands from Chroma takes most of a second.
            self._show(self._store.read(), self.terms)
        if progress and documents:
            progress(len(documents), len(documents), "")
        return left_out

    def _show(self, stored: Sequence[StoredChunk], terms: dict[str, np.ndarray]) -> None:
        """Puts chunks before queries; terms without a vector (after a torn update, too) are embedded."""
        wanted = terms_of([chunk for chunk, _, _ in stored])
        missing, unused = sorted(wanted - terms.keys()), sorted(terms.keys() - wanted)
        fresh = dict(zip(missing, self.writer.encode(missing))) if missing else {}
        if fresh or unused:
            self._store.change_terms(fresh, unused)
        held = {**terms, **fresh}
        self.terms = {term: held[term] for term in wanted}
        self.contents = Contents(stored, self.terms, self.encoder)


def _instruction(path: str, text: str) -> Skipped:
    shown = text if len(text) <= 80 else text[:79] + "…"
    what = "reads like an instruction to a language model and is not used"
    return Skipped(path, f'"{shown}" {what}: rephrase it or take it out.')


def _together(reports: Sequence[IndexReport]) -> IndexReport:
    """One report of several indexes of a folder; all of them saw the same files that cannot be read."""

    def paths(name: str) -> tuple[str, ...]:
        return tuple(path for report in reports for path in getattr(report, name))

    return IndexReport(
        paths("added"),
        paths("changed"),
        paths("removed"),
        paths("unchanged"),
        reports[0].skipped,
        sum(report.chunks for report in reports),
    )
