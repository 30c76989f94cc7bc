"""The heads that `rapport bench loop` trains: the one that runs in the assistant, and a light one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.calibration import expected_calibration_error
from components.encoder import MessageEncoder, shared_encoder
from components.intent_features import Seen, see, spoken_name
from components.intent_model import IntentModel
from learning.labels.learner import Classifier, Learner, LightLearner

# Below it the router does not act: components/confidence_router.py.
FALLBACK = 0.4


class Encoded:
    """Messages that are encoded once, however often they are learned from.

    Args:
        encoder: the name of a sentence encoder.
    """

    def __init__(self, encoder: str) -> None:
        self.encoder: MessageEncoder = shared_encoder(encoder, "var/encoder", "int8")
        self._seen: Seen | None = None
        self._places: dict[str, int] = {}

    def add(self, texts: Sequence[str]) -> None:
        """Encodes all the messages that there are; must come first."""
        self._places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        self._seen = self.see(list(self._places))

    def see(self, texts: Sequence[str]) -> Seen:
        """Encodes texts anew."""
        return see(list(texts), [[]] * len(texts), self.encoder, two_views=False)

    def take(self, texts: Sequence[str]) -> Seen:
        """What was seen of some of the messages."""
        assert self._seen is not None
        return self._seen.take(np.array([self._places[text] for text in texts]))

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] published vectors, unit length."""
        return self.take(texts).vectors


class ShippedLearner:
    """Trains the intent head with the encoder's last block, as `rapport train` does."""

    def __init__(self, encoded: Encoded) -> None:
        self.encoded = encoded

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> ShippedClassifier:
        """Trains the head."""
        names = self.encoded.see([spoken_name(name) for name in sorted(set(labels))])
        encoder = self.encoded.encoder
        model, _ = IntentModel.fit(
            self.encoded.take(texts), labels, names, encoder.last_block(), quantised=encoder.is_quantised
        )
        return ShippedClassifier(self.encoded, model)


class ShippedClassifier:
    """A trained intent head."""

    def __init__(self, encoded: Encoded, model: IntentModel) -> None:
        self.names = list(model.names)
        self._encoded = encoded
        self._model = model

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Those of its classifier: [n_texts, n_names].

        Not the confidence that is fitted on held-out examples: those are mostly the plain ones that labels
        spread to, and say too much of all others (docs/experiments.md).
        """
        return self._model.classifier.rank(self._encoded.take(texts))[0]

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] vectors of its tuned encoder."""
        return self._model.classifier.features.tuned(self._encoded.take(texts))


class Lifted:
    """A classifier that is surer of its first places, or less sure.

    Args:
        classifier: that one.
        by: log odds.
    """

    def __init__(self, classifier: Classifier, by: float) -> None:
        self.names = classifier.names
        self._classifier = classifier
        self._by = by

    def __getattr__(self, name: str) -> Any:
        return getattr(self._classifier, name)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """[n_texts, n_names]; the others share what the first place leaves."""
        found = self._classifier.probabilities(texts)
        first = found.max(1, keepdims=True)
        lifted = 1 / (1 + np.exp(-(_log_odds(first) + self._by)))
        others = found * (1 - lifted) / np.maximum(1 - first, 1e-9)
        return np.where(found == first, lifted, np.minimum(others, lifted))


def lift_to(classifier: Classifier, texts: Sequence[str], share: float) -> float:
    """By how much (log odds) a classifier must be surer to fall back on no more than a share of messages."""
    if not len(texts):
        return 0.0
    odds = np.sort(_log_odds(classifier.probabilities(texts).max(1)))
    allowed = int(share * len(odds))
    lowest = float(odds[allowed]) if allowed < len(odds) else np.inf
    return max(0.0, float(_log_odds(np.array(FALLBACK))) - lowest)


def fallback_share(classifier: Classifier, texts: Sequence[str]) -> float:
    """Share of messages that it is too unsure of to act on."""
    return float((classifier.probabilities(texts).max(1) < FALLBACK).mean()) if len(texts) else 0.0


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    odds: np.ndarray = np.log(clipped / (1 - clipped))
    return odds


def learner_of(head: str, encoded: Encoded) -> Learner:
    """The head of a name: `shipped` or `light`."""
    return ShippedLearner(encoded) if head == "shipped" else LightLearner(encoded.vectors)


@dataclass(frozen=True)
class Measured:
    """Figures of a classifier on messages with labels, shares 0–1.

    Attributes:
        accuracy: the first place is right.
        fallback: too unsure to act on.
        acted_wrongly: acted on, and wrong.
        calibration: expected calibration error, 15 equal bins.
    """

    accuracy: float
    fallback: float
    acted_wrongly: float
    calibration: float


def measure(classifier: Classifier, texts: Sequence[str], labels: Sequence[str]) -> Measured:
    """Asks a classifier all messages."""
    found = classifier.probabilities(texts)
    right, sure = np.array(classifier.names)[found.argmax(1)] == np.array(labels), found.max(1)
    return Measured(
        accuracy=float(right.mean()),
        fallback=float((sure < FALLBACK).mean()),
        acted_wrongly=float(((sure >= FALLBACK) & ~right).mean()),
        calibration=expected_calibration_error(sure, right),
    )
