"""The intent head: a linear classifier over sentence vectors and spelling, on an encoder that is tuned to the
intents, with a confidence that means something and an eye for what nobody wrote examples for.

Three things are learned. The encoder's last block is tuned until the examples of an intent lie together
(`encoder_tuning`). A multinomial logistic regression over published and tuned vectors and character n-grams
ranks the intents. Two tiny logistic regressions turn what a ranking looked like into the probability that its
first place is right, and into the probability that the question belongs to no intent at all (`calibration`);
they are fitted on texts that were held out (`held_out`).
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from components.calibration import (
    HeldOut,
    Logistic,
    area_under_roc,
    expected_calibration_error,
    fit_trust,
    fit_unknown,
    reliability,
)
from components.characters import Characters
from components.held_out import Lesson, Progress, learn
from components.intent_classifier import Classifier
from components.intent_features import Features, Seen
from components.neighbours import Neighbours
from llm.errors import EncoderError
from llm.last_block import Block, BlockEncoder, write_block


class ModelFileError(Exception):
    """What a training kept is missing or damaged."""


@dataclass(frozen=True)
class Ranking:
    """What the head says about one text.

    Args:
        names: the intents by falling confidence.
        confidences: theirs; the first is the probability that it is right.
        unknown: the probability (0–1) that the text belongs to no intent.
        is_unknown: whether that is more than the share of known questions to give up allows.
    """

    names: List[str]
    confidences: List[float]
    unknown: float = 0.0
    is_unknown: bool = False


@dataclass(frozen=True)
class FitReport:
    """Held-out figures of one training.

    Args:
        examples: how many examples were learned from.
        intents: of how many intents.
        accuracy: share of held-out examples whose intent came first (0–1).
        ece: expected calibration error, 15 equal bins (0–1).
        unknown_auroc: how well unknown questions are told from known ones (0.5 is chance).
        unknown_caught: share of the unknown ones that are caught, with `given_up` of the right rankings lost.
        given_up: see there.
        bins: the reliability table (see `calibration.reliability`).
        rows: every held-out text with `expected` and `ranked` intent, `confidence`, `unknown` and `known`.
    """

    examples: int
    intents: int
    accuracy: float
    ece: float
    unknown_auroc: float
    unknown_caught: float
    given_up: float
    bins: List[Dict[str, float]]
    rows: List[Dict[str, Any]] = field(repr=False)


class IntentModel:
    """The trained head. Build one with `fit` or `load`.

    Args:
        names: the intents.
        classifier: ranks them.
        trust: P(the first place is right | signals).
        unknown: P(no intent fits | signals).
        unknown_from: from this probability on a text is taken for unknown.
        two_views: whether texts are also seen with their entities replaced.
        block: the tuned block of the encoder, until it is saved.
        quantised: whether that runs in 8 bits.
    """

    def __init__(
        self, names: List[str], classifier: Classifier, trust: Logistic, unknown: Logistic,
        unknown_from: float, two_views: bool, block: Optional[Block] = None, quantised: bool = False,
    ) -> None:  # fmt: skip
        self.names = names
        self.classifier = classifier
        self.trust = trust
        self.unknown = unknown
        self.unknown_from = unknown_from
        self.two_views = two_views
        self._block = block
        self._quantised = quantised

    @classmethod
    def fit(
        cls,
        seen: Seen,
        labels: Sequence[str],
        spoken: Seen,
        block: Optional[Block] = None,
        unknown: Optional[Seen] = None,
        quantised: bool = False,
        spread: Optional[np.ndarray] = None,
        give_up: float = 0.02,
        seed: int = 42,
        progress: Progress = lambda share: None,
    ) -> tuple[IntentModel, FitReport]:
        """Trains the head.

        Args:
            seen: the examples, n of them.
            labels: their intents; at least two different ones.
            spoken: the names of the intents, sorted, as they would be said.
            block: the encoder's last block, to be tuned; `None` leaves the encoder as it is.
            unknown: texts that belong to no intent.
            quantised: whether the tuned block runs in 8 bits.
            spread: [n] whether an example's label came from messages that are alike, from nobody.
            give_up: share (0–1) of right rankings that may be lost for catching unknown questions.
            seed: makes training repeatable.
            progress: told which share (0–1) of the work is done.

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
        lesson = Lesson(
            seen, targets, names, spoken, unknown, np.zeros(len(labels), bool) if spread is None else spread,
            Characters.fit(seen.texts, seed), quantised, seed,
        )  # fmt: skip
        classifier, tuned, held_out = learn(lesson, block, progress)
        trust, (strange, limit) = fit_trust(held_out), fit_unknown(held_out, give_up)
        model = cls(names, classifier, trust, strange, limit, seen.views > 1, tuned, quantised)
        return model, _report(model, held_out, len(labels))

    def refitted(self, seen: Seen, labels: Sequence[str], spoken: Seen) -> IntentModel:
        """A head of other examples that is not tuned to them: encoder, spelling and calibration stay.

        That takes seconds instead of minutes, and says well which intent comes first, less well how surely.

        Args:
            seen: the examples.
            labels: their intents; at least two different ones.
            spoken: the names of the intents, sorted, as they would be said.
        """
        names = sorted(set(labels))
        targets = np.array([names.index(label) for label in labels])
        classifier = Classifier.fit(self.classifier.features, seen, targets, spoken)
        return IntentModel(
            names,
            classifier,
            self.trust,
            self.unknown,
            self.unknown_from,
            self.two_views,
            None,
            self._quantised,
        )

    def rank(self, seen: Seen) -> List[Ranking]:
        """Ranks the intents for each text."""
        probabilities, signals = self.classifier.rank(seen)
        return [
            self._ranking(row, float(confidence), float(unknown))
            for row, confidence, unknown in zip(probabilities, self.trust(signals), self.unknown(signals))
        ]

    def _ranking(self, probabilities: np.ndarray, confidence: float, unknown: float) -> Ranking:
        """The first place gets the calibrated confidence; the others share what it leaves, in proportion."""
        order = np.argsort(-probabilities, kind="stable")
        rest = (1 - confidence) / max(1e-9, 1 - float(probabilities[order[0]]))
        others = [min(confidence, float(probabilities[i]) * min(rest, 1.0)) for i in order[1:]]
        names = [self.names[i] for i in order]
        return Ranking(names, [confidence, *others], unknown, unknown > self.unknown_from)

    def save(self, folder: Path) -> None:
        """Writes the head as plain arrays and JSON: nothing that runs code when it is read."""
        characters, has_block = self.classifier.features.characters, self._block is not None
        words = {
            "names": self.names, "vocabulary": characters.vocabulary, "two_views": self.two_views,
            "unknown_from": self.unknown_from, "tuned": has_block,
        }  # fmt: skip
        (folder / "intents.json").write_text(json.dumps(words), encoding="utf-8")
        np.savez(
            folder / "intents.npz", weights=self.classifier.weights, bias=self.classifier.bias,
            idf=characters.idf, components=characters.components, examples=self.classifier.examples,
            labels=self.classifier.labels, centres=self.classifier.centres,
            tuned_centres=self.classifier.tuned_centres,
            neighbours=self.classifier.neighbours.vectors, neighbour_labels=self.classifier.neighbours.labels,
            trust=[*self.trust.weights, self.trust.bias], unknown=[*self.unknown.weights, self.unknown.bias],
        )  # fmt: skip
        if self._block is not None:
            write_block(self._block, folder, self._quantised)

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Reads what `save` wrote.

        Raises:
            ModelFileError: a file is missing or damaged.
        """
        try:
            words = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
            with np.load(folder / "intents.npz", allow_pickle=False) as file:
                arrays = dict(file)
            characters = Characters(words["vocabulary"], arrays["idf"], arrays["components"])
            features = Features(characters, BlockEncoder(folder) if words["tuned"] else None)
            trust, unknown = (
                Logistic(arrays[name][:-1], float(arrays[name][-1])) for name in ("trust", "unknown")
            )
            classifier = Classifier(
                features, arrays["weights"], arrays["bias"], arrays["examples"], arrays["labels"],
                arrays["centres"], arrays["tuned_centres"],
                Neighbours(arrays["neighbours"], arrays["neighbour_labels"]),
            )  # fmt: skip
            return cls(words["names"], classifier, trust, unknown, words["unknown_from"], words["two_views"])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, EncoderError) as error:
            raise ModelFileError(f"The intent head in {folder} cannot be read: train again.") from error


def _report(model: IntentModel, held_out: HeldOut, examples: int) -> FitReport:
    confidences, unknown = model.trust(held_out.signals), model.unknown(held_out.signals)
    known, right = held_out.known, held_out.right
    rows = [
        {"text": text, "expected": expected, "ranked": ranked, "confidence": round(float(confidence), 4),
         "unknown": round(float(strange), 4), "known": bool(is_known)}
        for text, expected, ranked, confidence, strange, is_known in zip(
            held_out.texts, held_out.expected, held_out.ranked, confidences, unknown, known
        )
    ]  # fmt: skip
    caught = unknown > model.unknown_from
    return FitReport(
        examples=examples,
        intents=len(model.names),
        accuracy=float(right[known].mean()) if known.any() else 0.0,
        ece=expected_calibration_error(confidences[known], right[known]) if known.any() else 0.0,
        unknown_auroc=area_under_roc(unknown, ~known),
        unknown_caught=float(caught[~known].mean()) if (~known).any() else 0.0,
        given_up=float(caught[right].mean()) if right.any() else 0.0,
        bins=reliability(confidences[known], right[known]) if known.any() else [],
        rows=rows,
    )
