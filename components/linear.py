"""A linear classifier in two arrays, and the two functions that make probabilities of its sums."""

from __future__ import annotations

import warnings
from typing import Optional, Tuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

# What an intent without an example gets: no chance.
ABSENT = -30.0


def fit_linear(
    features: np.ndarray, targets: np.ndarray, n_intents: int, weights: Optional[np.ndarray] = None
) -> Tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression; intents count alike, however many examples they have.

    Args:
        features: [n, dim].
        targets: [n] places of the intents, at least two different ones.
        n_intents: how many intents there are, those without an example included.
        weights: [n] how much each example counts; all alike without.

    Returns:
        weights [n_intents, dim] and bias [n_intents]; intents without an example get no chance.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 50 steps rank as well as 2,000 do
        model = LogisticRegression(C=20, max_iter=30, class_weight="balanced").fit(
            features, targets, sample_weight=weights
        )
    rows, offsets = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # sklearn keeps one row for two classes, the odds of the second
        rows, offsets = np.vstack([-rows, rows]) / 2, np.append(-offsets, offsets) / 2
    matrix = np.zeros((n_intents, features.shape[1]), dtype=np.float32)
    bias = np.full(n_intents, ABSENT, dtype=np.float32)
    matrix[model.classes_], bias[model.classes_] = rows, offsets
    return matrix, bias


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of each row: [n, n_intents]."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: np.ndarray = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def sigmoid(values: np.ndarray) -> np.ndarray:
    """Probabilities from log-odds."""
    result: np.ndarray = 1 / (1 + np.exp(-values))
    return result
