"""The frozen suite of `rapport bench loop`: the first examples in folds that never change.

Each fold is held out of everything, of the labels that spread as of the training, and asked of a light head.
The shipped head would have to be trained once for each fold, minutes in every week.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.loop_world import World
from learning.labels.examples import plain_examples
from learning.labels.graph import Graph, spread
from learning.labels.learner import QUICK_STEPS, fit_vectors

FOLDS = 5


@dataclass(frozen=True)
class Taught:
    """What a candidate is trained on: labels by place, and the places whose label is held back."""

    known: dict[int, int]
    held: set[int]


@dataclass(frozen=True)
class Suite:
    """What the frozen folds say of a candidate.

    Attributes:
        figures: by name; none of them may fall.
        doubt: 1 minus the mean probability of the right label. It tells small changes that the figures, a few
            hundred messages right or wrong, do not.
    """

    figures: dict[str, float]
    doubt: float


def suite_figures(
    world: World,
    seen: np.ndarray,
    within: Callable[[Sequence[int]], np.ndarray],
    graph: Graph,
    taught: Taught,
    most: int,
) -> Suite:
    """Figures of the frozen folds for what a candidate is trained on.

    Args:
        world: what there is to learn.
        seen: the messages that have come.
        within: where messages stand among those.
        graph: of those.
        taught: labels that are known.
        most: so many examples of a label are trained on.
    """
    folds = frozen_folds(world)
    said = np.concatenate([_said(world, seen, within, graph, taught, most, fold) for fold in folds])
    asked = np.concatenate(folds)
    truth = world.truth[asked]
    right = said.argmax(1) == truth
    by_label = [float(right[truth == label].mean()) for label in np.unique(truth)]
    figures = {"accuracy": float(right.mean()), "macro_recall": float(np.mean(by_label))}
    return Suite(figures, float(1 - said[np.arange(len(truth)), truth].mean()))


def frozen_folds(world: World) -> list[np.ndarray]:
    """The places of the first examples in folds, some of each label in each."""
    order = world.start[np.argsort(world.truth[world.start], kind="stable")]
    return [order[number::FOLDS] for number in range(FOLDS)]


def _said(
    world: World,
    seen: np.ndarray,
    within: Callable[[Sequence[int]], np.ndarray],
    graph: Graph,
    taught: Taught,
    most: int,
    fold: np.ndarray,
) -> np.ndarray:
    """What a head says of a fold that learned nothing of it: [n_fold, n_labels]."""
    out = set(fold.tolist())
    rest = {place: label for place, label in taught.known.items() if place not in out}
    places, labels = within(list(rest)), np.array(list(rest.values()))
    vectors = world.vectors[seen]
    believed = spread(graph, places, labels, len(world.names))
    chosen, found = plain_examples(believed, places, labels, most, within(sorted(taught.held | out)))
    model = fit_vectors(vectors[chosen], found.tolist(), QUICK_STEPS)
    said = np.zeros((len(fold), len(world.names)))
    said[:, model.classes_] = model.predict_proba(world.vectors[fold])
    return said
