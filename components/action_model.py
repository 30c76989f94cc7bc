"""The learned policy's model: kernel ridge regression on conversations, with calibrated probabilities.

Two conversations are alike by ((1 + cosine) / 2)⁴ of their features, which amounts to weighing every
combination of up to four features. Fitting solves one linear system (Rasmussen and Williams, Gaussian
Processes for Machine Learning, 2.3): milliseconds for hundreds of examples. No Rasa in here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Mapping, Sequence, Set, Text, Tuple

import numpy as np
import scipy.sparse
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction import DictVectorizer

Features = Mapping[Text, float]

DEGREE = 4
FOLDS = 5
# Where there are too few stories to calibrate on.
DEFAULT_SHARPNESS = 6.0
_SHARPNESS_BOUNDS = (0.5, 50.0)
ARRAYS_FILE, NAMES_FILE = "model.npz", "model.json"


@dataclass(frozen=True)
class Example:
    """What was done in a conversation so far, and in which stories."""

    features: Features
    action: Text
    stories: FrozenSet[Text]


@dataclass
class ActionModel:
    """Gives each action a probability.

    Attributes:
        features: feature name to column.
        actions: names, one a column of `dual`.
        known: examples' features, rows of length 1 [n_examples, n_features].
        dual: the solution of the linear system [n_examples, n_actions].
        sharpness: scores times this, softmaxed, are probabilities.
    """

    features: Dict[Text, int]
    actions: List[Text]
    known: scipy.sparse.csr_matrix
    dual: np.ndarray
    sharpness: float

    def probabilities(self, features: Features) -> np.ndarray:
        """The probability of each of `actions` [n_actions], in the order of that list."""
        row = np.zeros(len(self.features), dtype=np.float32)
        for name, weight in features.items():
            if name in self.features:
                row[self.features[name]] = weight
        # Features that no story has count in the length: what is unlike the stories gets unsure scores.
        length = np.sqrt(sum(weight * weight for weight in features.values())) or 1.0
        return _softmax((_kernel(self.known @ (row / length)) @ self.dual) * self.sharpness)

    def save(self, folder: Path) -> None:
        """Writes two files into a folder."""
        known = {
            f"known_{part}": getattr(self.known, part) for part in ("data", "indices", "indptr", "shape")
        }
        np.savez(folder / ARRAYS_FILE, dual=self.dual, **known)
        names = {"features": list(self.features), "actions": self.actions, "sharpness": self.sharpness}
        (folder / NAMES_FILE).write_text(json.dumps(names), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ActionModel:
        """Reads what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
        """
        names = json.loads((folder / NAMES_FILE).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS_FILE) as arrays:
            parts = tuple(arrays[f"known_{part}"] for part in ("data", "indices", "indptr"))
            known = scipy.sparse.csr_matrix(parts, shape=tuple(arrays["known_shape"]))
            columns = {name: column for column, name in enumerate(names["features"])}
            return cls(columns, names["actions"], known, arrays["dual"], names["sharpness"])


def fit(examples: Sequence[Example], ridge: float, max_examples: int, seed: int) -> ActionModel:
    """Fits the model and calibrates it on held-out stories.

    Args:
        ridge: how much doubt each example is given; > 0.
        max_examples: time grows with the third power of the examples; beyond this, a random choice of them.
        seed: of that choice and of the folds.
    """
    merged = merge(examples)
    random = np.random.default_rng(seed)
    if len(merged) > max_examples:
        merged = [merged[i] for i in sorted(random.choice(len(merged), max_examples, replace=False))]
    vectorizer = DictVectorizer(dtype=np.float32)
    known = _unit_rows(vectorizer.fit_transform([example.features for example in merged]))
    actions = sorted({example.action for example in merged})
    targets = np.zeros((len(merged), len(actions)), dtype=np.float32)
    targets[range(len(merged)), [actions.index(example.action) for example in merged]] = 1.0
    kernel = _kernel((known @ known.T).toarray())
    sharpness = _calibrate(kernel, targets, ridge, [example.stories for example in merged], random)
    dual = _solve(kernel, targets, ridge)
    columns = {name: column for column, name in enumerate(vectorizer.feature_names_)}
    return ActionModel(columns, actions, known, dual, sharpness)


def merge(examples: Sequence[Example]) -> List[Example]:
    """Examples with the same features and action as one, which belongs to the stories of all."""
    merged: Dict[Any, Tuple[Features, Set[Text]]] = {}
    for example in examples:
        key = (frozenset(example.features.items()), example.action)
        merged.setdefault(key, (example.features, set()))[1].update(example.stories)
    return [
        Example(features, action, frozenset(stories)) for (_, action), (features, stories) in merged.items()
    ]


def _calibrate(
    kernel: np.ndarray,
    targets: np.ndarray,
    ridge: float,
    stories: Sequence[FrozenSet[Text]],
    random: np.random.Generator,
) -> float:
    """The sharpness under which the actions of held-out stories are most probable."""
    names = sorted(set().union(*stories))
    if len(names) < FOLDS:
        return DEFAULT_SHARPNESS
    scores, truth = [], []
    for fold in np.array_split(random.permutation(names), FOLDS):
        held_out = np.array([bool(own.intersection(fold)) for own in stories])
        kept = np.array([bool(own.difference(fold)) for own in stories])
        if held_out.any() and kept.any():
            dual = _solve(kernel[np.ix_(kept, kept)], targets[kept], ridge)
            scores.append(kernel[np.ix_(held_out, kept)] @ dual)
            truth.append(targets[held_out])
    score, right = np.concatenate(scores), np.concatenate(truth)

    def loss(sharpness: float) -> float:
        likely = (_softmax(score * sharpness) * right).sum(axis=1)
        return float(-np.log(np.maximum(likely, 1e-9)).mean())

    return float(minimize_scalar(loss, bounds=_SHARPNESS_BOUNDS, method="bounded").x)


def _solve(kernel: np.ndarray, targets: np.ndarray, ridge: float) -> np.ndarray:
    return np.linalg.solve(kernel + ridge * np.eye(len(kernel), dtype=kernel.dtype), targets).astype(
        np.float32
    )


def _kernel(cosine: np.ndarray) -> np.ndarray:
    return ((1.0 + cosine) / 2.0) ** DEGREE


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _unit_rows(rows: scipy.sparse.csr_matrix) -> scipy.sparse.csr_matrix:
    lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).A1
    scale = scipy.sparse.diags(1.0 / np.maximum(lengths, 1e-9))
    return scipy.sparse.csr_matrix(scale @ rows, dtype=np.float32)
