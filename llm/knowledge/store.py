"""Chunks and their vectors in a Chroma directory that one process owns at a time."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from llm.errors import IndexInUseError, KnowledgeError
from llm.knowledge.chunking import Chunk
from llm.knowledge.sentences import Sentence

_LOCK = "owner.lock"
_OWNER = "owner.pid"

# (chunk, its vector [dim], its sentences' vectors [n_sentences, dim])
StoredChunk = tuple[Chunk, np.ndarray, np.ndarray]


class ChunkStore:
    """A Chroma directory, opened and locked.

    Two processes on one directory silently lose vectors, so the second one is refused.

    Args:
        folder: the directory; made if missing.
        fingerprint: what the vectors were made with; when it differs from the stored one, the store starts
            empty.

    Raises:
        IndexInUseError: another process (or another store in this one) has it open.
        KnowledgeError: Chroma cannot open the directory.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder)
        try:
            self._client, self._chunks, self._sentences, self._terms = _open(folder, fingerprint)
        except Exception as error:  # Chroma's own errors have no common base
            self._lock.release()
            raise KnowledgeError(
                f"The knowledge index in {folder} cannot be opened ({error}). "
                "Delete that directory: it is built again from the knowledge folder."
            ) from error

    def close(self) -> None:
        """Let go of the directory; a second call does nothing."""
        if self._lock.is_locked:
            self._client.close()
            self._lock.release()

    def read(self) -> list[StoredChunk]:
        """Everything stored, by document and place; documents that were not stored whole are left out."""
        rows = self._chunks.get(include=["embeddings", "documents", "metadatas"])
        vectors = _sentence_vectors(self._sentences.get(include=["embeddings", "metadatas"]))
        stored: list[StoredChunk] = []
        for id_, text, meta, vector in zip(
            rows["ids"], rows["documents"], rows["metadatas"], rows["embeddings"]
        ):
            chunk = _chunk_from(id_, text, meta)
            of_chunk = vectors.get(id_, {})
            if len(of_chunk) == len(chunk.sentences):
                matrix = np.stack([of_chunk[i] for i in range(len(of_chunk))])
                stored.append((chunk, np.asarray(vector, dtype=np.float32), matrix))
        whole = _whole_documents(stored, {meta["document"]: meta["n_chunks"] for meta in rows["metadatas"]})
        return sorted(
            (s for s in stored if s[0].document in whole), key=lambda s: (s[0].document, s[0].start)
        )

    def replace(self, documents: Mapping[str, Sequence[StoredChunk]]) -> None:
        """Put documents' chunks in the place of those they had; one with none is removed.

        Chroma takes 40 ms for a write, be it of one chunk or of hundreds: give it many documents at once.
        """
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
        rows = self._terms.get(include=["embeddings"])
        return {term: np.asarray(v, dtype=np.float32) for term, v in zip(rows["ids"], rows["embeddings"])}

    def change_terms(self, added: dict[str, np.ndarray], removed: Sequence[str]) -> None:
        """Add vectors of new terms and drop those that are no longer used."""
        if removed:
            self._terms.delete(ids=list(removed))
        names = list(added)
        size = self._client.get_max_batch_size()
        for start in range(0, len(names), size):
            batch = names[start : start + size]
            self._terms.upsert(ids=batch, embeddings=np.stack([added[name] for name in batch]))


def _locked(folder: Path) -> FileLock:
    lock = FileLock(folder / _LOCK)
    owner = folder / _OWNER
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        pid = owner.read_text().strip() if owner.exists() else "unknown"
        raise IndexInUseError(
            f"The knowledge index in {folder} is in use by process {pid}. "
            "Stop that process (it is usually the action server), "
            "or ask it instead of opening the index a second time."
        ) from error
    owner.write_text(str(os.getpid()))
    return lock


def _open(folder: Path, fingerprint: str) -> tuple[Any, Any, Any, Any]:
    import chromadb  # over a second: only who opens an index pays for it
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collections = []
    for name in ("chunks", "sentences", "terms"):
        collection = client.get_or_create_collection(
            name, embedding_function=None, metadata={"fingerprint": fingerprint, "hnsw:space": "cosine"}
        )
        if (collection.metadata or {}).get("fingerprint") != fingerprint:
            client.delete_collection(name)
            collection = client.create_collection(
                name, embedding_function=None, metadata={"fingerprint": fingerprint, "hnsw:space": "cosine"}
            )
        collections.append(collection)
    return client, collections[0], collections[1], collections[2]


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
