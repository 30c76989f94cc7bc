"""Which messages to ask about next: those whose answer would settle most of what is unsure around them.

A message's worth is how unsure it is itself, and how unsure the messages are that its label would flow to.
When one is chosen, what it will settle no longer counts for the next: paraphrases are not asked twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from learning.labels.graph import Graph, flow, margins

# Fewer steps than labels take: what lies far away is settled by others.
STEPS = 15
# A message that gets a third of what the chosen one keeps of its own label counts as settled by it.
SETTLED_AT = 1 / 3


def choose(
    graph: Graph,
    probabilities: np.ndarray,
    open_places: Sequence[int],
    count: int,
    priorities: Sequence[int] | None = None,
    weights: np.ndarray | None = None,
) -> list[int]:
    """Chooses messages to ask about, the most telling first.

    Args:
        graph: of n messages.
        probabilities: [n, n_labels] what is believed of each now.
        open_places: the messages that may be asked about.
        count: how many to choose.
        priorities: of each open message, as flags have them; the highest are chosen first, whatever else.
        weights: [n] how much the doubt about each message counts; 1 if not said.

    Returns:
        Places, at most `count`.
    """
    places = np.asarray(open_places, int)
    urgency = np.zeros(len(places), int) if priorities is None else np.asarray(priorities)
    unsure = (1 - margins(probabilities)).astype(np.float32)
    unsure = unsure if weights is None else unsure * weights
    chosen: list[int] = []
    for priority in sorted(set(urgency.tolist()), reverse=True):
        block = places[urgency == priority]
        some, unsure = _choose_among(graph, unsure, block, count - len(chosen))
        chosen += some
    return chosen


def _choose_among(
    graph: Graph, unsure: np.ndarray, places: np.ndarray, count: int
) -> tuple[list[int], np.ndarray]:
    """Chooses among some places; returns them and how unsure the messages will then be."""
    free = np.zeros(len(unsure), bool)
    free[places] = True
    chosen: list[int] = []
    while len(chosen) < count and free.any():
        around = flow(graph, unsure[:, None], STEPS)[:, 0]
        place = int(np.where(free, around * np.sqrt(unsure), -1).argmax())
        chosen.append(place)
        free[place] = False
        unsure = unsure * (1 - _settled(graph, place))
    return chosen, unsure


def _settled(graph: Graph, place: int) -> np.ndarray:
    """[n] how much of each message's doubt (0–1) an answer about one takes away."""
    alone = np.zeros((len(graph.density), 1), np.float32)
    alone[place] = 1
    reached = flow(graph, alone, STEPS)[:, 0]
    settled: np.ndarray = np.clip(reached / reached[place] / SETTLED_AT, 0, 1)
    return settled
