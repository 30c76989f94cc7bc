"""Words, keywords and headings of the knowledge by meaning: what else a customer may have called them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.phrases import phrases_of
from llm.knowledge.words import content_words, stem

# A word of the knowledge stands in for the customer's word from this cosine similarity on …
MIN_LIKENESS = 0.5
# … and then counts this share of it. Both chosen on the dev questions of `bench/knowledge_questions.yml`.
DISCOUNT = 0.6
_MOST_SIMILAR = 8
_REMEMBERED_WORDS = 2_000


class Encoder(Protocol):
    """What is needed of a sentence encoder."""

    name: str
    dim: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of the texts, float32 [n_texts, dim], of length 1."""


class Terms:
    """Vectors of all terms, to look up words like a customer's and articles whose keywords fit a question.

    Args:
        vectors: one vector [dim] per term; must hold `terms_of(chunks)`.
        chunks: the chunks whose terms they are.
        encoder: for the customer's words.
    """

    def __init__(self, vectors: dict[str, np.ndarray], chunks: Sequence[Chunk], encoder: Encoder) -> None:
        self._encoder = encoder
        self._words = sorted(words_of(chunks))
        self._stems = [stem(word) for word in self._words]
        self._word_vectors = _stacked(vectors, self._words, encoder.dim)
        self._row_of_word = {word: row for row, word in enumerate(self._words)}
        self._rows_of_chunk = {
            chunk.id: [self._row_of_word[word] for word in sorted(words_of([chunk]))] for chunk in chunks
        }
        keywords = sorted({(chunk.document, keyword) for chunk in chunks for keyword in chunk.keywords})
        self._keyword_vectors = _stacked(vectors, [keyword for _, keyword in keywords], encoder.dim)
        documents = [document for document, _ in keywords]
        places = {
            document: [i for i, d in enumerate(documents) if d == document] for document in set(documents)
        }
        self._keywords_of_chunk = [places.get(chunk.document, []) for chunk in chunks]
        self._unknown: dict[str, np.ndarray] = {}
        self.similar = lru_cache(maxsize=2_000)(self._similar)

    def keywords(self, query: np.ndarray) -> np.ndarray:
        """Similarity of each chunk's article's best keyword to a query vector [dim]; float32 [n_chunks]."""
        similarity = self._keyword_vectors @ query
        best = [similarity[places].max() if places else 0.0 for places in self._keywords_of_chunk]
        return np.asarray(best, dtype=np.float32)

    def likeness(self, word: str, chunk_id: str) -> float:
        """Likeness of a customer's word to a chunk's most similar word: 1 for its own stem, else a cosine."""
        rows = self._rows_of_chunk[chunk_id]
        if stem(word) in {self._stems[row] for row in rows}:
            return 1.0
        best = (self._word_vectors[rows] @ self._vector(word)).max() if rows else 0.0
        return float(np.clip(best, 0.0, 1.0))

    def encode_unknown(self, words: Sequence[str]) -> None:
        """Encode at once the words that the knowledge lacks: one call costs far less than one per word."""
        unknown = [
            word
            for word in dict.fromkeys(words)
            if word not in self._row_of_word and word not in self._unknown
        ]
        if len(self._unknown) > _REMEMBERED_WORDS:
            self._unknown.clear()
        if unknown:
            self._unknown.update(zip(unknown, self._encoder.encode(unknown)))

    def _vector(self, word: str) -> np.ndarray:
        row = self._row_of_word.get(word)
        if row is not None:
            return np.asarray(self._word_vectors[row])
        self.encode_unknown([word])
        return self._unknown[word]

    def _similar(self, word: str) -> tuple[tuple[str, float], ...]:
        """Stems of like meaning with their discounted likeness (0–1); not the word's own stem."""
        similarity = self._word_vectors @ self._vector(word)
        best = np.argsort(-similarity)[:_MOST_SIMILAR]
        own = stem(word)
        return tuple(
            (self._stems[i], DISCOUNT * float(similarity[i]))
            for i in best
            if similarity[i] >= MIN_LIKENESS and self._stems[i] != own
        )


def terms_of(chunks: Sequence[Chunk]) -> set[str]:
    """Everything that `Terms` needs a vector of."""
    return (
        words_of(chunks)
        | {phrase for c in chunks for phrase in phrases_of(c)}
        | {keyword for c in chunks for keyword in c.keywords}
    )


def words_of(chunks: Sequence[Chunk]) -> set[str]:
    """Content words of the chunks, without numbers."""
    texts = (f"{chunk.context} {chunk.text} {' '.join(chunk.keywords)}" for chunk in chunks)
    return {word for text in texts for word in content_words(text) if word.isalpha()}


def heading_of(chunk: Chunk) -> str:
    """A chunk's own heading; the title where there is none."""
    return chunk.heading_path[-1] if chunk.heading_path else chunk.title


def _stacked(vectors: dict[str, np.ndarray], terms: list[str], dim: int) -> np.ndarray:
    return np.stack([vectors[term] for term in terms]) if terms else np.zeros((0, dim), dtype=np.float32)
