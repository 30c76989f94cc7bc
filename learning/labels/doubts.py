"""Answers of reviewers that are probably wrong: two witnesses that do not know the answer say otherwise.

One is a classifier trained on the other examples (confident learning, Northcutt et al. 2021), the other is
what labels spread to the message when its own is taken away. A doubt is no verdict: the message is shown to
somebody again, or held back from training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learning.labels.graph import Graph, spread_without
from learning.labels.learner import held_out_probabilities

# A witness that gives a label no chance at all may be wrong, too.
_LEAST = 1e-4


@dataclass(frozen=True)
class Doubt:
    """An answer that is probably wrong.

    Attributes:
        position: of the answer among those that were judged.
        label: what the reviewer said.
        instead: what both witnesses together prefer.
        strength: 0 (the answer is what they prefer) or more: the log of the odds against it.
    """

    position: int
    label: int
    instead: int
    strength: float


def find_doubts(
    graph: Graph,
    vectors: np.ndarray,
    places: np.ndarray,
    labels: np.ndarray,
    count: int,
    judged: Sequence[int],
) -> list[Doubt]:
    """Judges answers by what all the others say.

    Args:
        graph: of n messages.
        vectors: [n, dim] of the messages.
        places: of the messages whose label is known.
        labels: theirs, whole numbers from 0.
        count: how many labels there are.
        judged: positions in `places` of the answers in question.

    Returns:
        Those whose label the witnesses do not prefer, the most doubtful first.
    """
    some = np.asarray(judged, int)
    if not len(some):
        return []
    spread = spread_without(graph, places, labels, count, some.tolist())
    held_out = held_out_probabilities(vectors[places], labels, count)[some]
    logs = np.log(spread + _LEAST) + np.log(held_out + _LEAST)
    # Each witness may be sure of a label of its own: both odds count, not those of the best compromise.
    strengths = sum(np.log(one + _LEAST).max(1) for one in (spread, held_out))
    strengths = strengths - logs[np.arange(len(some)), labels[some]]
    found = [
        Doubt(int(position), int(labels[position]), int(best), float(strength))
        for position, best, strength in zip(some, logs.argmax(1), strengths)
        if strength > 0 and best != labels[position]
    ]
    return sorted(found, key=lambda doubt: -doubt.strength)
