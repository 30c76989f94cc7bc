"""What makes a confidence mean something: a tiny model of how often a ranking's first place is right.

It is fitted on held-out folds of the designer's examples, and on whole intents held out as stand-ins for what
nobody wrote examples for, so that unknown questions get little confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from components.linear import fit_linear, sigmoid, softmax

FOLDS = 5
# Unknown questions count for this share of the known ones when confidence is fitted: roughly what live
# traffic shows.
UNKNOWN_SHARE = 0.1


@dataclass(frozen=True)
class FitReport:
    """Held-out figures of one training: accuracy and expected calibration error (15 equal bins), both 0–1."""

    examples: int
    intents: int
    accuracy: float
    ece: float


def held_out_signals(
    features: np.ndarray, vectors: np.ndarray, targets: np.ndarray, seed: int
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signals of examples that the classifier at hand has not seen.

    Returns:
        signals [m, 3], right [m] (was the first place right), known [m] (did the classifier know the intent
        at all).
    """
    n_intents = int(targets.max()) + 1
    random = np.random.default_rng(seed)
    by_example = _spread(targets, random)
    by_intent = random.permutation(n_intents)[targets] % FOLDS
    signals, right, known = [np.zeros((0, 3))], [np.zeros(0, bool)], [np.zeros(0, bool)]
    for fold in range(FOLDS):
        for held_out, is_known in ((by_example == fold, True), (by_intent == fold, False)):
            rest = ~held_out
            if not held_out.any() or len(np.unique(targets[rest])) < 2:
                continue
            weights, bias = fit_linear(features[rest], targets[rest], n_intents)
            probabilities = softmax(features[held_out] @ weights.T + bias)
            signals.append(
                signals_of(probabilities, vectors[held_out], by_label(vectors[rest], targets[rest]))
            )
            right.append(probabilities.argmax(1) == targets[held_out])
            known.append(np.full(int(held_out.sum()), is_known))
    return np.vstack(signals), np.concatenate(right), np.concatenate(known)


def _spread(targets: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A fold for every example, each intent spread evenly; an intent's only example leaves it unknown."""
    folds = np.empty(len(targets), dtype=int)
    for target in np.unique(targets):
        places = random.permutation(np.flatnonzero(targets == target))
        folds[places] = (np.arange(len(places)) + random.integers(FOLDS)) % FOLDS
    return folds


def signals_of(
    probabilities: np.ndarray, vectors: np.ndarray, examples_of: Dict[int, np.ndarray]
) -> np.ndarray:
    """What rankings look like: [n, 3] log-odds of the first place, its lead, likeness to its examples."""
    ordered = np.sort(probabilities, axis=1)
    first, second = ordered[:, -1], ordered[:, -2]
    nearest = [
        (examples_of[int(top)] @ vector).max() for top, vector in zip(probabilities.argmax(1), vectors)
    ]
    odds = np.log(np.clip(first, 1e-6, 1 - 1e-6) / np.clip(1 - first, 1e-6, 1))
    return np.stack([odds, first - second, nearest], axis=1)


def by_label(examples: np.ndarray, labels: np.ndarray) -> Dict[int, np.ndarray]:
    """The examples of each intent: its place to [n_of_it, dim]."""
    return {int(label): examples[labels == label] for label in np.unique(labels)}


def fit_trust(
    signals: np.ndarray, right: np.ndarray, known: np.ndarray, n_intents: int
) -> Tuple[np.ndarray, FitReport]:
    """Fits the confidence: P(first place is right | signals); that of an unknown intent never is."""
    if right.all() or not right.any():  # nothing to learn from: believe the classifier's own probability
        trust = np.array([1.0, 0.0, 0.0, 0.0])
    else:
        unknown_weight = UNKNOWN_SHARE * known.sum() / max(1, (~known).sum())
        model = LogisticRegression(C=100).fit(
            signals, right, sample_weight=np.where(known, 1.0, unknown_weight)
        )
        trust = np.append(model.coef_[0], model.intercept_)
    confidences = sigmoid(signals[known] @ trust[:-1] + trust[-1])
    hits = right[known]
    accuracy = float(hits.mean()) if len(hits) else 0.0
    return trust, FitReport(len(hits), n_intents, accuracy, expected_calibration_error(confidences, hits))


def expected_calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017)."""
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [
        abs(confidences[places == b].mean() - right[places == b].mean()) * (places == b).mean()
        for b in np.unique(places)
    ]
    return float(sum(gaps))
