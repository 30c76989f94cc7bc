"""Questions that nobody could answer, put together by meaning."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever
from llm.knowledge.terms import heading_of

# Questions join a group while their cosines to it are on average this high: one question, worded anew.
SAME_QUESTION = 0.55
# Linking looks at all pairs: of more questions the last ones count.
MOST_QUESTIONS = 4_000
_EXAMPLES = 3


@dataclass(frozen=True)
class Gap:
    """A question that the help centre does not answer.

    Attributes:
        count: how often it was asked.
        examples: how it was put, the most typical first.
        closest: article and heading of what comes nearest; empty where nothing does.
        score: how near that is, 0–1.
    """

    count: int
    examples: tuple[str, ...]
    closest: str
    score: float


def gaps(questions: Sequence[str], index: KnowledgeIndex) -> list[Gap]:
    """Groups of like questions, the most frequent first.

    Args:
        questions: oldest first, in the language of the index.
        index: what could not answer them.
    """
    counted = Counter(" ".join(text.split()) for text in questions[-MOST_QUESTIONS:] if text.strip())
    texts = list(counted)
    if not texts:
        return []
    vectors, retriever = index.encoder.encode(texts), HybridRetriever(index)
    found = [_gap(texts, vectors, rows, counted, retriever) for rows in _groups(vectors)]
    return sorted(found, key=lambda gap: (-gap.count, gap.examples))


def _groups(vectors: np.ndarray) -> list[np.ndarray]:
    """Rows of unit vectors [n, dim] that belong together."""
    if len(vectors) == 1:
        return [np.array([0])]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distances = np.clip(1 - vectors @ vectors.T, 0, None)
    np.fill_diagonal(distances, 0)
    labels = fcluster(
        linkage(squareform(distances, checks=False), "average"), 1 - SAME_QUESTION, criterion="distance"
    )
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


def _gap(
    texts: Sequence[str],
    vectors: np.ndarray,
    rows: np.ndarray,
    counted: Counter[str],
    retriever: HybridRetriever,
) -> Gap:
    weights = np.array([counted[texts[row]] for row in rows])
    centre = (vectors[rows] * weights[:, None]).sum(axis=0)
    typical = [texts[row] for row in rows[np.argsort(-(vectors[rows] @ centre), kind="stable")]]
    passages = retriever.search(typical[0], 1)
    closest = f"{passages[0].chunk.document}: {heading_of(passages[0].chunk)}" if passages else ""
    return Gap(
        int(weights.sum()), tuple(typical[:_EXAMPLES]), closest, passages[0].score if passages else 0.0
    )
