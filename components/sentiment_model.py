"""The sentiment of a text, from its sentence vector, its letters and its looks: a light calibrated head.

It is trained on the designer's own messages (`data/moods`), never on anything public.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from components.calibration import expected_calibration_error
from components.letter_groups import LetterGroups, counts, fit_groups

LABELS = ("negative", "neutral", "positive")
FOLDS = 5
# Longer messages are judged by their beginning, as the encoder does.
MAX_CHARACTERS = 1_000

_STRETCHED = re.compile(r"([a-zäöü])\1\1", re.IGNORECASE)
_SMILES = re.compile(
    "[:;=]['-]?[)D*\\]]|<3|[\U0001f600-\U0001f60f\U0001f618-\U0001f61c😍🤩🥰🤗❤👍👏🙏🎉🌟⭐💪]"
)
_FROWNS = re.compile("[:;=]['-]?[(\\[/]|[\U0001f61e-\U0001f62d\U0001f910-\U0001f913😠😡🤬😤😒🙄👎💩🖕💔]")


@dataclass(frozen=True)
class Sentiment:
    """How a text sounds.

    Attributes:
        label: `negative`, `neutral` or `positive`.
        score: -1 (negative) to 1 (positive): the probability of positive less that of negative.
        confidence: 0–1, the probability that the label is right.
    """

    label: str
    score: float
    confidence: float


NEUTRAL = Sentiment("neutral", 0.0, 0.0)


@dataclass(frozen=True)
class SentimentReport:
    """Held-out figures of one training, each 0–1."""

    examples: int
    accuracy: float
    macro_f1: float
    ece: float


class SentimentFileError(RuntimeError):
    """A trained sentiment head cannot be read."""


class SentimentModel:
    """A multinomial logistic regression whose probabilities were scaled to be right as often as they say.

    Args:
        weights: [3, dim + cues], in the order of `LABELS`; the temperature is in them.
        bias: [3].
        letters: what groups of letters add, the temperature in it.
    """

    def __init__(self, weights: np.ndarray, bias: np.ndarray, letters: LetterGroups) -> None:
        self.weights = weights.astype(np.float32)
        self.bias = bias.astype(np.float32)
        self.letters = letters

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: np.ndarray, labels: Sequence[str], seed: int = 42
    ) -> Tuple[SentimentModel, SentimentReport]:
        """Trains the head.

        Args:
            texts: n messages.
            vectors: [n, dim] their sentence vectors, unit length.
            labels: one of `LABELS` each; every one at least five times.
            seed: makes training repeatable.

        Returns:
            The head, and its figures on held-out fifths of the messages.
        """
        targets = np.array([LABELS.index(label) for label in labels])
        features, beginnings = _features(texts, vectors), [text[:MAX_CHARACTERS] for text in texts]
        folds = np.random.default_rng(seed).permutation(len(targets)) % FOLDS
        held_out = np.zeros((len(targets), len(LABELS)))
        for fold in range(FOLDS):
            rest, out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            part = _fit([beginnings[place] for place in rest], features[rest], targets[rest])
            held_out[out] = [part._logits(beginnings[place], features[place]) for place in out]
        temperature = _temperature(held_out, targets)
        return _fit(beginnings, features, targets, temperature), _report(held_out / temperature, targets)

    def judge(self, text: str, vector: np.ndarray) -> Sentiment:
        """The sentiment of one text with its vector [dim]."""
        features = _features([text], vector[None, :])[0]
        probabilities = softmax(self._logits(text[:MAX_CHARACTERS], features))
        best = int(probabilities.argmax())
        score = float(probabilities[2] - probabilities[0])
        return Sentiment(LABELS[best], round(score, 3), round(float(probabilities[best]), 3))

    def _logits(self, text: str, features: np.ndarray) -> np.ndarray:
        logits: np.ndarray = self.weights @ features + self.bias + self.letters(text)
        return logits

    @property
    def dim(self) -> int:
        """How long a sentence vector it wants."""
        return int(self.weights.shape[1]) - len(cues(""))

    def save(self, folder: Path) -> None:
        """Writes the head as plain arrays: nothing that runs code when it is read."""
        groups = np.array(self.letters.groups)
        np.savez(
            folder / "sentiment.npz", weights=self.weights, bias=self.bias, groups=groups,
            idf=self.letters.idf, letters=self.letters.weights,
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> SentimentModel:
        """Reads what `save` wrote.

        Raises:
            SentimentFileError: the file is missing or damaged.
        """
        try:
            with np.load(folder / "sentiment.npz", allow_pickle=False) as arrays:
                letters = LetterGroups(arrays["groups"].tolist(), arrays["idf"], arrays["letters"])
                return cls(arrays["weights"], arrays["bias"], letters)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise SentimentFileError(
                f"The sentiment head in {folder} cannot be read: train again."
            ) from error


def cues(text: str) -> List[float]:
    """What shows how something is said, each 0–1: shouting, marks, stretched words, faces, length."""
    text = text[:MAX_CHARACTERS]
    letters = sum(character.isalpha() for character in text)
    capitals = sum(character.isupper() for character in text)
    return [
        float(letters >= 5 and capitals > 0.7 * letters),
        min(text.count("!"), 3) / 3,
        min(text.count("?"), 3) / 3,
        float(text.rstrip().endswith("?")),
        float(bool(_STRETCHED.search(text))),
        float(bool(_SMILES.search(text))),
        float(bool(_FROWNS.search(text))),
        min(len(text), 200) / 200,
    ]


def _features(texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    return np.hstack([vectors, np.array([cues(text) for text in texts], dtype=np.float32)])


def _fit(
    texts: Sequence[str], features: np.ndarray, targets: np.ndarray, temperature: float = 1.0
) -> SentimentModel:
    vectorizer = fit_groups(texts)
    everything = hstack([csr_matrix(features), counts(vectorizer, texts)]).tocsr()
    model = LogisticRegression(C=10, max_iter=200, class_weight="balanced").fit(everything, targets)
    weights, bias = model.coef_ / temperature, model.intercept_ / temperature
    dim = features.shape[1]
    return SentimentModel(weights[:, :dim], bias, LetterGroups.of(vectorizer, weights[:, dim:].T))


def _temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    """What to divide logits by so that the held-out labels become most likely (Guo et al. 2017)."""
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, targets].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def _report(logits: np.ndarray, targets: np.ndarray) -> SentimentReport:
    probabilities = softmax(logits, axis=1)
    found = probabilities.argmax(1)
    return SentimentReport(
        len(targets),
        float((found == targets).mean()),
        float(f1_score(targets, found, average="macro")),
        expected_calibration_error(probabilities.max(1), found == targets),
    )
