"""What makes a confidence mean something, and what tells a question that nobody wrote examples for.

Both are tiny models over the signals of a ranking (see `intent_classifier`), fitted on what training held
out: examples that the classifier had not seen, and whole intents that it had not, which stand in for unknown
questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from components.linear import sigmoid

BINS = 15
# How many numbers describe a ranking.
N_SIGNALS = 6
# With fewer right or wrong ones than this there is nothing to fit: the classifier's own probability stands.
ENOUGH = 3


@dataclass(frozen=True)
class HeldOut:
    """What the classifier said about texts that it had not seen.

    Args:
        signals: [m, n_signals].
        right: [m] whether the first place was right.
        known: [m] whether the classifier knew the intent at all.
        texts: [m] the texts, with `expected` and `ranked`, the right intents and those ranked first.
    """

    signals: np.ndarray
    right: np.ndarray
    known: np.ndarray
    texts: List[str]
    expected: List[str]
    ranked: List[str]

    @staticmethod
    def joined(parts: List[HeldOut]) -> HeldOut:
        """All of several parts; of none, nothing."""
        parts = parts or [HeldOut.nothing()]
        return HeldOut(
            np.concatenate([part.signals for part in parts]),
            np.concatenate([part.right for part in parts]),
            np.concatenate([part.known for part in parts]),
            [text for part in parts for text in part.texts],
            [intent for part in parts for intent in part.expected],
            [intent for part in parts for intent in part.ranked],
        )

    @staticmethod
    def nothing() -> HeldOut:
        """What there is when nothing could be held out."""
        return HeldOut(np.zeros((0, N_SIGNALS)), np.zeros(0, bool), np.zeros(0, bool), [], [], [])


@dataclass(frozen=True)
class Logistic:
    """P(yes | signals): weights [n_signals] and bias."""

    weights: np.ndarray
    bias: float

    def __call__(self, signals: np.ndarray) -> np.ndarray:
        """Probabilities [n]."""
        return sigmoid(signals @ self.weights + self.bias)

    @classmethod
    def fit(cls, signals: np.ndarray, yes: np.ndarray, counts: np.ndarray) -> Logistic:
        """Fits on signals [m, n_signals], each brought to one scale first."""
        mean, scale = signals.mean(0), np.maximum(signals.std(0), 1e-6)
        model = LogisticRegression(C=1.0).fit((signals - mean) / scale, yes, sample_weight=counts)
        weights = model.coef_[0] / scale
        return cls(weights, float(model.intercept_[0] - weights @ mean))


def fit_trust(held_out: HeldOut) -> Logistic:
    """The confidence: P(the first place is right | signals), for texts of known intents."""
    signals, right = held_out.signals[held_out.known], held_out.right[held_out.known]
    if min(right.sum(), (~right).sum()) < ENOUGH:
        return Logistic(np.array([1.0, *[0.0] * (N_SIGNALS - 1)]), 0.0)
    return Logistic.fit(signals, right, np.ones(len(right)))


def fit_unknown(held_out: HeldOut, give_up: float) -> Tuple[Logistic, float]:
    """P(nobody wrote examples for this | signals), and from where on a text is taken for unknown.

    Args:
        held_out: what training held out.
        give_up: share (0–1) of the right rankings that may be given up for it.
    """
    known = held_out.known
    if min(known.sum(), (~known).sum()) < ENOUGH:
        return Logistic(np.zeros(held_out.signals.shape[1]), -10.0), 1.0
    # Known and unknown texts count alike in all: how often customers ask what nobody foresaw is not known
    # here.
    counts = np.where(known, 0.5 / known.mean(), 0.5 / (~known).mean())
    model = Logistic.fit(held_out.signals, ~known, counts)
    right = model(held_out.signals[known & held_out.right])
    return model, float(np.quantile(right, 1 - give_up)) if len(right) else 1.0


def expected_calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017)."""
    rows = reliability(confidences, right, bins)
    gaps = [abs(row["confidence"] - row["accuracy"]) * row["count"] for row in rows]
    return sum(gaps) / max(1, len(right))


def reliability(confidences: np.ndarray, right: np.ndarray, bins: int = BINS) -> List[Dict[str, float]]:
    """For each bin that holds any: how many, their mean confidence, and the share that was right."""
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    return [
        {
            "count": int((places == b).sum()),
            "confidence": float(confidences[places == b].mean()),
            "accuracy": float(right[places == b].mean()),
        }
        for b in np.unique(places)
    ]


def area_under_roc(scores: np.ndarray, yes: np.ndarray) -> float:
    """How often a yes scores above a no, ties counting half; 0.5 where there are only yes or only no."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(yes, scores)) if 0 < yes.sum() < len(yes) else 0.5
