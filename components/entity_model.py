"""The entity tagger's model: a conditional random field over words (Lafferty et al. 2001), on CRFsuite.

Beside names of features it takes the sentence encoder's states of each word, brought down to a few dozen
numbers by principal components: what the encoder knows of "Lisbon" helps where only "Rome" was in the
examples.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, List, Sequence, Tuple

import numpy as np
import pycrfsuite

from components.entity_labels import OUTSIDE

TAGGER, PROJECTION = "tagger.crfsuite", "projection.npz"

# A word's features: names that are true of it, and numbers with names.
Features = Dict[str, float]


@dataclass(frozen=True)
class Projection:
    """Brings states [n, width] down to [n, dim] numbers of like size: whitened principal components."""

    mean: np.ndarray
    axes: np.ndarray

    @classmethod
    def fit(cls, states: np.ndarray, dim: int, scale: float = 0.5) -> Projection:
        """Fits on the states of training words.

        Args:
            states: [n_words, width].
            dim: how many numbers are kept; fewer where words or states do not give so many.
            scale: the standard deviation of each number. At 0.5 a state counts about as much as a name (found
            on held-out sentences; 1.0 and 0.3 were worse).
        """
        mean = states.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((states - mean).T))
        kept = [place for place in np.argsort(-values)[:dim] if values[place] > 1e-6]
        return cls(mean, vectors[:, kept] / np.sqrt(values[kept]) * scale)

    @classmethod
    def none(cls) -> Projection:
        """For an encoder that knows nothing of words, or to do without: [n, 0] → [n, 0]."""
        return cls(np.zeros(0), np.zeros((0, 0)))

    @property
    def dim(self) -> int:
        """How many numbers a word keeps."""
        return int(self.axes.shape[1])

    def apply(self, states: np.ndarray) -> np.ndarray:
        """[n, width] → [n, dim]."""
        projected: np.ndarray = (states - self.mean) @ self.axes
        return projected


class EntityModel:
    """Labels the words of sentences.

    Args:
        tagger: a CRFsuite model file's bytes.
        projection: of the states that it was trained with.
    """

    def __init__(self, tagger: bytes, projection: Projection) -> None:
        self.projection = projection
        self._bytes = tagger
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(tagger)
        self._labels = self._tagger.labels()

    @classmethod
    def fit(
        cls,
        sentences: Iterable[Tuple[List[Features], List[str]]],
        projection: Projection,
        l1: float = 0.1,
        l2: float = 0.1,
        max_iterations: int = 60,
    ) -> EntityModel:
        """Trains with L-BFGS (no chance in it: the same sentences give the same model).

        Args:
            sentences: features and labels of each one's words.
            projection: of the states among the features.
            l1: weight of the L1 penalty, which drops features.
            l2: weight of the L2 penalty.
            max_iterations: of L-BFGS.
        """
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.select("lbfgs")
        settings = {
            "c1": l1,
            "c2": l2,
            "max_iterations": max_iterations,
            "feature.possible_transitions": True,
        }
        trainer.set_params(settings)
        for features, labels in sentences:
            trainer.append(features, labels)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / TAGGER
            trainer.train(str(file))
            return cls(file.read_bytes(), projection)

    def label(self, features: Sequence[Features]) -> Tuple[List[str], List[float]]:
        """The likeliest labels of a sentence's words, and how sure each is of its kind (0–1; outside: 1)."""
        if not features:
            return [], []
        self._tagger.set(features)
        labels = self._tagger.tag()
        return labels, [self._certainty(label, place) for place, label in enumerate(labels)]

    def _certainty(self, label: str, place: int) -> float:
        """The probability of a kind, whether the word begins it or not."""
        if label == OUTSIDE:
            return 1.0
        alike = [other for other in self._labels if other[1:] == label[1:]]
        return float(sum(self._tagger.marginal(other, place) for other in alike))

    def save(self, folder: Path) -> None:
        """Writes two files into a folder."""
        (folder / TAGGER).write_bytes(self._bytes)
        np.savez(folder / PROJECTION, mean=self.projection.mean, axes=self.projection.axes)

    @classmethod
    def load(cls, folder: Path) -> EntityModel:
        """Reads what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
        """
        with np.load(folder / PROJECTION, allow_pickle=False) as arrays:
            projection = Projection(arrays["mean"], arrays["axes"])
        return cls((folder / TAGGER).read_bytes(), projection)
