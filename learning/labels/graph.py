"""Labels that spread from messages that were reviewed to those that are alike (Zhou et al. 2004).

Every message is joined to its nearest neighbours; a label flows along the edges and comes back in part. Where
few labels are known, this says more of the others than a classifier that was trained on the few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags

# Chosen on training messages alone (docs/experiments.md).
NEIGHBOURS, SHARPNESS = 10, 8
# The share of a label that flows on with each step, and the steps that are made: what is left after them is
# 0.9 to the 40th, little more than a hundredth.
FLOW, STEPS = 0.9, 40
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Graph:
    """Which messages are alike.

    Attributes:
        edges: [n, n] sparse, symmetric, scaled by the degrees of both ends.
        density: [n] mean likeness (cosine) of each message to its nearest neighbours.
    """

    edges: csr_matrix
    density: np.ndarray


def build_graph(vectors: np.ndarray, neighbours: int = NEIGHBOURS, sharpness: int = SHARPNESS) -> Graph:
    """Joins every message to its nearest ones.

    Args:
        vectors: [n, dim] of the messages, unit length.
        neighbours: how many.
        sharpness: the power of the likeness that weighs an edge.
    """
    count = len(vectors)
    neighbours = min(neighbours, count - 1)
    if neighbours < 1:
        return Graph(csr_matrix((count, count), dtype=np.float32), np.zeros(count, np.float32))
    places, likenesses = _nearest(vectors.astype(np.float32), neighbours)
    weights = np.clip(likenesses, 0, 1).ravel() ** sharpness
    rows = np.repeat(np.arange(count), neighbours)
    directed = csr_matrix((weights, (rows, places.ravel())), (count, count), dtype=np.float32)
    joined = directed.maximum(directed.T)
    degrees = np.asarray(joined.sum(1)).ravel()
    scale = diags((1 / np.sqrt(np.maximum(degrees, 1e-9))).astype(np.float32))
    return Graph((scale @ joined @ scale).tocsr(), likenesses.mean(1))


def spread(graph: Graph, places: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """What each message means, as told by its neighbours' neighbours.

    Args:
        graph: of n messages.
        places: of the messages whose label is known.
        labels: theirs, whole numbers from 0.
        count: how many labels there are.

    Returns:
        [n, count] shares that add up to 1; zeros for messages that no label reaches. Labels known of many
        messages do not drown the others: all have the same mass (Zhu et al. 2003).
    """
    return shares(flow(graph, _known(len(graph.density), places, labels, count)))


def spread_without(
    graph: Graph, places: np.ndarray, labels: np.ndarray, count: int, asked: Sequence[int]
) -> np.ndarray:
    """The same of some messages as if the own label of each was not known: [len(asked), count].

    Flow is a sum over known labels, so what a message sent to itself is taken away exactly.

    Args:
        graph, places, labels, count: as in `spread`.
        asked: positions in `places`.
    """
    known = _known(len(graph.density), places, labels, count)
    flowed = flow(graph, known)
    alone = np.zeros((len(graph.density), len(asked)), np.float32)
    alone[places[list(asked)], np.arange(len(asked))] = 1
    own = flow(graph, alone)
    mass = flowed.sum(0)
    result = np.zeros((len(asked), count))
    for row, position in enumerate(asked):
        place, label = places[position], labels[position]
        there, masses = flowed[place].copy(), mass.copy()
        there[label] = max(0.0, there[label] - own[place, row])
        masses[label] = max(0.0, masses[label] - own[:, row].sum())
        part = np.where(masses > 1e-6, there / np.maximum(masses, 1e-6), 0.0)
        result[row] = part / part.sum() if part.sum() > 0 else part
    return result


def flow(graph: Graph, known: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Where what is put on messages [n, m] has flowed to: [n, m]."""
    there = known
    for _ in range(steps):
        there = FLOW * (graph.edges @ there) + (1 - FLOW) * known
    return there


def shares(flowed: np.ndarray) -> np.ndarray:
    """Rows that add up to 1 of what has flowed [n, m], every column weighing the same."""
    even = flowed / np.maximum(flowed.sum(0), 1e-9)
    result: np.ndarray = even / np.maximum(even.sum(1, keepdims=True), 1e-12)
    return result


def margins(probabilities: np.ndarray) -> np.ndarray:
    """[n] by how much the first label leads the second."""
    if probabilities.shape[1] < 2:
        return probabilities.sum(1)
    best = np.partition(probabilities, -2, axis=1)
    lead: np.ndarray = best[:, -1] - best[:, -2]
    return lead


def _known(n_messages: int, places: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    known = np.zeros((n_messages, count), np.float32)
    known[places, labels] = 1
    return known


def _nearest(vectors: np.ndarray, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Places and likenesses of each message's nearest others: [n, neighbours] both."""
    parts = [_nearest_of(vectors, start, neighbours) for start in range(0, len(vectors), _ROWS_AT_ONCE)]
    return np.concatenate([places for places, _ in parts]), np.concatenate([some for _, some in parts])


def _nearest_of(vectors: np.ndarray, start: int, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    likenesses = vectors[start : start + _ROWS_AT_ONCE] @ vectors.T
    rows = np.arange(len(likenesses))
    likenesses[rows, start + rows] = -1  # nobody is a neighbour of oneself
    places = np.argpartition(-likenesses, neighbours - 1, axis=1)[:, :neighbours]
    return places, np.take_along_axis(likenesses, places, 1)
