"""What to train on: the answers of reviewers, and messages beside them whose label is plain."""

from __future__ import annotations

import numpy as np

from learning.labels.graph import Graph, margins, spread
from learning.labels.learner import STEPS, fit_vectors

# By so much the first label must lead before a message counts as labelled: two in three do, 95% of them
# rightly (docs/experiments.md).
MARGIN = 0.3
_LEAST = 1e-6


def believe(
    graph: Graph, vectors: np.ndarray, places: np.ndarray, labels: np.ndarray, count: int, steps: int = STEPS
) -> np.ndarray:
    """What messages mean, by labels that spread and by a classifier trained on those that are known.

    Args:
        graph: of n messages.
        vectors: [n, dim] theirs, unit length.
        places: of the messages whose label is known.
        labels: theirs, whole numbers from 0.
        count: how many labels there are.
        steps: of the classifier's fit.

    Returns:
        [n, count] shares that add up to 1, or zeros.
    """
    there = spread(graph, places, labels, count)
    if len(np.unique(labels)) < 2:
        return there
    return agreed(there, classify(vectors, places, labels, count, steps))


def classify(
    vectors: np.ndarray, places: np.ndarray, labels: np.ndarray, count: int, steps: int = STEPS
) -> np.ndarray:
    """[n, count] probabilities by a classifier trained on the messages at some places; two labels or more."""
    model = fit_vectors(vectors[places], labels.tolist(), steps)
    found = np.zeros((len(vectors), count))
    found[:, model.classes_] = model.predict_proba(vectors)
    return found


def agreed(spread: np.ndarray, classified: np.ndarray) -> np.ndarray:
    """What spread labels and a classifier trained on the answers alone say together: [n, n_labels].

    Spread labels know more: the classifier counts half (the root of its odds).
    """
    together = spread * np.sqrt(classified + _LEAST)
    result: np.ndarray = together / np.maximum(together.sum(1, keepdims=True), 1e-12)
    return result


def plain_examples(
    believed: np.ndarray, places: np.ndarray, labels: np.ndarray, most: int, held_back: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Messages to train on, with their labels.

    Args:
        believed: [n, n_labels] what is believed of each message.
        places: of the messages whose label is known; they count as they were answered.
        labels: theirs.
        most: so many messages a label at most, those that were answered and then any that are plain: the
            plainest alone would be paraphrases of one.
        held_back: places of messages that are not trained on.

    Returns:
        Places, and their labels.
    """
    certain = margins(believed) >= MARGIN
    certain[places] = False
    certain[held_back] = False
    guessed = believed.argmax(1)
    chosen, found = [places], [labels]
    for label in range(believed.shape[1]):
        room = max(0, most - int((labels == label).sum()))
        some = np.flatnonzero(certain & (guessed == label))
        some = np.random.default_rng(label).permutation(some)[:room]
        chosen.append(some)
        found.append(np.full(len(some), label))
    return np.concatenate(chosen), np.concatenate(found)
