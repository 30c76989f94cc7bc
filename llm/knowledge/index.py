"""The searchable knowledge: what is stored, kept up to date with a folder, and held in memory for queries.

Chroma is read once at opening; a query touches only arrays in memory (a few hundred chunks fit in a few
megabytes).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from llm.knowledge.chunking import CHUNKING_VERSION, Chunk, chunk_document
from llm.knowledge.filters import FilterIndex
from llm.knowledge.keywords import KeywordIndex
from llm.knowledge.loading import Document, Loaded, Skipped, load_folder
from llm.knowledge.nearest import Nearest
from llm.knowledge.phrases import Phrases
from llm.knowledge.store import ChunkStore, StoredChunk
from llm.knowledge.subjects import Subjects
from llm.knowledge.terms import Encoder, Terms, heading_of, terms_of

logger = structlog.get_logger()

# So many documents are embedded and stored at once.
_AT_ONCE = 64

# Called with (documents done, documents to do, path of the current one).
Progress = Callable[[int, int, str], None]

# How often a word in these fields counts against once in the body.
TITLE_WEIGHT = 2
HEADING_WEIGHT = 3
KEYWORD_WEIGHT = 2
ASKED_WEIGHT = 2


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
        folder: directory of the index; this process owns it until `close()`.
        encoder: turns texts into vectors; another encoder means another index, built anew.
        language: of the documents that it holds; empty for the help centre's own.
        translations: the same help centre in other languages; updated and closed with this one.

    Raises:
        IndexInUseError: another process has the directory open.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        language: str = "",
        translations: "Mapping[str, KnowledgeIndex] | None" = None,
    ) -> None:
        self.encoder = encoder
        self.language = language
        self.translations = dict(translations or {})
        self._store = ChunkStore(folder, f"{encoder.name}/{encoder.dim}/{CHUNKING_VERSION}")
        self._set(self._store.read())
        self._set_terms(self._store.read_terms())

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
        loaded = load_folder(folder)
        own = self.hold(loaded, progress)
        report = _together([own, *(one.hold(loaded, progress) for one in self.translations.values())])
        logger.info("knowledge.index.updated", added=len(report.added), changed=len(report.changed),
                    removed=len(report.removed), unchanged=len(report.unchanged), skipped=len(report.skipped),
                    chunks=report.chunks)  # fmt: skip
        return report

    def hold(self, loaded: Loaded, progress: Progress | None) -> IndexReport:
        """Bring this language's index up to date with what was loaded."""
        known = {chunk.document: chunk.version for chunk in self.chunks}
        wanted = {one.path: one for one in loaded.documents if one.language == self.language}
        added = tuple(path for path in wanted if path not in known)
        changed = tuple(path for path in wanted if path in known and known[path] != wanted[path].version)
        # An article that cannot be read just now is most likely being edited: its last good version stays.
        kept = {skipped.path for skipped in loaded.skipped}
        removed = tuple(path for path in known if path not in wanted and path not in kept)
        self._replace([wanted[path] for path in (*added, *changed)], removed, progress)
        unchanged = tuple(path for path in wanted if path not in added and path not in changed)
        skipped = (*loaded.skipped, *self._unheld(loaded.documents))
        return IndexReport(added, changed, removed, unchanged, skipped, len(self.chunks))

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

    def sentence_vectors(self, chunk_id: str) -> np.ndarray:
        """Vectors of a chunk's sentences, float32 [n_sentences, dim]."""
        row = self._rows[chunk_id]
        return self.all_sentence_vectors[self.sentence_starts[row] : self.sentence_starts[row + 1]]

    def _replace(
        self, documents: Sequence[Document], removed: Sequence[str], progress: Progress | None
    ) -> None:
        if removed:
            self._store.replace(dict.fromkeys(removed, ()))
        for start in range(0, len(documents), _AT_ONCE):
            chunks: dict[str, list[Chunk]] = {}
            for done, document in enumerate(documents[start : start + _AT_ONCE], start):
                if progress:
                    progress(done, len(documents), document.path)
                chunks[document.path] = chunk_document(document)
            self._store.replace(self._embed(chunks))
        if documents or removed:
            self._set(self._store.read())
            # These vectors lie in memory already; reading thousands from Chroma takes most of a second.
            self._set_terms(self._terms_held)
        if progress and documents:
            progress(len(documents), len(documents), "")

    def _embed(self, documents: Mapping[str, Sequence[Chunk]]) -> dict[str, list[StoredChunk]]:
        """Documents' chunks with their vectors."""
        chunks = [chunk for of_document in documents.values() for chunk in of_document]
        texts = [f"{chunk.context}\n{chunk.text}" for chunk in chunks]
        sentences = [embedded_sentence(chunk, s.text) for chunk in chunks for s in chunk.sentences]
        vectors = self.encoder.encode(texts + sentences) if texts else np.zeros((0, self.encoder.dim))
        stored: dict[str, list[StoredChunk]] = {document: [] for document in documents}
        position = len(chunks)
        for chunk, vector in zip(chunks, vectors):
            of_chunk = vectors[position : position + len(chunk.sentences)]
            stored[chunk.document].append((chunk, vector, of_chunk))
            position += len(chunk.sentences)
        return stored

    def _set_terms(self, known: dict[str, np.ndarray]) -> None:
        """Embed the terms that have no vector yet (also after a torn update), and keep the others."""
        wanted = terms_of(self.chunks)
        missing, unused = sorted(wanted - known.keys()), sorted(known.keys() - wanted)
        fresh = dict(zip(missing, self.encoder.encode(missing))) if missing else {}
        if fresh or unused:
            self._store.change_terms(fresh, unused)
        held = {**known, **fresh}
        self._terms_held = {term: held[term] for term in wanted}
        self.terms = Terms(self._terms_held, self.chunks, self.encoder)
        self.phrases = Phrases(self._terms_held, self.chunks, self.encoder.dim)

    def _set(self, stored: Sequence[StoredChunk]) -> None:
        dim = self.encoder.dim
        self.chunks: tuple[Chunk, ...] = tuple(chunk for chunk, _, _ in stored)
        self.vectors = np.stack([v for _, v, _ in stored]) if stored else np.zeros((0, dim), np.float32)
        matrices = [matrix for _, _, matrix in stored]
        self.all_sentence_vectors = np.concatenate(matrices) if matrices else np.zeros((0, dim), np.float32)
        self.sentence_starts = np.cumsum([0, *(len(matrix) for matrix in matrices)])
        self._rows: dict[str, int] = {chunk.id: row for row, chunk in enumerate(self.chunks)}
        self.near = Nearest(self.vectors)
        self.keywords = KeywordIndex([_fields(chunk) for chunk in self.chunks])
        self.subjects = Subjects(self.chunks)
        self.filters = FilterIndex(self.chunks)


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


def embedded_sentence(chunk: Chunk, sentence: str) -> str:
    """What is embedded for a sentence: "It costs £9.50" alone does not say what costs that."""
    return f"{heading_of(chunk)}: {sentence}"


def _fields(chunk: Chunk) -> list[tuple[str, int]]:
    return [
        (chunk.text, 1),
        (chunk.title, TITLE_WEIGHT),
        (" ".join(chunk.heading_path), HEADING_WEIGHT),
        (" ".join(chunk.keywords), KEYWORD_WEIGHT),
        (" ".join(chunk.asked), ASKED_WEIGHT),
    ]
