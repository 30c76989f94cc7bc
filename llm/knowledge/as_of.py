"""The knowledge as it was at some time: built in memory from kept versions, beside the present index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from llm.injections import Injections
from llm.knowledge.chunking import chunk_document
from llm.knowledge.cleaning import without_instructions
from llm.knowledge.contents import Contents
from llm.knowledge.embedding import embed
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.loading import Document
from llm.knowledge.store import StoredChunk
from llm.knowledge.terms import Encoder, terms_of


@dataclass(frozen=True)
class PastIndex:
    """What answers need of an index, never updated."""

    contents: Contents
    encoder: Encoder
    injections: Injections
    language: str = ""
    translations: Mapping[str, Any] = field(default_factory=dict)


def past_index(index: KnowledgeIndex, documents: Sequence[Document]) -> PastIndex:
    """An index of articles as they were.

    Only what differs from the present index is embedded.

    Args:
        index: the present one.
        documents: the articles, in all languages.
    """
    translations = {name: past_index(one, documents) for name, one in index.translations.items()}
    own = [one for one in documents if one.language == index.language]
    present = _by_version(index.contents)
    other = [one for one in own if (one.path, one.version) not in present]
    clean = [without_instructions(one, index.injections, index.encoder)[0] for one in other]
    changed = {one.path: chunk_document(one) for one in clean}
    fresh = embed(changed, index.writer)
    stored = [
        chunk
        for one in own
        for chunk in (fresh[one.path] if one.path in fresh else present[one.path, one.version])
    ]
    contents = Contents(stored, _terms(index, stored), index.encoder)
    return PastIndex(contents, index.encoder, index.injections, index.language, translations)


def _by_version(contents: Contents) -> dict[tuple[str, str], list[StoredChunk]]:
    """The present chunks by document and version."""
    found: dict[tuple[str, str], list[StoredChunk]] = {}
    for row, chunk in enumerate(contents.chunks):
        one = (chunk, contents.vectors[row], contents.sentence_vectors(row))
        found.setdefault((chunk.document, chunk.version), []).append(one)
    return found


def _terms(index: KnowledgeIndex, stored: Sequence[StoredChunk]) -> dict[str, np.ndarray]:
    held = index.terms
    wanted = terms_of([chunk for chunk, _, _ in stored])
    missing = sorted(wanted - held.keys())
    vectors = {term: held[term] for term in wanted & held.keys()}
    return {**vectors, **dict(zip(missing, index.writer.encode(missing) if missing else []))}
