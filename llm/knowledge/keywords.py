"""BM25 over stemmed words, in numpy: for each word the texts that hold it, and what it is worth there.

`bm25s` does the same but starts JAX when it finds it (TensorFlow brings it): 1.5 s and 140 MB at import,
measured, for an index of a few hundred chunks.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz, process
from scipy.sparse import csr_matrix

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
        rows = [self.vocabulary.setdefault(word, len(self.vocabulary)) for count in counts for word in count]
        times = np.array([times for count in counts for times in count.values()], dtype=np.float32)
        columns = np.repeat(np.arange(len(counts)), [len(count) for count in counts])
        lengths = np.bincount(columns, times, len(counts))
        norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if len(counts) else 1.0, 1.0))
        holding = np.bincount(rows, minlength=len(self.vocabulary))
        self.idf = np.log(1 + (len(counts) - holding + 0.5) / (holding + 0.5)).astype(np.float32)
        self._n_texts = len(counts)
        # Each word's share of its highest possible score, between 0 and 1.  [n_words, n_texts]
        shares = times * (K1 + 1) / (times + norm[columns]) / (K1 + 1)
        self._shares = csr_matrix(
            (shares.astype(np.float32), (rows, columns)), shape=(len(self.vocabulary), len(counts))
        )
        self._unknown_idf = float(np.log(1 + (len(counts) + 0.5) / 0.5))
        self._words_from: dict[str, list[str]] = {}
        for word in self.vocabulary:
            self._words_from.setdefault(word[0], []).append(word)

    def query_words(self, query: str) -> list[str]:
        """Distinct stems of a query's content words, misspelt ones mended where a known word is close."""
        return list(dict.fromkeys(self._known(word) for word in content_stems(query)))

    def scores(self, query: str) -> np.ndarray:
        """BM25 of each text, divided by the highest score that any text could have for this query.

        Returns:
            float32 [n_texts] between 0 and 1.
        """
        scores, total = np.zeros(self._n_texts, dtype=np.float32), 0.0
        for word in self.query_words(query):
            total += self.weight(word)
            if word in self.vocabulary:
                texts, shares = self._postings(self.vocabulary[word])
                scores[texts] += self.weight(word) * shares
        return scores / total if total else scores

    def soft_scores(self, query: str, similar: Similar) -> np.ndarray:
        """Like `scores`, but a word also finds words of like meaning ("voucher" finds "gift card"), at a
        discount.

        Returns:
            float32 [n_texts] between 0 and 1.
        """
        scores, total = np.zeros(self._n_texts, dtype=np.float32), 0.0
        found = np.zeros_like(scores)
        for word in dict.fromkeys(content_words(query)):
            known = self._known(stem(word))
            weight = self.weight(known)
            total += weight
            touched = []
            for other, likeness in [(known, 1.0), *similar(word)]:
                row = self.vocabulary.get(other)
                if row is not None:
                    texts, shares = self._postings(row)
                    value = likeness * min(float(self.idf[row]), weight)
                    found[texts] = np.maximum(found[texts], value * shares)
                    touched.append(texts)
            for texts in touched:  # a text that several of the words stand in counts with the best of them
                scores[texts] += found[texts]
                found[texts] = 0.0
        return scores / total if total else scores

    def coverage(self, query: str, texts: np.ndarray) -> np.ndarray:
        """How much of the query's meaning (words weighted by rarity) some texts hold.

        Args:
            query: the question.
            texts: [n] places of the texts.

        Returns:
            float32 [n] between 0 and 1; words that stand in no text count as the rarest.
        """
        words = self.query_words(query)
        total = sum(self.weight(word) for word in words)
        rows = [self.vocabulary[word] for word in words if word in self.vocabulary]
        if not rows or total <= 0:
            return np.zeros(len(texts), dtype=np.float32)
        held = np.stack([self._holds(row, texts) for row in rows])
        return np.asarray(self.idf[rows] @ held / total, dtype=np.float32)

    @property
    def rarest(self) -> float:
        """The highest rarity there is: that of a word which no text holds."""
        return self._unknown_idf

    def weight(self, word: str) -> float:
        """Rarity (inverse document frequency) of a stem; unknown ones are the rarest."""
        row = self.vocabulary.get(word)
        return self._unknown_idf if row is None else float(self.idf[row])

    def _postings(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Which texts hold a word, and what it is worth there."""
        start, end = self._shares.indptr[row : row + 2]
        return self._shares.indices[start:end], self._shares.data[start:end]

    def _holds(self, row: int, texts: np.ndarray) -> np.ndarray:
        """[n] whether each of some texts holds a word."""
        holding = self._postings(row)[0]
        places = np.minimum(np.searchsorted(holding, texts), len(holding) - 1)
        return np.asarray(holding[places] == texts)

    def _known(self, word: str) -> str:
        if word in self.vocabulary or len(word) < _SHORTEST_MISSPELT or not word.isalpha():
            return word
        like = self._words_from.get(word[0], ())  # hardly anybody misspells the first letter
        found = process.extractOne(word, like, scorer=fuzz.ratio, score_cutoff=SPELLING_SIMILARITY)
        return found[0] if found else word


def _weighted_counts(fields: Sequence[tuple[str, int]]) -> Counter:
    counts: Counter = Counter()
    for text, weight in fields:
        for word in content_stems(text):
            counts[word] += weight
    return counts
