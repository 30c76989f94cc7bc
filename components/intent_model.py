"""The intent head: a linear classifier on sentence vectors and characters, with a confidence that means
something.

Two things are learned. A multinomial logistic regression over the sentence vector, joined with character
n-grams (reduced by SVD) as evidence for typos, ranks the intents. A second, tiny logistic regression turns
what that ranking looked like into the probability that its first place is right. It is fitted on held-out
folds of the same data, and on whole intents held out as stand-ins for what nobody wrote examples for, so that
unknown questions get little confidence.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np

from components.calibration import FitReport, by_label, fit_trust, held_out_signals, signals_of
from components.characters import Characters
from components.linear import fit_linear, sigmoid, softmax


class ModelFileError(Exception):
    """What a training kept is missing or damaged."""


@dataclass(frozen=True)
class Ranking:
    """What the head says about one text: intents by falling confidence, the first one calibrated."""

    names: List[str]
    confidences: List[float]


class IntentModel:
    """The trained head. Build one with `fit` or `load`.

    Args:
        names: the intents, n of them.
        weights: [n_intents, dim] of the linear classifier.
        bias: [n_intents] of the same.
        characters: what the spelling adds to the sentence vectors.
        examples: [n_examples, encoder_dim] sentence vectors, unit length.
        labels: [n_examples] the examples' intents, as places in `names`.
        trust: [4] weights and bias of the confidence.
    """

    def __init__(
        self, names: List[str], weights: np.ndarray, bias: np.ndarray, characters: Characters,
        examples: np.ndarray, labels: np.ndarray, trust: np.ndarray,
    ) -> None:  # fmt: skip
        self.names = names
        self.weights = weights
        self.bias = bias
        self.characters = characters
        self.examples = examples
        self.labels = labels
        self.trust = trust
        self._examples_of = by_label(examples, labels)

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: np.ndarray, labels: Sequence[str], seed: int = 42
    ) -> Tuple[IntentModel, FitReport]:
        """Trains the head and its confidence.

        Args:
            texts: the examples, n of them.
            vectors: [n, dim] their sentence vectors, unit length.
            labels: their intents; at least two different ones.
            seed: makes training repeatable.

        Returns:
            The head, and its held-out figures.

        Raises:
            ValueError: fewer than two intents.
        """
        names = sorted(set(labels))
        if len(names) < 2:
            raise ValueError(
                f"The intent head needs examples of two intents or more, found {names}: add some."
            )
        targets = np.array([names.index(label) for label in labels])
        characters = Characters.fit(texts, seed)
        features = np.hstack([vectors, characters(texts)])
        signals, right, known = held_out_signals(features, vectors, targets, seed)
        trust, report = fit_trust(signals, right, known, len(names))
        weights, bias = fit_linear(features, targets, len(names))
        return cls(names, weights, bias, characters, vectors, targets, trust), report

    def rank(self, texts: Sequence[str], vectors: np.ndarray) -> List[Ranking]:
        """Ranks the intents for each text."""
        features = np.hstack([vectors, self.characters(texts)])
        probabilities = softmax(features @ self.weights.T + self.bias)
        confidences = sigmoid(
            signals_of(probabilities, vectors, self._examples_of) @ self.trust[:-1] + self.trust[-1]
        )
        return [self._ranking(row, float(confidence)) for row, confidence in zip(probabilities, confidences)]

    def _ranking(self, probabilities: np.ndarray, confidence: float) -> Ranking:
        """The first place gets the calibrated confidence; the others share what it leaves, in proportion."""
        order = np.argsort(-probabilities, kind="stable")
        rest = (1 - confidence) / max(1e-9, 1 - float(probabilities[order[0]]))
        others = [min(confidence, float(probabilities[i]) * min(rest, 1.0)) for i in order[1:]]
        return Ranking([self.names[i] for i in order], [confidence, *others])

    def save(self, folder: Path) -> None:
        """Writes the head as plain arrays and JSON: nothing that runs code when it is read."""
        words = {"names": self.names, "vocabulary": self.characters.vocabulary}
        (folder / "intents.json").write_text(json.dumps(words), encoding="utf-8")
        np.savez(
            folder / "intents.npz", weights=self.weights, bias=self.bias, idf=self.characters.idf,
            components=self.characters.components, examples=self.examples, labels=self.labels,
            trust=self.trust,
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Reads what `save` wrote.

        Raises:
            ModelFileError: a file is missing or damaged.
        """
        try:
            words = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
            with np.load(folder / "intents.npz", allow_pickle=False) as arrays:
                characters = Characters(words["vocabulary"], arrays["idf"], arrays["components"])
                parts = [arrays[name] for name in ("examples", "labels", "trust")]
                return cls(words["names"], arrays["weights"], arrays["bias"], characters, *parts)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ModelFileError(f"The intent head in {folder} cannot be read: train again.") from error
