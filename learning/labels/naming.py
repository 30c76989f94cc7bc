"""Names of clusters, made of the words that tell them from others (class-based TF-IDF, Grootendorst 2022)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

WORDS_IN_A_NAME = 3
# Of a name's words each stands in so many of the cluster's messages.
LEAST_SHARE = 0.15
_WORD = r"(?u)\b[^\W\d_]{2,}\b"


def name_clusters(clusters: Sequence[Sequence[str]]) -> list[str]:
    """A name for each cluster: its telling words in the order in which they are mostly said.

    Args:
        clusters: the messages of each.

    Returns:
        Names as `change_billing_address`, each only once.
    """
    if not clusters:
        return []
    # Few messages share "my" and "can" by chance, and no name should be made of these.
    counter = CountVectorizer(binary=True, token_pattern=_WORD, stop_words=list(ENGLISH_STOP_WORDS))
    try:
        matrix = counter.fit_transform([text for cluster in clusters for text in cluster])
    except ValueError:  # no message has a word
        return _unique(["unnamed"] * len(clusters))
    words, ends = counter.get_feature_names_out(), np.cumsum([len(cluster) for cluster in clusters])
    counts = [np.asarray(part.sum(0)).ravel() for part in _parts(matrix, ends)]
    shares = np.stack([count / len(cluster) for count, cluster in zip(counts, clusters)])
    # A word tells the more of a cluster, the rarer it is in the others.
    scores = shares * np.log1p(1 / np.maximum(shares.mean(0), 1e-9))
    scores = np.where(shares >= np.minimum(LEAST_SHARE, shares.max(1, keepdims=True)), scores, 0.0)
    chosen = [words[np.argsort(-row, kind="stable")[:WORDS_IN_A_NAME]] for row in scores]
    kept = [
        [word for word in some if row[counter.vocabulary_[word]] > 0] for some, row in zip(chosen, scores)
    ]
    return _unique(["_".join(_as_said(some, cluster)) or "unnamed" for some, cluster in zip(kept, clusters)])


def _parts(matrix: np.ndarray, ends: np.ndarray) -> list[np.ndarray]:
    return [matrix[start:end] for start, end in zip([0, *ends[:-1]], ends)]


def _as_said(words: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Words in the order of most messages that hold several of them."""
    before: Counter[tuple[str, str]] = Counter()
    for text in texts:
        said = [word for word in dict.fromkeys(re.findall(_WORD, text.lower())) if word in words]
        before.update((said[i], said[j]) for i in range(len(said)) for j in range(i + 1, len(said)))
    return sorted(words, key=lambda word: -sum(before[word, other] - before[other, word] for other in words))


def _unique(names: Sequence[str]) -> list[str]:
    """The second cluster of a name gets a number."""
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result
