"""BM25 over stemmed words, in numpy.

`bm25s` does the same but starts JAX when it finds it (TensorFlow brings it): 1.5 s and 140 MB at import,
measured, for an index of a few hundred chunks.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from llm.knowledge.words import content_stems, content_words, stem

# The values that Lucene uses (Robertson and Zaragoza 2009 give their meaning).
K1 = 1.2
B = 0.75
# A query word that no document holds is read as the most similar known word from this similarity (0–100).
SPELLING_SIMILARITY = 84.0
_SHORTEST_MISSPELT = 5

# From a word as written to known stems of like meaning, each with its likeness (0–1).
Similar = Callable[[str], Sequence[tuple[str, float]]]


class KeywordIndex:
    """Scores texts by the words they share with a query.

    Args:
        texts: weighted fields of each text, e.g. `[("body …", 1), ("title", 2)]`; a weight counts the words
            that often.
    """

    def __init__(self, texts: Sequence[Sequence[tuple[str, int]]]) -> None:
        counts = [_weighted_counts(fields) for fields in texts]
        self.vocabulary: dict[str, int] = {}
        for count in counts:
            for word in count:
                self.vocabulary.setdefault(word, len(self.vocabulary))
        frequencies = np.zeros((len(self.vocabulary), len(counts)), dtype=np.float32)
        for column, count in enumerate(counts):
            for word, times in count.items():
                frequencies[self.vocabulary[word], column] = times
        lengths = frequencies.sum(axis=0)
        norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if len(counts) else 1.0, 1.0))
        holding = (frequencies > 0).sum(axis=1)
        self.idf = np.log(1 + (len(counts) - holding + 0.5) / (holding + 0.5)).astype(np.float32)
        self._held = frequencies > 0
        # Each word's share of its highest possible score, between 0 and 1.  [n_words, n_texts]
        self._shares = frequencies * (K1 + 1) / (frequencies + norm) / (K1 + 1)
        self._unknown_idf = float(np.log(1 + (len(counts) + 0.5) / 0.5))
        self._words = list(self.vocabulary)

    def query_words(self, query: str) -> list[str]:
        """Distinct stems of a query's content words, misspelt ones mended where a known word is close."""
        return list(dict.fromkeys(self._known(word) for word in content_stems(query)))

    def scores(self, query: str) -> np.ndarray:
        """BM25 of each text, divided by the highest score that any text could have for this query.

        Returns:
            float32 [n_texts] between 0 and 1.
        """
        return self._weighted(query, self._shares)

    def soft_scores(self, query: str, similar: Similar) -> np.ndarray:
        """Like `scores`, but a word also finds words of like meaning ("voucher" finds "gift card"), at a
        discount.

        Returns:
            float32 [n_texts] between 0 and 1.
        """
        scores = np.zeros(self._shares.shape[1], dtype=np.float32)
        total = 0.0
        for word in dict.fromkeys(content_words(query)):
            known = self._known(stem(word))
            weight = self.weight(known)
            found = np.zeros_like(scores)
            for other, likeness in [(known, 1.0), *similar(word)]:
                row = self.vocabulary.get(other)
                if row is not None:
                    found = np.maximum(
                        found, likeness * min(float(self.idf[row]), weight) * self._shares[row]
                    )
            scores += found
            total += weight
        return scores / total if total else scores

    def coverage(self, query: str) -> np.ndarray:
        """How much of the query's meaning (words weighted by rarity) each text holds.

        Returns:
            float32 [n_texts] between 0 and 1; words that stand in no text count as the rarest.
        """
        return self._weighted(query, self._held.astype(np.float32))

    @property
    def rarest(self) -> float:
        """The highest rarity there is: that of a word which no text holds."""
        return self._unknown_idf

    def weight(self, word: str) -> float:
        """Rarity (inverse document frequency) of a stem; unknown ones are the rarest."""
        row = self.vocabulary.get(word)
        return self._unknown_idf if row is None else float(self.idf[row])

    def _weighted(self, query: str, table: np.ndarray) -> np.ndarray:
        words = self.query_words(query)
        total = sum(self.weight(word) for word in words)
        rows = [self.vocabulary[word] for word in words if word in self.vocabulary]
        if not rows or total <= 0:
            return np.zeros(table.shape[1], dtype=np.float32)
        return (self.idf[rows] @ table[rows] / total).astype(np.float32)

    def _known(self, word: str) -> str:
        if word in self.vocabulary or len(word) < _SHORTEST_MISSPELT or not word.isalpha():
            return word
        found = process.extractOne(word, self._words, scorer=fuzz.ratio, score_cutoff=SPELLING_SIMILARITY)
        return found[0] if found and found[0][0] == word[0] else word


def _weighted_counts(fields: Sequence[tuple[str, int]]) -> Counter:
    counts: Counter = Counter()
    for text, weight in fields:
        for word in content_stems(text):
            counts[word] += weight
    return counts
