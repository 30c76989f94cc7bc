"""Intents that are missing: messages that say the same, as clusters with a name and examples.

How many clusters there are is found, not told. Vectors are brought to fewer dimensions, Ward's clustering
gives every number of clusters at once, a few steps of spherical k-means mend each. The likeness within
clusters (silhouette, Rousseeuw 1987) rises with their number for as long as there are paraphrases to part,
so the smallest number that comes near the best is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import silhouette_score

from learning.labels.naming import name_clusters

PHRASES = Path(__file__).with_name("phrases.yml")
# Chosen on one half of a file of insurance messages and on parts of two sets of labelled ones
# (docs/experiments.md).
DIMENSIONS = 50
NEAR_THE_BEST = 0.95
# A cluster has so many messages on average, or more.
FEWEST_A_CLUSTER = 10
# Fewer messages do not tell how many clusters there are: those that lie together (cosine distance, mean
# over pairs) are one.
FEW, TOGETHER = 60, 0.65
NUMBERS_TRIED = 30
MENDING_STEPS = 8
# The distances of so many messages take 200 MB; further ones go to the nearest cluster.
MOST_COMPARED = 5_000
EXAMPLES = 5


@dataclass(frozen=True)
class Cluster:
    """Messages that say the same.

    Attributes:
        name: its telling words, joined with "_": a proposal for an intent's name.
        members: places of the messages, the most central first.
        examples: places of the most central ones whose words differ.
    """

    name: str
    members: tuple[int, ...]
    examples: tuple[int, ...]


def matter(text: str) -> str:
    """A message without the greeting that opens it; one that is nothing else stays as it is."""
    rest = _openings().sub("", text.strip())
    return rest if len(rest.split()) > 1 else text


def discover(
    texts: Sequence[str], vectors: np.ndarray, fewest: int = 3, examples: int = EXAMPLES, seed: int = 0
) -> list[Cluster]:
    """Finds groups of messages that say the same.

    Args:
        texts: n messages.
        vectors: [n, dim] of what `matter` leaves of each.
        fewest: smaller groups are left out.
        examples: how many messages stand for a cluster.
        seed: which messages are compared where there are too many.

    Returns:
        Clusters, the largest first.

    Raises:
        ValueError: not as many vectors as texts.
    """
    if len(texts) != len(vectors):
        raise ValueError(f"{len(texts)} texts and {len(vectors)} vectors: each text needs its own.")
    labels, likeness = assign(vectors, seed)
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    groups = [group[np.argsort(-likeness[group], kind="stable")] for group in groups]
    groups = sorted((group for group in groups if len(group) >= fewest), key=lambda group: -len(group))
    names = name_clusters([[matter(texts[place]) for place in group] for group in groups])
    return [
        Cluster(name, tuple(group.tolist()), _examples(texts, group.tolist(), examples))
        for name, group in zip(names, groups)
    ]


def assign(vectors: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Cluster of each message [n], from 0 on, and its likeness (cosine) to the cluster's middle."""
    count = len(vectors)
    if count < FEW:
        return _assign_few(vectors)
    reduced = _reduced(vectors)
    some = np.sort(np.random.default_rng(seed).permutation(count)[:MOST_COMPARED])
    centres = _centres_of_best(reduced[some])
    likenesses = reduced @ centres.T
    labels = np.unique(likenesses.argmax(1), return_inverse=True)[1]
    return labels, likenesses.max(1)


def _assign_few(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    unit = _unit(vectors)
    if len(unit) < 2:
        return np.zeros(len(unit), int), np.ones(len(unit))
    labels = fcluster(linkage(unit, "average", metric="cosine"), TOGETHER, "distance") - 1
    middles = _unit(np.stack([unit[labels == label].mean(0) for label in range(labels.max() + 1)]))
    return labels, (unit * middles[labels]).sum(1)


def _centres_of_best(vectors: np.ndarray) -> np.ndarray:
    """[n_clusters, dim] middles of the smallest number of clusters that comes near the best silhouette."""
    tree, distances = linkage(vectors, "ward"), squareform(pdist(vectors, "cosine"))
    tried = []
    for number in _numbers(len(vectors)):
        centres = _mended(vectors, fcluster(tree, number, "maxclust"))
        labels = (vectors @ centres.T).argmax(1)
        if len(np.unique(labels)) > 1:
            tried.append((float(silhouette_score(distances, labels, metric="precomputed")), centres))
    if not tried:
        return _unit(vectors.mean(0, keepdims=True))
    best = max(score for score, _ in tried)
    return next(centres for score, centres in tried if score >= NEAR_THE_BEST * best)


def _numbers(count: int) -> list[int]:
    """Numbers of clusters that are tried, closer together where they are small."""
    return (
        np.unique(np.geomspace(2, max(3, count / FEWEST_A_CLUSTER), NUMBERS_TRIED).round())
        .astype(int)
        .tolist()
    )


def _mended(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Middles after a few steps of spherical k-means: Ward's early merges are never undone otherwise."""
    centres = _middles(vectors, labels)
    for _ in range(MENDING_STEPS):
        centres = _middles(vectors, (vectors @ centres.T).argmax(1))
    return centres


def _middles(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return _unit(np.stack([vectors[labels == label].mean(0) for label in np.unique(labels)]))


def _reduced(vectors: np.ndarray) -> np.ndarray:
    """Principal components, unit length: what all messages share, and what few do, is left out."""
    centred = vectors - vectors.mean(0)
    _, _, axes = np.linalg.svd(centred[:MOST_COMPARED], full_matrices=False)
    return _unit(centred @ axes[:DIMENSIONS].T)


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _examples(texts: Sequence[str], members: Sequence[int], count: int) -> tuple[int, ...]:
    """The most central messages, none the same as another but for greeting and case."""
    first = {matter(texts[place]).lower().strip(" .!?"): place for place in reversed(members)}
    wanted = set(first.values())
    return tuple([place for place in members if place in wanted][:count])


@lru_cache(maxsize=1)
def _openings() -> re.Pattern[str]:
    found: Iterator[str] = iter(yaml.safe_load(PHRASES.read_text(encoding="utf-8"))["openings"])
    return re.compile(rf"^(?:(?:{'|'.join(found)})\b[\s,.!?-]*)+", re.IGNORECASE)
