"""How each section's question can be put, its heading and what customers ask, to compare a question with."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.ranges import best_of, places_of
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
        self._bounds = np.cumsum([0, *(len(group) for group in by_chunk)])
        self._vectors = (
            np.stack([vectors[phrase] for phrase in phrases]) if phrases else np.zeros((0, dim), np.float32)
        )
        words = [_words(phrase) for phrase in phrases]
        holding = Counter(word for group in words for word in group)
        self._rarity = {word: float(np.log(1 + len(words) / (n + 0.5))) for word, n in holding.items()}
        self._unknown_rarity = float(np.log(1 + len(words) / 0.5))
        self._totals = np.array([self._total(group) for group in words])
        places: dict[str, list[int]] = {word: [] for word in holding}
        for place, group in enumerate(words):
            for word in group:
                places[word].append(place)
        self._places = {word: np.array(held) for word, held in places.items()}
        self._kinds = np.array([question_kind(group[0]) for group in by_chunk])

    def meaning(self, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Similarity of the nearest phrase of some chunks [n] to a query vector [dim]; float [n], up to 1."""
        places, lengths = places_of(rows, self._bounds)
        return best_of(self._vectors[places] @ query, lengths)

    def wording(self, question: str, rows: np.ndarray) -> np.ndarray:
        """Share of words, weighted by rarity, that a question and the nearest phrase of chunks share.

        Function words count too: "when do I …" and "why do I …" are different questions.

        Args:
            question: what is asked.
            rows: [n] places of the chunks.

        Returns:
            float [n] between 0 and 1.
        """
        words = _words(question)
        shared = np.zeros(len(self._vectors))
        for word in words:
            if word in self._places:
                shared[self._places[word]] += self._rarity[word]
        places, lengths = places_of(rows, self._bounds)
        both = np.maximum(self._totals[places] + self._total(words), 1e-9)
        return best_of(2 * shared[places] / both, lengths)

    def kind(self, question: str, rows: np.ndarray) -> np.ndarray:
        """1 for those of some chunks [n] whose heading asks the same kind of thing (when, why, …), else 0."""
        asked = question_kind(question)
        return np.asarray((self._kinds[rows] == asked) & bool(asked), dtype=float)

    def _total(self, words: Sequence[str]) -> float:
        return sum(self._rarity.get(word, self._unknown_rarity) for word in words)


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
