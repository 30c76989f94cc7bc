"""What a message means, by voters that do not know of each other, and how far to trust their agreement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from learning.labels.learner import Classifier

HEAD, NEIGHBOURS, SPREAD, GENERATOR = "head", "neighbours", "spread", "generator"
# A voter that says nothing of how sure it is counts like one that is right three times of four.
UNSTATED = 0.75
# The nearest messages that vote, and how fast a vote loses weight with distance.
NEAREST, SHARPNESS = 5, 8
# A level is evaluated on so many known labels or not at all.
ENOUGH = 30
# What a generator says where no label that it was shown fits; no label is called so, for it has spaces.
NONE = "none of these"
# What a generator makes of a text: one of the labels, or `NONE`; anything else, and it does not vote.
Generator = Callable[[str, Sequence[str]], str | None]
# It is shown so many of the head's likeliest labels, and those of the nearest messages.
_LIKELY = 3


@dataclass(frozen=True)
class Vote:
    """What one voter says; `confidence` is 0–1."""

    voter: str
    label: str
    confidence: float
    why: str


@dataclass(frozen=True)
class Consensus:
    """What the voters say together.

    Attributes:
        label: the one with most confidence behind it; empty if nobody voted.
        agreement: 0–1, the share of confidence behind it; a probability only once `calibrated`.
        why: for a reviewer.
    """

    label: str
    agreement: float
    why: str


@dataclass(frozen=True)
class Known:
    """Messages whose label is known: texts, labels, and vectors [n, dim] of unit length."""

    texts: Sequence[str]
    labels: Sequence[str]
    vectors: np.ndarray


def votes_for(
    texts: Sequence[str],
    vectors: np.ndarray,
    known: Known,
    head: Classifier | None = None,
    spread: tuple[Sequence[str], np.ndarray] | None = None,
    generator: Generator | None = None,
) -> list[list[Vote]]:
    """Asks all voters about each message.

    Args:
        texts: n messages.
        vectors: [n, dim] theirs, unit length.
        known: messages whose label is known, none of them among `texts`.
        head: the classifier in use.
        spread: names of labels, and their shares [n, n_names] as `graph.spread` gives them.
        generator: a language model that picks a label; it is shown the likeliest ones of the others.
    """
    votes: list[list[Vote]] = [[] for _ in texts]
    shown: list[list[str]] = [[] for _ in texts]
    if head is not None:
        rows = head.probabilities(texts)
        _add(votes, [_likeliest(HEAD, head.names, row) for row in rows])
        _show(
            shown, [[head.names[place] for place in np.argsort(-row)[:_LIKELY] if row[place]] for row in rows]
        )
    if len(known.texts):
        nearest = vectors @ known.vectors.T
        _add(votes, [_of_nearest(row, known) for row in nearest])
        _show(shown, [[known.labels[place] for place in _nearest(row)] for row in nearest])
    if spread is not None:
        _add(votes, [_likeliest(SPREAD, spread[0], row) for row in spread[1]])
    if generator is not None:
        _show(shown, [[vote.label for vote in some] for some in votes])
        _add(votes, [_generated(text, some, generator) for text, some in zip(texts, shown)])
    return votes


def consensus(votes: Sequence[Vote]) -> Consensus:
    """What voters say together, with reasons in words; `NONE` is no label, but speaks against all of them."""
    behind: dict[str, float] = {}
    for vote in votes:
        if vote.label != NONE:
            behind[vote.label] = behind.get(vote.label, 0.0) + vote.confidence
    if not behind:
        return Consensus("", 0.0, "nobody voted")
    label = max(sorted(behind), key=lambda name: behind[name])
    same = [vote for vote in votes if vote.label == label]
    reasons = "; ".join(vote.why for vote in same if vote.why)
    others = sorted({vote.label for vote in votes} - {label})
    against = f"; others: {', '.join(others)}" if others else ""
    agreement = behind[label] / len(votes)
    return Consensus(label, agreement, f"{len(same)} of {len(votes)} votes; {reasons}{against}")


def calibrated(agreements: Sequence[float], right: Sequence[bool]) -> Callable[[float], float]:
    """From an agreement to the probability that its label is right, as it was on known labels.

    Args:
        agreements: of messages whose label is known, by votes that did not know it.
        right: whether each was the known label.

    Returns:
        A rising function (isotonic regression); with fewer than `ENOUGH` labels what comes out goes in.
    """
    if len(agreements) < ENOUGH or len(set(right)) < 2:
        return lambda agreement: agreement
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(np.asarray(agreements, float), np.asarray(right, float))
    return lambda agreement: float(model.predict([agreement])[0])


def evaluated_level(
    agreements: Sequence[float], right: Sequence[bool], wanted: float, enough: int = ENOUGH
) -> float | None:
    """The lowest agreement from which on so many labels were right: what may be accepted without a reviewer.

    Args:
        agreements: of messages whose label is known, by votes that did not know it.
        right: whether each was the known label.
        wanted: share (0–1) that must have been right.
        enough: of so many messages at least.

    Returns:
        None if no level is good enough, or too few labels are known to say.
    """
    if not 0 < wanted <= 1:
        raise ValueError(f"The share that must be right is {wanted}: give one above 0 and up to 1.")
    order = np.argsort(-np.asarray(agreements, float), kind="stable")
    levels, hits = np.asarray(agreements, float)[order], np.asarray(right, bool)[order]
    shares = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    # A level takes all messages with the same agreement, not the first few of them.
    last = np.append(levels[1:] < levels[:-1], True) if len(levels) else np.zeros(0, bool)
    good = np.flatnonzero(last & (shares >= wanted) & (np.arange(1, len(hits) + 1) >= enough))
    return float(levels[good[-1]]) if len(good) else None


def _add(votes: list[list[Vote]], found: Sequence[Vote | None]) -> None:
    for some, vote in zip(votes, found):
        if vote is not None:
            some.append(vote)


def _show(shown: list[list[str]], more: Sequence[Sequence[str]]) -> None:
    for some, labels in zip(shown, more):
        some.extend(label for label in labels if label not in some)


def _likeliest(voter: str, names: Sequence[str], row: np.ndarray) -> Vote | None:
    """A voter without an opinion gives all labels nothing: it does not vote."""
    if not row.any():
        return None
    best = int(row.argmax())
    return Vote(voter, names[best], float(row[best]), f"{voter} {row[best]:.2f}")


def _nearest(likenesses: np.ndarray) -> np.ndarray:
    return np.argsort(-likenesses, kind="stable")[:NEAREST]


def _of_nearest(likenesses: np.ndarray, known: Known) -> Vote:
    nearest = _nearest(likenesses)
    weights = np.clip(likenesses[nearest].astype(np.float64), 1e-6, 1) ** SHARPNESS
    behind: dict[str, float] = {}
    for place, weight in zip(nearest, weights):
        behind[known.labels[place]] = behind.get(known.labels[place], 0.0) + float(weight)
    label = max(sorted(behind), key=lambda name: behind[name])
    first = next(place for place in nearest if known.labels[place] == label)
    # Neighbours that agree far away say less than one that is near.
    sure = behind[label] / sum(behind.values()) * float(np.clip(likenesses[first], 0, 1))
    return Vote(NEIGHBOURS, label, sure, f"nearest: {known.texts[first][:60]!r} {likenesses[first]:.2f}")


def _generated(text: str, shown: Sequence[str], generator: Generator) -> Vote | None:
    label = generator(text, shown) if shown else None
    return Vote(GENERATOR, label, UNSTATED, GENERATOR) if label and label in (*shown, NONE) else None
