"""Votes on what a turn means: what the model said then, the labelled examples around it, and a generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from learning.labels.graph import build_graph, spread
from learning.labels.votes import Generator, Known, Vote, votes_for
from learning.review.item import Encode
from learning.turn import Turn

CUSTOMER = "customer"

# Votes of each of some turns.
Votes = Callable[[Sequence[Turn]], list[list[Vote]]]


class _Said:
    """What the model made of turns when they came, as a classifier of their texts."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._rankings = [dict(turn.ranking) for turn in turns]
        self.names = sorted({name for ranking in self._rankings for name in ranking})

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """[n_turns, n_names] of those turns, in their order."""
        rows = [[ranking.get(name, 0.0) for name in self.names] for ranking in self._rankings]
        return np.array(rows).reshape(len(texts), len(self.names))


def votes_on_turns(
    encode: Encode, examples: Sequence[tuple[str, str]], generator: Generator | None = None
) -> Votes:
    """What votes on turns.

    Args:
        encode: texts to unit vectors, [n_texts, dim].
        examples: texts with their intents.
        generator: a language model that picks an intent.
    """
    texts, labels = [text for text, _ in examples], [intent for _, intent in examples]
    known = Known(texts, labels, np.asarray(encode(texts)) if texts else np.zeros((0, 1)))

    def votes(turns: Sequence[Turn]) -> list[list[Vote]]:
        if not turns:
            return []
        said = [turn.text for turn in turns]
        vectors = np.asarray(encode(said))
        return votes_for(said, vectors, known, _Said(turns), _spread(known, vectors), generator)

    return votes


def _spread(known: Known, vectors: np.ndarray) -> tuple[list[str], np.ndarray] | None:
    """Names of intents, and their shares of each message [n_messages, n_names]."""
    if not len(known.texts):
        return None
    names = sorted(set(known.labels))
    labels = np.array([names.index(label) for label in known.labels])
    graph = build_graph(np.concatenate([known.vectors, vectors]))
    found = spread(graph, np.arange(len(labels)), labels, len(names))
    return names, found[len(labels) :]


def by_customer(turn: Turn, following: Turn | None) -> Vote | None:
    """What the customer meant, where the next message says so in other words."""
    if following is None or following.is_button or not following.intent:
        return None
    if following.intent == turn.intent:
        return None
    why = f"the customer went on with {following.text[:60]!r}"
    return Vote(CUSTOMER, following.intent, following.confidence, why)
