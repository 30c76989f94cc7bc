"""The world that `rapport bench loop` plays in: traffic in weeks, and reviewers who are sometimes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.labelled import DataError, Labelled

Encode = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True)
class World:
    """What there is to learn.

    Attributes:
        texts: n training messages.
        truth: [n] their labels, as places in `names`; only reviewers may look.
        names: the labels.
        vectors: [n, dim] sentence vectors of the messages, unit length.
        start: places of the examples that are known from the beginning.
        weeks: places of the messages that come in each week.
        test: messages that are only ever used to print.
    """

    texts: list[str]
    truth: np.ndarray
    names: list[str]
    vectors: np.ndarray
    start: np.ndarray
    weeks: list[np.ndarray]
    test: Labelled


@dataclass(frozen=True)
class Answer:
    """What a reviewer said of a message."""

    place: int
    label: int
    wrong: bool


class Reviewers:
    """Answer by the true label, but for a share that is wrong: half of that at random, half by confusion.

    Args:
        world: what there is to learn.
        wrong: share of the answers that are wrong (0–1).
        seed: which ones.
    """

    def __init__(self, world: World, wrong: float, seed: int) -> None:
        self.world = world
        self.wrong = wrong
        self.answers: list[Answer] = []
        self._random = np.random.default_rng(seed)
        self._confused_with = _nearest_other_label(world)

    def ask(self, place: int) -> int:
        """What the next reviewer says of a message."""
        truth = int(self.world.truth[place])
        label = truth
        if self._random.random() < self.wrong:
            others = [other for other in range(len(self.world.names)) if other != truth]
            confused = self._random.random() < 0.5
            label = int(self._confused_with[place] if confused else self._random.choice(others))
        self.answers.append(Answer(place, label, label != truth))
        return label


def make_world(train: Labelled, test: Labelled, encode: Encode, shots: int, weeks: int, seed: int) -> World:
    """Deals the training messages out.

    Raises:
        DataError: fewer than two labels, too few messages, or a label that only the test has.
    """
    names = sorted(set(train.labels))
    strange = sorted(set(test.labels) - set(names))
    if strange:
        raise DataError(f"The test has labels that the training data lacks: {', '.join(strange[:5])}.")
    if len(names) < 2:
        raise DataError(f"All training messages are labelled {names[0]!r}: two labels are needed.")
    places = {name: place for place, name in enumerate(names)}
    truth = np.array([places[label] for label in train.labels])
    random = np.random.default_rng(seed)
    start = np.concatenate(
        [random.permutation(np.flatnonzero(truth == label))[:shots] for label in range(len(names))]
    )
    rest = random.permutation(np.setdiff1d(np.arange(len(truth)), start))
    if len(rest) < weeks:
        raise DataError(f"{len(rest)} messages are left for {weeks} weeks: give fewer --shots or --weeks.")
    return World(train.texts, truth, names, encode(train.texts), start, np.array_split(rest, weeks), test)


def _nearest_other_label(world: World) -> np.ndarray:
    """[n] of each message the label, other than its own, whose messages it is most like."""
    means = np.stack([world.vectors[world.truth == label].mean(0) for label in range(len(world.names))])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    likeness = world.vectors @ means.T
    likeness[np.arange(len(likeness)), world.truth] = -np.inf
    nearest: np.ndarray = likeness.argmax(1)
    return nearest
