"""How each section's question can be put, its heading and what customers ask, to compare a question with."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.words import stem, tokenize

_KIND = re.compile(
    r"\b(how (?:much|long|many|big|old|often|quick(?:ly)?|fast|soon|late)|when|where|why|who|which|what|how|"
    r"can|do|does|is|are|may|will)\b",
    re.IGNORECASE,
)
_YES_OR_NO = ("can", "do", "does", "is", "are", "may", "will")


class Phrases:
    """Headings and customers' questions of all chunks, to find the section that answers a like question.

    Args:
        vectors: one vector [dim] per phrase; must hold `phrases_of(chunk)` of each chunk.
        chunks: in the order of all results.
        dim: of the vectors.
    """

    def __init__(self, vectors: Mapping[str, np.ndarray], chunks: Sequence[Chunk], dim: int) -> None:
        by_chunk = [phrases_of(chunk) for chunk in chunks]
        phrases = [phrase for group in by_chunk for phrase in group]
        self._starts = np.cumsum([0, *(len(group) for group in by_chunk)])[:-1]
        self._vectors = (
            np.stack([vectors[phrase] for phrase in phrases]) if phrases else np.zeros((0, dim), np.float32)
        )
        words = [_words(phrase) for phrase in phrases]
        holding = Counter(word for group in words for word in group)
        self._rarity = {word: float(np.log(1 + len(words) / (n + 0.5))) for word, n in holding.items()}
        self._unknown_rarity = float(np.log(1 + len(words) / 0.5))
        self._totals = np.array([self._total(group) for group in words])
        self._places: dict[str, np.ndarray] = {
            word: np.array([i for i, group in enumerate(words) if word in group]) for word in holding
        }
        self._kinds = [question_kind(group[0]) for group in by_chunk]

    def meaning(self, query: np.ndarray) -> np.ndarray:
        """Similarity of each chunk's nearest phrase to a query vector [dim]; float [n_chunks], up to 1."""
        return self._best(self._vectors @ query)

    def wording(self, question: str) -> np.ndarray:
        """Share of words, weighted by rarity, that a question and each chunk's nearest phrase have in common.

        Function words count too: "when do I …" and "why do I …" are different questions.

        Returns:
            float [n_chunks] between 0 and 1.
        """
        words = _words(question)
        shared = np.zeros(len(self._vectors))
        for word in words:
            if word in self._places:
                shared[self._places[word]] += self._rarity[word]
        return self._best(2 * shared / np.maximum(self._totals + self._total(words), 1e-9))

    def kind(self, question: str) -> np.ndarray:
        """1 for chunks whose heading asks the same kind of thing (when, why, how much, yes or no), else 0."""
        asked = question_kind(question)
        return np.array([float(bool(asked) and kind == asked) for kind in self._kinds])

    def _total(self, words: Sequence[str]) -> float:
        return sum(self._rarity.get(word, self._unknown_rarity) for word in words)

    def _best(self, values: np.ndarray) -> np.ndarray:
        best: np.ndarray = np.maximum.reduceat(values, self._starts)
        return best


def phrases_of(chunk: Chunk) -> list[str]:
    """A chunk's heading (the title where there is none) and how customers put its question."""
    return [chunk.heading_path[-1] if chunk.heading_path else chunk.title, *chunk.asked]


def question_kind(question: str) -> str:
    """What a question asks for by its first question word: "when", "how much", "yes or no"; "" if unclear."""
    found = _KIND.search(question)
    kind = found.group(1).lower() if found else ""
    return "yes or no" if kind in _YES_OR_NO else kind


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(stem(word) for word in tokenize(text)))
