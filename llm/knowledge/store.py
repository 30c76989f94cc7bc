"""Chunks and their vectors, in a Chroma directory or on a Chroma server."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from llm.errors import KnowledgeError
from llm.knowledge.chroma import ChromaServer, Place, damaged, opened, unreachable
from llm.knowledge.chunking import Chunk
from llm.knowledge.sentences import Sentence

# (chunk, its vector [dim], its sentences' vectors [n_sentences, dim])
StoredChunk = tuple[Chunk, np.ndarray, np.ndarray]
# A vector whose length differs more from 1 was damaged on disk.
_LENGTH_TOLERANCE = 0.01
# A server sends so many rows at once.
_ROWS_A_REQUEST = 2_000


class ChunkStore:
    """A Chroma directory, opened and locked, or a Chroma server.

    Two processes on one directory silently lose vectors, so the second one is refused.

    Args:
        place: the directory, made if missing, or the server.
        fingerprint: what the vectors were made with; when it differs from the stored one, the store starts
            empty.

    Raises:
        IndexInUseError: another process (or another store in this one) has the directory open.
        IndexDamagedError: Chroma cannot open the directory.
        IndexUnreachableError: the server does not answer.
    """

    def __init__(self, place: Place, fingerprint: str) -> None:
        self._place = place
        self._opened = opened(place, fingerprint)
        self._client = self._opened.client
        self._chunks, self._sentences, self._terms = self._opened.collections.values()

    def close(self) -> None:
        """Let go of the directory; a second call does nothing."""
        self._opened.close()

    def read(self) -> list[StoredChunk]:
        """Everything stored, by document and place.

        Documents that were not stored whole are left out: the next update embeds them again.

        Raises:
            IndexDamagedError, IndexUnreachableError: it cannot be read.
        """
        with self._reading():
            rows = self._all(self._chunks, "embeddings", "documents", "metadatas")
            vectors = _sentence_vectors(self._all(self._sentences, "embeddings", "metadatas"))
            return self._stored(rows, vectors)

    def _stored(
        self, rows: Mapping[str, Any], vectors: Mapping[str, Mapping[int, np.ndarray]]
    ) -> list[StoredChunk]:
        stored: list[StoredChunk] = []
        for id_, text, meta, vector in zip(
            rows["ids"], rows["documents"], rows["metadatas"], rows["embeddings"]
        ):
            chunk = _chunk_from(id_, text, meta)
            of_chunk = vectors.get(id_, {})
            if len(of_chunk) == len(chunk.sentences):
                own = np.asarray(vector, dtype=np.float32)
                matrix = np.stack([of_chunk[i] for i in range(len(of_chunk))])
                _check_lengths(own[None])
                _check_lengths(matrix)
                stored.append((chunk, own, matrix))
        whole = _whole_documents(stored, {meta["document"]: meta["n_chunks"] for meta in rows["metadatas"]})
        return sorted(
            (s for s in stored if s[0].document in whole), key=lambda s: (s[0].document, s[0].start)
        )

    def replace(self, documents: Mapping[str, Sequence[StoredChunk]]) -> None:
        """Put documents' chunks in the place of those they had; one with none is removed.

        Chroma takes 40 ms for a write, be it of one chunk or of hundreds: give it many documents at once.
        """
        with self._writing():
            self._put(documents)

    def _put(self, documents: Mapping[str, Sequence[StoredChunk]]) -> None:
        names = {"document": {"$in": list(documents)}}
        self._chunks.delete(where=names)
        self._sentences.delete(where=names)
        stored = [one for of_document in documents.values() for one in of_document]
        if not stored:
            return
        owners = [(chunk, i) for chunk, _, _ in stored for i in range(len(chunk.sentences))]
        self._add(
            self._sentences,
            ids=[f"{chunk.id}/{i}" for chunk, i in owners],
            embeddings=np.concatenate([matrix for _, _, matrix in stored]),
            metadatas=[{"document": chunk.document, "chunk": chunk.id, "order": i} for chunk, i in owners],
        )
        # Chunks come last: they say how many belong together, so that a torn write is seen at the next start.
        self._add(
            self._chunks,
            ids=[chunk.id for chunk, _, _ in stored],
            embeddings=np.stack([vector for _, vector, _ in stored]),
            documents=[chunk.text for chunk, _, _ in stored],
            metadatas=[_metadata(chunk, len(documents[chunk.document])) for chunk, _, _ in stored],
        )

    def _add(self, collection: Any, **columns: Any) -> None:
        """Adds rows, as many at a time as Chroma takes."""
        size = self._client.get_max_batch_size()
        for start in range(0, len(columns["ids"]), size):
            collection.add(**{name: values[start : start + size] for name, values in columns.items()})

    def read_terms(self) -> dict[str, np.ndarray]:
        """Vectors of single words, keywords and headings."""
        with self._reading():
            rows = self._all(self._terms, "embeddings")
            vectors = np.asarray(rows["embeddings"], dtype=np.float32)
            _check_lengths(vectors)
        return dict(zip(rows["ids"], vectors))

    def change_terms(self, added: dict[str, np.ndarray], removed: Sequence[str]) -> None:
        """Add vectors of new terms and drop those that are no longer used."""
        with self._writing():
            if removed:
                self._terms.delete(ids=list(removed))
            names = list(added)
            size = self._client.get_max_batch_size()
            for start in range(0, len(names), size):
                batch = names[start : start + size]
                self._terms.upsert(ids=batch, embeddings=np.stack([added[name] for name in batch]))

    def _all(self, collection: Any, *include: str) -> dict[str, Any]:
        """All rows; from a server some at a time."""
        if not isinstance(self._place, ChromaServer):
            found: dict[str, Any] = collection.get(include=list(include))
            return found
        columns: dict[str, list[Any]] = {name: [] for name in ("ids", *include)}
        for start in range(0, collection.count(), _ROWS_A_REQUEST):
            rows = collection.get(include=list(include), limit=_ROWS_A_REQUEST, offset=start)
            for name, values in columns.items():
                values.extend(rows[name])
        return columns

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # Chroma's own errors have no common base
            place = self._place
            if isinstance(place, ChromaServer):
                raise unreachable(place, error) from error
            raise damaged(place, error) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if isinstance(self._place, ChromaServer):
                raise unreachable(self._place, error) from error
            raise KnowledgeError(
                f"The knowledge index in {self._place} cannot be written ({error}). If the disk has room, "
                "run `rapport index --rebuild`. Answers go on from what was known."
            ) from error


def _check_lengths(vectors: np.ndarray) -> None:
    """Looks whether vectors [n, dim] are of length 1: Chroma reads a damaged file without a word.

    Raises:
        ValueError: one is not.
    """
    if not len(vectors):
        return
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    if not (np.abs(lengths - 1) < _LENGTH_TOLERANCE).all():  # what is no number is caught, too
        raise ValueError("a vector is not of length 1")


def _metadata(chunk: Chunk, n_chunks: int) -> dict[str, Any]:
    return {
        "document": chunk.document,
        "title": chunk.title,
        "topic": chunk.topic,
        "updated": chunk.updated,
        "keywords": json.dumps(chunk.keywords),
        "asked": json.dumps(chunk.asked),
        "audience": json.dumps(chunk.audience),
        "products": json.dumps(chunk.products),
        "valid_until": chunk.valid_until,
        "heading_path": json.dumps(chunk.heading_path),
        "anchor": chunk.anchor,
        "version": chunk.version,
        "start": chunk.start,
        "end": chunk.end,
        "sentences": json.dumps([[s.text, s.start, s.end, s.kind] for s in chunk.sentences]),
        "n_chunks": n_chunks,
    }


def _chunk_from(id_: str, text: str, meta: dict[str, Any]) -> Chunk:
    names = ("document", "title", "topic", "updated", "anchor", "version", "start", "end")
    return Chunk(
        id=id_,
        text=text,
        keywords=tuple(json.loads(meta["keywords"])),
        asked=tuple(json.loads(meta["asked"])),
        audience=tuple(json.loads(meta["audience"])),
        products=tuple(json.loads(meta["products"])),
        valid_until=str(meta["valid_until"]),
        heading_path=tuple(json.loads(meta["heading_path"])),
        sentences=tuple(Sentence(*fields) for fields in json.loads(meta["sentences"])),
        **{name: meta[name] for name in names},
    )


def _sentence_vectors(rows: dict[str, Any]) -> dict[str, dict[int, np.ndarray]]:
    vectors: dict[str, dict[int, np.ndarray]] = {}
    for meta, vector in zip(rows["metadatas"], rows["embeddings"]):
        vectors.setdefault(meta["chunk"], {})[meta["order"]] = np.asarray(vector, dtype=np.float32)
    return vectors


def _whole_documents(stored: Sequence[StoredChunk], expected: dict[str, int]) -> set:
    counts: dict[str, int] = {}
    for chunk, _, _ in stored:
        counts[chunk.document] = counts.get(chunk.document, 0) + 1
    return {document for document, count in counts.items() if count == expected[document]}
