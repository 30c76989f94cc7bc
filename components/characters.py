"""Character n-grams as evidence for typos: TF-IDF over 2–4 letters within words, reduced by SVD.

Learned with scikit-learn; a message is looked up by hand, since scikit-learn's sparse matrices take a
millisecond for what is the sum of some hundred rows.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, List, Sequence

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

DIMENSIONS = 192
# N-grams that only one example has say nothing about the others; among few examples all do.
FEW_EXAMPLES = 50
# Longer messages are judged by their beginning, as the encoder does.
MAX_CHARACTERS = 2_560


class Characters:
    """Turns texts into a few dimensions.

    Args:
        vocabulary: n-gram to its row.
        idf: [n_grams] inverse document frequencies.
        components: [n_grams, dims] what each n-gram adds.
    """

    def __init__(self, vocabulary: Dict[str, int], idf: np.ndarray, components: np.ndarray) -> None:
        self.vocabulary = vocabulary
        self.idf = idf.astype(np.float32)
        self.components = np.ascontiguousarray(components, dtype=np.float32)
        self._ngrams = TfidfVectorizer(**_settings()).build_analyzer()

    @classmethod
    def fit(cls, texts: Sequence[str], seed: int) -> Characters:
        """Learns n-grams and dimensions from texts."""
        vectorizer = TfidfVectorizer(min_df=2 if len(texts) > FEW_EXAMPLES else 1, **_settings())
        counts = vectorizer.fit_transform([text[:MAX_CHARACTERS] for text in texts])
        dims = max(1, min(DIMENSIONS, counts.shape[0] - 1, counts.shape[1] - 1))
        svd = TruncatedSVD(dims, random_state=seed).fit(counts)
        vocabulary = {gram: int(row) for gram, row in vectorizer.vocabulary_.items()}
        return cls(vocabulary, vectorizer.idf_, svd.components_.T)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """The texts' coordinates: [n_texts, dims] float32."""
        return np.stack([self._one(text[:MAX_CHARACTERS]) for text in texts])

    def _one(self, text: str) -> np.ndarray:
        counts = Counter(map(self.vocabulary.get, self._ngrams(text)))
        counts.pop(None, None)
        rows: List[Any] = list(counts)
        weights = (1 + np.log(np.fromiter(counts.values(), np.float32, len(rows)))) * self.idf[rows]
        sums: np.ndarray = (weights / np.linalg.norm(weights)) @ self.components[rows]
        return sums


def _settings() -> Dict[str, Any]:
    return {"analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True, "dtype": np.float32}
