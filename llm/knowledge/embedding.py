"""Chunks and their sentences as vectors."""

from collections.abc import Mapping, Sequence

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.store import StoredChunk
from llm.knowledge.terms import Encoder, heading_of


def embed(documents: Mapping[str, Sequence[Chunk]], encoder: Encoder) -> dict[str, list[StoredChunk]]:
    """Documents' chunks with their vectors, those of all in one call: it batches texts of like length."""
    chunks = [chunk for of_document in documents.values() for chunk in of_document]
    texts = [f"{chunk.context}\n{chunk.text}" for chunk in chunks]
    sentences = [embedded_sentence(chunk, s.text) for chunk in chunks for s in chunk.sentences]
    vectors = encoder.encode(texts + sentences) if texts else np.zeros((0, encoder.dim), np.float32)
    stored: dict[str, list[StoredChunk]] = {document: [] for document in documents}
    position = len(chunks)
    for chunk, vector in zip(chunks, vectors):
        of_chunk = vectors[position : position + len(chunk.sentences)]
        stored[chunk.document].append((chunk, vector, of_chunk))
        position += len(chunk.sentences)
    return stored


def embedded_sentence(chunk: Chunk, sentence: str) -> str:
    """What is embedded for a sentence: "It costs £9.50" alone does not say what costs that."""
    return f"{heading_of(chunk)}: {sentence}"
