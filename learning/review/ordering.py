"""In which order reviewers are asked: by priority, and within one by what an answer settles.

All messages that are known or asked about are joined to those like them (`learning.labels.graph`). What is
known flows along; the item is asked next whose answer takes most doubt away, its own and that around it
(`learning.labels.choice`). Each message counts for the conversations that it stands for. Items of other kinds
than labels stand for whole clusters, or for a complaint: they come first in their priority, those of most
conversations first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from learning.labels.choice import choose
from learning.labels.examples import believe
from learning.labels.graph import Graph, build_graph
from learning.labels.learner import QUICK_STEPS
from learning.learned import LABEL
from learning.review.item import Encode, Item
from learning.review.words import normalised

# After so many answers the queue is put in order anew.
AT_ONCE = 10


@dataclass(frozen=True)
class Ordering:
    """Which messages are alike.

    Attributes:
        places: of texts, normalised, among the messages.
        graph: of those.
        vectors: [n, dim] theirs.
    """

    places: Mapping[str, int]
    graph: Graph
    vectors: np.ndarray

    def knows(self, items: Iterable[Item]) -> bool:
        """Whether the labels among some items can be put in order."""
        return all(normalised(item.text) in self.places for item in items if item.kind == LABEL)


def ordering_of(texts: Iterable[str], encode: Encode) -> Ordering:
    """Joins texts to those like them.

    Args:
        texts: of items, and of what is labelled.
        encode: texts to unit vectors, [n_texts, dim].
    """
    different = list({normalised(text): text for text in texts}.items())
    vectors = np.asarray(encode([text for _, text in different])) if different else np.zeros((0, 1))
    places = {plain: place for place, (plain, _) in enumerate(different)}
    return Ordering(places, build_graph(vectors), vectors)


def next_items(
    waiting: Sequence[Item],
    ordering: Ordering | None,
    known: Iterable[tuple[str, str]] = (),
    count: int = AT_ONCE,
    last: Collection[str] = (),
) -> list[Item]:
    """The items that are asked about next.

    Args:
        waiting: undecided items; of equal ones the first comes first.
        ordering: of the labels' texts among them, and of what is known; without it conversations alone tell.
        known: texts with their intents; those that the ordering lacks say nothing.
        count: how many items.
        last: ids of items that come after all others, as those that the reviewer skipped.
    """
    believed = None if ordering is None else _believed(ordering, known)
    chosen: list[Item] = []
    for block in _blocks(waiting, last):
        chosen += [item for item in block if item.kind != LABEL]
        labels = [item for item in block if item.kind == LABEL]
        if len(chosen) >= count:
            break
        if ordering is None or believed is None or len(labels) < 2:
            chosen += labels
        else:
            chosen += _telling(labels, ordering, believed, count - len(chosen))
    return chosen[:count]


def _blocks(waiting: Sequence[Item], last: Collection[str]) -> list[list[Item]]:
    """Items as urgent as each other, the most urgent first; what more conversations hold first in each."""
    by_urgency: dict[tuple[bool, int], list[Item]] = {}
    for item in sorted(waiting, key=lambda one: -one.conversations):
        by_urgency.setdefault((item.id in last, -item.priority), []).append(item)
    return [by_urgency[urgency] for urgency in sorted(by_urgency)]


def _telling(labels: Sequence[Item], ordering: Ordering, believed: np.ndarray, count: int) -> list[Item]:
    """Those whose answer settles most; of items with the same text the later ones follow."""
    at: dict[int, list[Item]] = {}
    for item in labels:
        at.setdefault(ordering.places[normalised(item.text)], []).append(item)
    weights = np.ones(len(ordering.places), np.float32)
    for place, items in at.items():
        weights[place] = sum(max(1, item.conversations) for item in items)
    found = choose(ordering.graph, believed, sorted(at), count, weights=weights)
    return [item for place in found for item in at[place]][:count]


def _believed(ordering: Ordering, known: Iterable[tuple[str, str]]) -> np.ndarray:
    """[n, n_intents] what each message means, as far as is known."""
    labelled = {ordering.places.get(normalised(text)): intent for text, intent in known}
    labelled.pop(None, None)
    names = sorted(set(labelled.values()))
    places = np.array(list(labelled), int)
    labels = np.array([names.index(intent) for intent in labelled.values()], int)
    return believe(ordering.graph, ordering.vectors, places, labels, max(1, len(names)), QUICK_STEPS)
