"""The heads that `rapport bench loop` trains: the one that runs in the assistant, and a light one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from components.encoder import MessageEncoder, shared_encoder
from components.intent_features import Seen, see, spoken_name
from components.intent_model import IntentModel
from learning.labels.learner import Classifier, Learner, LightLearner
from learning.labels.votes import shifted

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

    def fit(
        self, texts: Sequence[str], labels: Sequence[str], given: Collection[str] = ()
    ) -> ShippedClassifier:
        """Trains the head; its confidence is corrected by what it made of held-out texts among `given`."""
        names = self.encoded.see([spoken_name(name) for name in sorted(set(labels))])
        encoder = self.encoded.encoder
        model, report = IntentModel.fit(
            self.encoded.take(texts), labels, names, encoder.last_block(), quantised=encoder.is_quantised
        )
        judged = [row for row in report.rows if row["known"] and row["text"] in given]
        right = [row["expected"] == row["ranked"] for row in judged]
        return ShippedClassifier(self.encoded, model, shifted([row["confidence"] for row in judged], right))


class ShippedClassifier:
    """A trained intent head."""

    def __init__(
        self, encoded: Encoded, model: IntentModel, correct: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        self.names = list(model.names)
        self._encoded = encoded
        self._model = model
        self._correct = correct

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Its confidences: [n_texts, n_names]."""
        places = {name: place for place, name in enumerate(self.names)}
        found = np.zeros((len(texts), len(self.names)))
        for row, ranking in zip(found, self._model.rank(self._encoded.take(texts))):
            row[[places[name] for name in ranking.names]] = ranking.confidences
        first = found.max(1)
        corrected = self._correct(first)
        # The first place stays first: the others share what it leaves.
        rest = np.where(first < 1, (1 - corrected) / np.maximum(1 - first, 1e-9), 1.0)
        others = np.minimum(found * rest[:, None], corrected[:, None])
        return np.where(found == first[:, None], corrected[:, None], others)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """[n, dim] vectors of its tuned encoder."""
        return self._model.classifier.features.tuned(self._encoded.take(texts))


def learner_of(head: str, encoded: Encoded) -> Learner:
    """The head of a name: `shipped` or `light`."""
    return ShippedLearner(encoded) if head == "shipped" else LightLearner(encoded.vectors)


def measure(classifier: Classifier, texts: Sequence[str], labels: Sequence[str]) -> tuple[float, float]:
    """Accuracy, and the share of messages that it is too unsure of to act on."""
    found = classifier.probabilities(texts)
    said = np.array(classifier.names)[found.argmax(1)]
    return float((said == np.array(labels)).mean()), float((found.max(1) < FALLBACK).mean())
