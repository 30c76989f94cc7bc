"""What learns labels from examples: the seam to the head in use, and a light one that takes seconds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

Encode = Callable[[Sequence[str]], np.ndarray]
FOLDS = 5
# Steps of the fit: 60 rank as well as more do, and for comparing classifiers half of that is enough.
STEPS, QUICK_STEPS = 60, 25


class Classifier(Protocol):
    """Has learned what messages mean."""

    names: list[str]

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """How probable each label is: [n_texts, n_names], rows add up to 1 at most."""


class Learner(Protocol):
    """Learns what messages mean."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Classifier:
        """Learns from examples."""


class LightLearner:
    """A logistic regression over sentence vectors.

    Example:
        >>> LightLearner(encoder.encode).fit(["where is it", "money back"], ["track", "refund"]).names
        ['refund', 'track']

    Args:
        encode: turns texts into vectors [n, dim].
    """

    def __init__(self, encode: Encode) -> None:
        self.encode = encode

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> LightClassifier:
        """Learns from examples; its probabilities are the regression's own.

        Raises:
            ValueError: fewer than two different labels.
        """
        if len(set(labels)) < 2:
            raise ValueError(f"Two labels are needed, found {sorted(set(labels))}: give examples of another.")
        return LightClassifier(self.encode, fit_vectors(self.encode(texts), labels))


class LightClassifier:
    """What a `LightLearner` has learned."""

    def __init__(self, encode: Encode, model: LogisticRegression) -> None:
        self.names = [str(name) for name in model.classes_]
        self._encode = encode
        self._model = model

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """How probable each label is: [n_texts, n_names]."""
        found: np.ndarray = self._model.predict_proba(self._encode(texts))
        return found


def fit_vectors(vectors: np.ndarray, labels: Sequence[object], steps: int = STEPS) -> LogisticRegression:
    """A logistic regression over vectors [n, dim]."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=20, max_iter=steps).fit(vectors, labels)


def held_out_probabilities(
    vectors: np.ndarray, labels: np.ndarray, count: int, folds: int = FOLDS, seed: int = 0
) -> np.ndarray:
    """What the other examples say of each one: [n, count].

    Args:
        vectors: [n, dim] of the examples.
        labels: [n] theirs, whole numbers from 0.
        count: how many labels there are; one that no other example has gets no chance.
        folds: parts that are held out in turn.
        seed: which example is in which part.
    """
    found = np.zeros((len(labels), count))
    part = np.random.default_rng(seed).permutation(len(labels)) % folds
    for number in range(folds):
        out = part == number
        if out.any() and len(np.unique(labels[~out])) > 1:
            model = fit_vectors(vectors[~out], labels[~out], QUICK_STEPS)
            found[np.ix_(out, model.classes_)] = model.predict_proba(vectors[out])
    return found
