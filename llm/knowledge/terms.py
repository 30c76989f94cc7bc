"""Words, keywords and headings of the knowledge by meaning: what else a customer may have called them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.nearest import Nearest
from llm.knowledge.phrases import phrases_of
from llm.knowledge.ranges import best_of, places_of
from llm.knowledge.words import content_words, stem

# A word of the knowledge stands in for the customer's word from this cosine similarity on …
MIN_LIKENESS = 0.5
# … and then counts this share of it. Both chosen on the dev questions of `bench/knowledge_questions.yml`.
DISCOUNT = 0.6
_MOST_SIMILAR, _LOOKED_AT = 8, 100
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

    def __init__(self, vectors: Mapping[str, np.ndarray], chunks: Sequence[Chunk], encoder: Encoder) -> None:
        self._encoder = encoder
        self._words = sorted(words_of(chunks))
        self._stems = [stem(word) for word in self._words]
        self._word_vectors = _stacked(vectors, self._words, encoder.dim)
        self._row_of_word = {word: row for row, word in enumerate(self._words)}
        self._near_words = Nearest(self._word_vectors)
        keywords = sorted({(chunk.document, keyword) for chunk in chunks for keyword in chunk.keywords})
        self._keyword_vectors = _stacked(vectors, [keyword for _, keyword in keywords], encoder.dim)
        # The keywords of a document lie together.
        documents = sorted({chunk.document for chunk in chunks})
        self._keyword_bounds = np.searchsorted(
            [document for document, _ in keywords], [*documents, "\U0010ffff"]
        )
        row_of = {document: row for row, document in enumerate(documents)}
        self._documents = np.array([row_of[chunk.document] for chunk in chunks], dtype=int)
        self._unknown: dict[str, np.ndarray] = {}
        self.similar = lru_cache(maxsize=2_000)(self._similar)

    def keywords(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Similarity of the best keyword of the articles of some chunks [n] to a query vector; float [n]."""
        places, lengths = places_of(self._documents[rows], self._keyword_bounds)
        return best_of(self._keyword_vectors[places] @ query, lengths)

    def likeness(self, words: Sequence[str], chunk: Chunk) -> list[float]:
        """Likeness of each word to the nearest one of a chunk: 1 for its own stem, else a cosine."""
        rows = [self._row_of_word[own] for own in sorted(words_of([chunk]) & self._row_of_word.keys())]
        stems, vectors = {self._stems[row] for row in rows}, self._word_vectors[rows]
        return [1.0 if stem(word) in stems else self._best(vectors, word) for word in words]

    def _best(self, vectors: np.ndarray, word: str) -> float:
        """The highest cosine of a word to some vectors, 0 without any."""
        return float(np.clip((vectors @ self._vector(word)).max(), 0.0, 1.0)) if len(vectors) else 0.0

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
        vector, own = self._vector(word), stem(word)
        places = self._near_words(vector, _LOOKED_AT)
        likeness = self._word_vectors[places] @ vector
        return tuple(
            (self._stems[places[i]], DISCOUNT * float(likeness[i]))
            for i in np.argsort(-likeness)[:_MOST_SIMILAR]
            if likeness[i] >= MIN_LIKENESS and self._stems[places[i]] != own
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


def _stacked(vectors: Mapping[str, np.ndarray], terms: list[str], dim: int) -> np.ndarray:
    return np.stack([vectors[term] for term in terms]) if terms else np.zeros((0, dim), dtype=np.float32)
