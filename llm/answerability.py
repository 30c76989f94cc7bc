"""Does the knowledge hold the answer? A logistic model over how well the best passages fit the question."""

from dataclasses import dataclass
from typing import Sequence, Tuple

import numpy as np

from llm.knowledge.keywords import KeywordIndex
from llm.knowledge.retrieval import Passage

FEATURES = ("dense", "keyword", "coverage", "dense_mean", "unknown_words", "few_words")


def features(question: str, passages: Sequence[Passage], keywords: KeywordIndex) -> np.ndarray:
    """How well passages fit a question.

    Returns:
        float64 [6], each between 0 and 1: best similarity of meaning, best BM25, coverage of the question's words by
        the best-ranked passage, mean similarity of the first three, share of the question's words that the whole
        knowledge lacks, and whether the question has fewer than two content words.
    """
    words = keywords.query_words(question)
    if not passages or not words:
        return np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    total = sum(keywords.weight(word) for word in words)
    unknown = sum(keywords.weight(word) for word in words if word not in keywords.vocabulary)
    return np.array(
        [
            max(p.dense for p in passages),
            max(p.keyword for p in passages),
            passages[0].coverage,
            float(np.mean([p.dense for p in passages[:3]])),
            unknown / total if total else 1.0,
            float(len(words) < 2),
        ]
    )


@dataclass(frozen=True)
class Answerability:
    """Probability that the passages answer the question.

    Attributes:
        weights: one per feature, in the order of `FEATURES`.
        bias: added to the weighted features.
        threshold: from this probability on the question counts as answerable.
    """

    weights: Tuple[float, ...]
    bias: float
    threshold: float

    def probability(self, values: np.ndarray) -> float:
        """Calibrated probability (0–1) for one question's features [6]."""
        return float(1.0 / (1.0 + np.exp(-(values @ np.asarray(self.weights) + self.bias))))


def fit(values: np.ndarray, answerable: Sequence[bool], false_answer_cost: float = 2.0) -> Answerability:
    """Fit on questions whose answerability is known.

    Args:
        values: features, [n_questions, 6].
        answerable: whether the knowledge holds each one's answer.
        false_answer_cost: how much worse a wrong answer is than a missed one; sets the threshold.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    model.fit(values, np.asarray(answerable, dtype=int))
    weights = tuple(round(float(w), 3) for w in model.coef_[0])
    fitted = Answerability(weights, round(float(model.intercept_[0]), 3), 0.5)
    probabilities = np.array([fitted.probability(row) for row in values])
    return Answerability(weights, fitted.bias, _threshold(probabilities, np.asarray(answerable), false_answer_cost))


def _threshold(probabilities: np.ndarray, answerable: np.ndarray, cost: float) -> float:
    """The threshold with the lowest mean cost; of several the middle one."""
    candidates = np.arange(0.05, 0.96, 0.01)
    costs = [
        (probabilities[answerable] < t).mean() + cost * (probabilities[~answerable] >= t).mean() for t in candidates
    ]
    best = [t for t, c in zip(candidates, costs) if c <= min(costs) + 1e-9]
    return round(float(best[len(best) // 2]), 2)


# Fitted with `bench/knowledge.py --fit` on the dev questions of `bench/knowledge_questions.yml`, MiniLM fp32.
DEFAULT = Answerability(weights=(8.0, 3.0, 2.0, 2.0, -3.0, -0.5), bias=-7.0, threshold=0.5)
