"""Figures of two models on the same messages, and how likely their difference is mere chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

BINS = 15
_RESAMPLES, _SEED = 1_000, 7


@dataclass(frozen=True)
class Reading:
    """What a model makes of a message.

    Attributes:
        text: the message.
        expected: the right intent; empty where nobody said.
        ranked: the intent that it holds for likeliest.
        confidence: that this is right (0–1).
        routed: the intent that would be acted on; may be one like `nlu_fallback`.
        language: two letters.
    """

    text: str
    expected: str
    ranked: str
    confidence: float
    routed: str = ""
    language: str = ""

    @property
    def right(self) -> bool:
        """Whether the likeliest intent is the right one."""
        return self.ranked == self.expected


def chance_of_worse(losses: int, gains: int) -> float:
    """The probability of so many losses or more, if losses and gains were equally likely.

    McNemar's test, exact and one-sided: of messages that both models read alike nothing can be told.

    Args:
        losses: cases that only the stable model has right.
        gains: cases that only the candidate has right.
    """
    return float(binom.sf(losses - 1, losses + gains, 0.5)) if losses else 1.0


def losses_and_gains(stable: Sequence[bool], candidate: Sequence[bool]) -> tuple[int, int]:
    """How many cases only the stable model has right, and how many only the candidate."""
    pairs = list(zip(stable, candidate, strict=True))
    return sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)


def share(values: Sequence[bool]) -> float:
    """Share of yes (0–1); of nothing 0."""
    return sum(values) / len(values) if values else 0.0


def calibration_error(readings: Sequence[Reading]) -> float:
    """Expected calibration error: mean gap between confidence and accuracy, 15 equal bins (0–1)."""
    return _error(*_arrays(readings))


def rise_of_calibration_error(
    stable: Sequence[Reading], candidate: Sequence[Reading]
) -> tuple[float, float, float]:
    """How much the calibration error rises, with the bounds of its 90% interval (paired bootstrap)."""
    (confident, right), (other_confident, other_right) = _arrays(stable), _arrays(candidate)
    if not len(right):
        return 0.0, 0.0, 0.0
    random = np.random.default_rng(_SEED)
    rises = []
    for _ in range(_RESAMPLES):
        rows = random.integers(len(right), size=len(right))
        rises.append(_error(other_confident[rows], other_right[rows]) - _error(confident[rows], right[rows]))
    low, high = np.quantile(rises, [0.05, 0.95])
    return calibration_error(candidate) - calibration_error(stable), float(low), float(high)


def _arrays(readings: Sequence[Reading]) -> tuple[np.ndarray, np.ndarray]:
    """Confidences and whether they were right, both [n]."""
    return (
        np.array([reading.confidence for reading in readings], float),
        np.array([reading.right for reading in readings], float),
    )


def _error(confidences: np.ndarray, right: np.ndarray) -> float:
    if not len(right):
        return 0.0
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    gaps = np.bincount(places, confidences - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(right))
