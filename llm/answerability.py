"""Does the knowledge hold the answer? A logistic model over how well the best passages fit the question."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm.knowledge.contents import Contents
from llm.knowledge.retrieval import Passage
from llm.knowledge.words import content_words, stem

FEATURES = ("score", "phrase", "meaning_coverage", "vocabulary")


def features(question: str, passages: Sequence[Passage], contents: Contents) -> np.ndarray:
    """How well passages fit a question.

    Chosen from 12 candidates by cross-validation on the dev questions; more of them separated worse.

    Returns:
        float64 [4], each between 0 and 1: the best passage's score, how like its heading or customers'
        questions the question is, how much of the question's meaning it holds word by word, and how many of
        the question's words the knowledge holds at all.
    """
    words = list(dict.fromkeys(content_words(question)))
    if not passages or not words:
        return np.zeros(len(FEATURES))
    weights = [contents.keywords.weight(stem(word)) for word in words]
    held = contents.terms.likeness(words, passages[0].chunk)
    known = [float(stem(word) in contents.keywords.vocabulary) for word in words]
    coverage, vocabulary = (
        (float(np.average(values, weights=weights)) if sum(weights) else 0.0) for values in (held, known)
    )
    return np.array([passages[0].score, passages[0].phrase, coverage, vocabulary])


@dataclass(frozen=True)
class Answerability:
    """Probability that the passages answer the question.

    Attributes:
        weights: one per feature, in the order of `FEATURES`.
        bias: added to the weighted features.
        threshold: from this probability on the question counts as answerable.
    """

    weights: tuple[float, ...]
    bias: float
    threshold: float

    def probability(self, values: np.ndarray) -> float:
        """Calibrated probability (0–1) for one question's features [n_features]."""
        return float(1.0 / (1.0 + np.exp(-(values @ np.asarray(self.weights) + self.bias))))


def fit(
    values: np.ndarray, answerable: Sequence[bool], weights: Sequence[float], false_answer_cost: float = 2.0
) -> Answerability:
    """Fit on questions whose answerability is known.

    Args:
        values: features, [n_questions, n_features].
        answerable: whether the right answer would be sent for each.
        weights: how much each question counts.
        false_answer_cost: how much worse a wrong answer is than a missed one; sets the threshold.
    """
    from sklearn.linear_model import LogisticRegression

    wanted, counts = np.asarray(answerable, dtype=bool), np.asarray(weights, dtype=float)
    model = LogisticRegression(C=10.0, max_iter=1000).fit(values, wanted, sample_weight=counts)
    found = tuple(round(float(weight), 2) for weight in model.coef_[0])
    fitted = Answerability(found, round(float(model.intercept_[0]), 2), 0.5)
    probabilities = np.array([fitted.probability(row) for row in values])
    return Answerability(found, fitted.bias, _threshold(probabilities, wanted, counts, false_answer_cost))


def _threshold(probabilities: np.ndarray, wanted: np.ndarray, counts: np.ndarray, cost: float) -> float:
    """The threshold with the lowest cost; of several the middle one."""
    candidates = np.arange(0.05, 0.96, 0.01)
    missed = np.array([counts[wanted & (probabilities < t)].sum() for t in candidates]) / counts[wanted].sum()
    false = (
        np.array([counts[~wanted & (probabilities >= t)].sum() for t in candidates]) / counts[~wanted].sum()
    )
    costs = missed + cost * false
    best = candidates[costs <= costs.min() + 1e-9]
    return round(float(best[len(best) // 2]), 2)


# Fitted with `bench/knowledge.py --fit` on the dev questions of `bench/knowledge_questions.yml` and on what
# customers say there that asks nothing, MiniLM fp32. The threshold is read off its table: the lowest with
# at most a tenth of the unanswerable questions answered.
DEFAULT = Answerability(weights=(8.72, 4.99, 1.11, 0.11), bias=-7.91, threshold=0.3)

# The same features mean something else with another encoder: fitted on the German dev questions
# of `bench/knowledge_questions_de.yml`, universal-sentence-encoder-multilingual fp32. Of the thresholds
# between 0.24 and 0.5, none of which lets an unanswerable question through there, one far from both ends.
MULTILINGUAL = Answerability(weights=(5.33, 5.58, 4.09, 1.56), bias=-8.84, threshold=0.4)
