"""Whether a new model does worse than the one before, told at any moment: looking often fools nobody.

Conversations are sent to the new model at random with a known probability. So of the conversations in which
something goes wrong, it should have that share. An e-value weighs how much better they are explained
by a greater share: it exceeds 1/α with probability α at most, however often one looks (Ville's inequality;
Ramdas and others 2023). A mixture over all greater shares makes it (the truncated beta distribution).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaln
from scipy.stats import binomtest, norm

from learning.rollout.served import within
from learning.turn import DOWN, Turn

FALLBACKS = ("nlu_fallback", "utter_dont_know", "utter_dont_know_offer")
ERRORS = ("utter_action_failed",)
# Counts of conversations that chance explains with less than this were not drawn as they should.
_UNLIKELY = 0.001


@dataclass(frozen=True)
class Outcome:
    """What happened in a conversation.

    Attributes:
        new: whether the new model answered in it.
        bad: names of the guards for which it went wrong.
        at: when it began, in seconds since the epoch.
        channel: where it came in.
    """

    new: bool
    bad: frozenset[str]
    at: float = 0.0
    channel: str = ""


def guards(slow_seconds: float) -> dict[str, Callable[[Turn], bool]]:
    """What must not become more frequent, by name: whether it happened in a turn."""
    return {
        "fallback": lambda turn: turn.routed in FALLBACKS or any(r in FALLBACKS for r in turn.responses),
        "repeat": lambda turn: turn.repeat_tier >= 2,
        "handover": lambda turn: turn.handed_over,
        "thumb down": lambda turn: turn.feedback == DOWN,
        "error": lambda turn: any(name in ERRORS for name in turn.responses) or not turn.reply,
        "slow": lambda turn: turn.seconds > slow_seconds,
    }


def outcomes(
    conversations: Iterable[Sequence[Turn]],
    new: str,
    old: str,
    served: Sequence[Sequence[float]],
    slow_seconds: float,
) -> list[Outcome]:
    """What happened while both models answered.

    Conversations that had begun before, or with a third model, are not compared.

    Args:
        conversations: turns of each, in order.
        new, old: ids by which turns name the models.
        served: when both answered: beginnings and ends, in seconds since the epoch.
        slow_seconds: a longer turn is slow.
    """
    found = []
    watched = guards(slow_seconds)
    for turns in conversations:
        answered = [turn for turn in turns if not turn.by_person and turn.model]
        models = {turn.model for turn in answered}
        if not answered or not models <= {new, old} or turns[0].number > 1:
            continue
        if within(served, turns[0].at):
            bad = frozenset(name for name, happened in watched.items() if any(map(happened, answered)))
            found.append(Outcome(new in models, bad, turns[0].at, turns[0].channel))
    return sorted(found, key=lambda outcome: outcome.at)


def as_drawn(seen: Sequence[Outcome], share: float) -> tuple[list[Outcome], list[str]]:
    """Outcomes of the channels whose conversations were drawn as they should, and the other channels.

    A channel that names nobody in its requests gives all conversations to one side. Counted with the others
    it would make that side look bad (a sample ratio mismatch).
    """
    sides: dict[str, list[bool]] = {}
    for one in seen:
        sides.setdefault(one.channel, []).append(one.new)
    odd = [
        name for name, new in sorted(sides.items()) if binomtest(sum(new), len(new), share).pvalue < _UNLIKELY
    ]
    return [one for one in seen if one.channel not in odd], odd


def evidence_against(new: int, both: int, share: float, tolerance: float = 1.0) -> float:
    """E-value of "it goes wrong more often with the new model".

    Args:
        new: bad conversations of the new model.
        both: bad conversations of both sides.
        share: of all conversations that the new model gets (0–1), the same since it began.
        tolerance: so many times as often is no harm.

    Returns:
        How many times likelier the counts are if it does; from 1/α on it is shown, α the risk of error.
    """
    fair = share * tolerance / (share * tolerance + 1 - share)
    good = both - new
    prior = 1 - betainc(1, 1, fair)
    beyond = 1 - betainc(new + 1, good + 1, fair)
    log_mixture = betaln(new + 1, good + 1) + np.log(max(beyond, 1e-300)) - np.log(prior)
    return float(np.exp(min(log_mixture - new * np.log(fair) - good * np.log1p(-fair), 700)))


def evidence_for(new: int, both: int, share: float, tolerance: float) -> float:
    """E-value of "it goes wrong less than `tolerance` times as often with the new model"."""
    return evidence_against(both - new, both, 1 - share, 1 / tolerance)


@dataclass(frozen=True)
class Lift:
    """By how much the share of conversations without trouble differs, with the bounds of its 95% interval."""

    value: float
    low: float
    high: float


def lift(seen: Sequence[Outcome], guard: str = "") -> Lift:
    """Share without a trouble, or without any: new model less the one before (Newcombe 1998, method 10)."""
    sides = [
        [guard not in one.bad if guard else not one.bad for one in seen if one.new == side]
        for side in (True, False)
    ]
    if not all(sides):
        return Lift(0.0, -1.0, 1.0)
    (p, low, high), (q, other_low, other_high) = (_wilson(sum(good), len(good)) for good in sides)
    below = float(np.hypot(p - low, other_high - q))
    above = float(np.hypot(high - p, q - other_low))
    return Lift(p - q, p - q - below, p - q + above)


def _wilson(good: int, count: int) -> tuple[float, float, float]:
    """A share with its 95% interval."""
    z, p = float(norm.ppf(0.975)), good / count
    middle, width = p + z * z / (2 * count), z * np.sqrt(p * (1 - p) / count + z * z / (4 * count**2))
    scale = 1 + z * z / count
    return p, float((middle - width) / scale), float((middle + width) / scale)


def counts(seen: Sequence[Outcome], names: Iterable[str]) -> Mapping[str, tuple[int, int]]:
    """Bad conversations by guard: with the new model, and with both."""
    return {
        name: (
            sum(one.new and name in one.bad for one in seen),
            sum(name in one.bad for one in seen),
        )
        for name in names
    }
