"""The intent head: a linear classifier on sentence vectors and characters, with a confidence that means something.

Two things are learned. A multinomial logistic regression over the sentence vector, joined with character n-grams
(reduced by SVD) as evidence for typos, ranks the intents. A second, tiny logistic regression turns what that ranking
looked like into the probability that its first place is right. It is fitted on held-out folds of the same data, and on
whole intents held out as stand-ins for what nobody wrote examples for, so that unknown questions get little confidence.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

FOLDS = 5
CHARACTER_DIMENSIONS = 192
# Unknown questions count for this share of the known ones when confidence is fitted: roughly what live traffic shows.
UNKNOWN_SHARE = 0.1


@dataclass(frozen=True)
class Ranking:
    """What the head says about one text: intents by falling confidence, the first one calibrated."""

    names: List[str]
    confidences: List[float]


@dataclass(frozen=True)
class FitReport:
    """Held-out figures of one training: accuracy and expected calibration error (15 equal bins), both 0–1."""

    examples: int
    intents: int
    accuracy: float
    ece: float


class Characters:
    """Character n-grams of a text, reduced to a few dimensions: [n_texts, dims] float32."""

    def __init__(self, vectorizer: TfidfVectorizer, components: np.ndarray) -> None:
        self.vectorizer = vectorizer
        self.components = components

    @staticmethod
    def settings() -> dict:
        return {"analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True, "dtype": np.float32}

    @classmethod
    def fit(cls, texts: Sequence[str], seed: int) -> "Characters":
        vectorizer = TfidfVectorizer(min_df=2 if len(texts) > 50 else 1, **cls.settings())
        counts = vectorizer.fit_transform(texts)
        dims = max(1, min(CHARACTER_DIMENSIONS, counts.shape[0] - 1, counts.shape[1] - 1))
        svd = TruncatedSVD(dims, random_state=seed).fit(counts)
        return cls(vectorizer, svd.components_.astype(np.float32))

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray(self.vectorizer.transform(texts) @ self.components.T, dtype=np.float32)


class IntentModel:
    """The trained head. Build one with `fit` or `load`."""

    def __init__(
        self, names: List[str], weights: np.ndarray, bias: np.ndarray, characters: Characters,
        examples: np.ndarray, labels: np.ndarray, trust: np.ndarray,
    ) -> None:  # fmt: skip
        self.names = names
        self.weights = weights  # [n_intents, dim]
        self.bias = bias  # [n_intents]
        self.characters = characters
        self.examples = examples  # [n_examples, encoder_dim], unit length
        self.labels = labels  # [n_examples], index into names
        self.trust = trust  # [4]: weights and bias of the confidence

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: np.ndarray, labels: Sequence[str], seed: int = 42
    ) -> Tuple["IntentModel", FitReport]:
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
            raise ValueError(f"The intent head needs examples of at least two intents, found {len(names)}.")
        targets = np.array([names.index(label) for label in labels])
        characters = Characters.fit(texts, seed)
        features = np.hstack([vectors, characters(texts)])
        signals, right, known = _held_out(features, vectors, targets, seed)
        trust, report = _fit_trust(signals, right, known, len(names))
        weights, bias = _fit_linear(features, targets, len(names))
        return cls(names, weights, bias, characters, vectors, targets, trust), report

    def rank(self, texts: Sequence[str], vectors: np.ndarray) -> List[Ranking]:
        """Ranks the intents for each text."""
        features = np.hstack([vectors, self.characters(texts)])
        probabilities = _softmax(features @ self.weights.T + self.bias)
        confidences = _sigmoid(
            _signals(probabilities, vectors, self.examples, self.labels) @ self.trust[:-1] + self.trust[-1]
        )
        return [self._ranking(row, float(confidence)) for row, confidence in zip(probabilities, confidences)]

    def _ranking(self, probabilities: np.ndarray, confidence: float) -> Ranking:
        """The first place gets the calibrated confidence; the others share what it leaves, in their proportions."""
        order = np.argsort(-probabilities, kind="stable")
        rest = (1 - confidence) / max(1e-9, 1 - float(probabilities[order[0]]))
        others = [min(confidence, float(probabilities[i]) * min(rest, 1.0)) for i in order[1:]]
        return Ranking([self.names[i] for i in order], [confidence, *others])

    def save(self, folder: Path) -> None:
        """Writes the head as plain arrays and JSON: nothing that runs code when it is read."""
        vectorizer = self.characters.vectorizer
        vocabulary = {gram: int(place) for gram, place in vectorizer.vocabulary_.items()}
        (folder / "intents.json").write_text(
            json.dumps({"names": self.names, "vocabulary": vocabulary}), encoding="utf-8"
        )
        np.savez(
            folder / "intents.npz", weights=self.weights, bias=self.bias, idf=vectorizer.idf_,
            components=self.characters.components, examples=self.examples, labels=self.labels, trust=self.trust,
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> "IntentModel":
        """Reads what `save` wrote."""
        words = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
        with np.load(folder / "intents.npz", allow_pickle=False) as arrays:
            vectorizer = TfidfVectorizer(vocabulary=words["vocabulary"], **Characters.settings())
            vectorizer.idf_ = arrays["idf"]
            characters = Characters(vectorizer, arrays["components"])
            parts = [arrays[name] for name in ("examples", "labels", "trust")]
            return cls(words["names"], arrays["weights"], arrays["bias"], characters, *parts)


def _fit_linear(features: np.ndarray, targets: np.ndarray, n_intents: int) -> Tuple[np.ndarray, np.ndarray]:
    """Multinomial logistic regression: [n_intents, dim] weights and [n_intents] bias; absent intents get no chance."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 200 steps rank as well as 2,000 do
        model = LogisticRegression(C=10, max_iter=200, class_weight="balanced").fit(features, targets)
    weights = np.zeros((n_intents, features.shape[1]), dtype=np.float32)
    bias = np.full(n_intents, -30.0, dtype=np.float32)
    if len(model.classes_) == 2:  # sklearn keeps one row for two classes
        weights[model.classes_], bias[model.classes_] = (
            np.vstack([-model.coef_, model.coef_]),
            [-model.intercept_[0], model.intercept_[0]],
        )
    else:
        weights[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
    return weights, bias


def _held_out(
    features: np.ndarray, vectors: np.ndarray, targets: np.ndarray, seed: int
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signals of examples that the classifier at hand has not seen.

    Returns:
        signals [m, 3], right [m] (was the first place right), known [m] (did the classifier know the intent at all).
    """
    n_intents = int(targets.max()) + 1
    random = np.random.default_rng(seed)
    by_example = _spread(targets, random)
    by_intent = random.permutation(n_intents)[targets] % FOLDS
    signals, right, known = [], [], []
    for fold in range(FOLDS):
        for held_out, is_known in ((by_example == fold, True), (by_intent == fold, False)):
            rest = ~held_out
            if not held_out.any() or len(np.unique(targets[rest])) < 2:
                continue
            weights, bias = _fit_linear(features[rest], targets[rest], n_intents)
            probabilities = _softmax(features[held_out] @ weights.T + bias)
            signals.append(_signals(probabilities, vectors[held_out], vectors[rest], targets[rest]))
            right.append(probabilities.argmax(1) == targets[held_out])
            known.append(np.full(int(held_out.sum()), is_known))
    return np.vstack(signals), np.concatenate(right), np.concatenate(known)


def _spread(targets: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A fold for every example, each intent spread evenly; an intent with one example simply leaves its fold."""
    folds = np.empty(len(targets), dtype=int)
    for target in np.unique(targets):
        places = random.permutation(np.flatnonzero(targets == target))
        folds[places] = (np.arange(len(places)) + random.integers(FOLDS)) % FOLDS
    return folds


def _signals(
    probabilities: np.ndarray, vectors: np.ndarray, examples: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """What a ranking looks like: [n, 3] log-odds of the first place, lead over the second, likeness to its own examples."""
    ordered = np.sort(probabilities, axis=1)
    first, second = ordered[:, -1], ordered[:, -2]
    likeness = vectors @ examples.T  # [n, n_examples]
    own = labels[None, :] == probabilities.argmax(1)[:, None]
    nearest = np.where(own, likeness, -1.0).max(1)
    odds = np.log(np.clip(first, 1e-6, 1 - 1e-6) / np.clip(1 - first, 1e-6, 1))
    return np.stack([odds, first - second, nearest], axis=1)


def _fit_trust(
    signals: np.ndarray, right: np.ndarray, known: np.ndarray, n_intents: int
) -> Tuple[np.ndarray, FitReport]:
    """Fits the confidence: P(first place is right | signals)."""
    if right.all() or not right.any():  # nothing to learn from: believe the classifier's own probability
        trust = np.array([1.0, 0.0, 0.0, 0.0])
    else:
        unknown_weight = UNKNOWN_SHARE * known.sum() / max(1, (~known).sum())
        model = LogisticRegression(C=100).fit(
            signals, right & known, sample_weight=np.where(known, 1.0, unknown_weight)
        )
        trust = np.append(model.coef_[0], model.intercept_)
    confidences = _sigmoid(signals[known] @ trust[:-1] + trust[-1])
    hits = right[known]
    return trust, FitReport(
        int(known.sum()), n_intents, float(hits.mean()), expected_calibration_error(confidences, hits)
    )


def expected_calibration_error(confidences: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017)."""
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [
        abs(confidences[places == b].mean() - right[places == b].mean()) * (places == b).mean()
        for b in np.unique(places)
    ]
    return float(sum(gaps))


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: np.ndarray = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def _sigmoid(values: np.ndarray) -> np.ndarray:
    result: np.ndarray = 1 / (1 + np.exp(-values))
    return result
