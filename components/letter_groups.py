"""Groups of 2–4 letters as evidence beside a vector: words that a vector blurs, typos, other languages.

Counted with scikit-learn's TF-IDF at training; a message is looked up by hand, since scikit-learn's sparse
matrices take a millisecond for what is the sum of some hundred rows.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

_SETTINGS: Dict[str, Any] = {
    "analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True, "min_df": 2, "dtype": np.float32,
}  # fmt: skip
_groups_of = TfidfVectorizer(**_SETTINGS).build_analyzer()


def fit_groups(texts: Sequence[str]) -> TfidfVectorizer:
    """Learns which groups there are, and how rare each is."""
    return TfidfVectorizer(**_SETTINGS).fit(texts)


def counts(vectorizer: TfidfVectorizer, texts: Sequence[str]) -> csr_matrix:
    """[n_texts, n_groups] TF-IDF, each row of length 1."""
    return vectorizer.transform(texts)


class LetterGroups:
    """What each group adds to the log-odds of each label.

    Args:
        groups: in the order of the rows.
        idf: [n_groups] inverse document frequencies.
        weights: [n_groups, n_labels].
    """

    def __init__(self, groups: Sequence[str], idf: np.ndarray, weights: np.ndarray) -> None:
        self.groups = list(groups)
        self.idf = idf.astype(np.float32)
        self.weights = np.ascontiguousarray(weights, dtype=np.float32)
        self._places = {group: place for place, group in enumerate(self.groups)}

    @classmethod
    def of(cls, vectorizer: TfidfVectorizer, weights: np.ndarray) -> LetterGroups:
        """From what was learned; weights [n_groups, n_labels]."""
        return cls(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_, weights)

    def __call__(self, text: str) -> np.ndarray:
        """What a text's groups add: [n_labels]."""
        rows, times = self._counted(text)
        if not rows:
            return np.zeros(self.weights.shape[1], dtype=np.float32)
        values = (1 + np.log(np.array(times, dtype=np.float32))) * self.idf[rows]
        added: np.ndarray = (values / np.linalg.norm(values)) @ self.weights[rows]
        return added

    def _counted(self, text: str) -> Tuple[List[int], List[int]]:
        found = Counter(self._places[group] for group in _groups_of(text) if group in self._places)
        return list(found), list(found.values())
