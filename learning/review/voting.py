"""Votes on what a message means: the head's own ranking, and the labelled examples next to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from learning.review.item import Consensus, Encode, Vote, VoteLike
from learning.turn import Turn

HEAD, NEIGHBOURS, CUSTOMER = "head", "neighbours", "customer"
_NEAREST = 5

# Votes of each of some turns.
Votes = Callable[[Sequence[Turn]], Sequence[Sequence[VoteLike]]]


def simple_votes(encode: Encode, examples: Sequence[tuple[str, str]]) -> Votes:
    """Votes of the head and of the nearest of some labelled examples (text, intent)."""
    known = np.asarray(encode([text for text, _ in examples])) if examples else np.zeros((0, 1))

    def votes(turns: Sequence[Turn]) -> list[list[Vote]]:
        found = [[_by_head(turn)] if turn.ranking else [] for turn in turns]
        if len(known) and turns:
            likeness = np.asarray(encode([turn.text for turn in turns])) @ known.T
            for mine, row in zip(found, likeness, strict=True):
                mine.append(_by_neighbours(row, examples))
        return found

    return votes


def consensus(votes: Sequence[VoteLike]) -> Consensus:
    """The label with the most confidence behind it, as a share of what all voters could have given."""
    if not votes:
        return Consensus("", 0.0, "nobody voted")
    weights: dict[str, float] = defaultdict(float)
    for vote in votes:
        weights[vote.label] += vote.confidence
    label = max(weights, key=lambda name: (weights[name], name))
    behind = sum(vote.label == label for vote in votes)
    return Consensus(label, weights[label] / len(votes), f"{behind} of {len(votes)} votes")


def by_customer(turn: Turn, following: Turn | None) -> Vote | None:
    """What the customer meant, where the next message says so in other words."""
    if following is None or following.is_button or not following.intent:
        return None
    if following.intent == turn.intent:
        return None
    why = f"the customer went on with {following.text[:60]!r}"
    return Vote(CUSTOMER, following.intent, following.confidence, why)


def _by_head(turn: Turn) -> Vote:
    label, confidence = turn.ranking[0]
    return Vote(HEAD, label, confidence, f"understood as {label} at {confidence:.2f}")


def _by_neighbours(likeness: np.ndarray, examples: Sequence[tuple[str, str]]) -> Vote:
    nearest = np.argsort(-likeness)[:_NEAREST]
    weights: dict[str, float] = defaultdict(float)
    for place in nearest:
        weights[examples[place][1]] += max(0.0, float(likeness[place])) ** 8
    label = max(weights, key=lambda name: (weights[name], name))
    share = weights[label] / (sum(weights.values()) or 1.0)
    best = next(place for place in nearest if examples[place][1] == label)
    # Neighbours that agree but are far away say little.
    sure = share * max(0.0, min(1.0, float(likeness[best])))
    return Vote(NEIGHBOURS, label, sure, f"nearest: {examples[best][0][:60]!r} {likeness[best]:.2f}")
