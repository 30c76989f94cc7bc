"""What to do with a canary: go on, promote it, or roll it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from learning.rollout.guards import Lift, Outcome, counts, evidence_against, evidence_for, guards, lift

GO_ON, PROMOTE, ROLL_BACK = "go on", "promote", "roll back"
# What counts as trouble of any kind.
ANY = "any"


@dataclass(frozen=True)
class Terms:
    """When to decide.

    Attributes:
        share: of the conversations that the canary gets (0–1).
        risk: probability (0–1) that a canary which is as good is rolled back.
        tolerance: trouble may be so many times as frequent on one that is promoted.
        conversations: so many of the canary's own are needed to promote it.
        days: after so many it is decided by what is known.
        slow_seconds: a longer turn is slow.
    """

    share: float = 0.1
    risk: float = 0.05
    tolerance: float = 1.25
    conversations: int = 200
    days: float = 7.0
    slow_seconds: float = 3.0


@dataclass(frozen=True)
class Decision:
    """What to do, why, and the figures behind it.

    Attributes:
        action: `go on`, `promote` or `roll back`.
        why: in words.
        conversations: of the canary, and of the stable side.
        lift: difference in the share of conversations without trouble.
        guards: by name: bad conversations of the canary, of both, and the evidence against the canary.
    """

    action: str
    why: str
    conversations: tuple[int, int]
    lift: Lift
    guards: dict[str, tuple[int, int, float]]

    def as_json(self) -> dict[str, Any]:
        """For the registry and for programs."""
        return {
            "action": self.action, "why": self.why, "conversations": list(self.conversations),
            "lift": [round(x, 4) for x in (self.lift.value, self.lift.low, self.lift.high)],
            "guards": {name: list(values) for name, values in self.guards.items()},
        }  # fmt: skip


def decide(seen: Sequence[Outcome], terms: Terms, days: float) -> Decision:
    """Looks at a canary; may be called as often as one likes.

    Args:
        seen: what happened since it began, on both sides.
        terms: when to decide.
        days: since it began.
    """
    names = list(guards(terms.slow_seconds))
    figures = {
        name: (canary, both, evidence_against(canary, both, terms.share))
        for name, (canary, both) in counts(seen, names).items()
    }
    canary = sum(one.canary for one in seen)
    action, why = _action(seen, figures, terms, canary, days)
    return Decision(action, why, (canary, len(seen) - canary), lift(seen), figures)


def _action(
    seen: Sequence[Outcome],
    figures: dict[str, tuple[int, int, float]],
    terms: Terms,
    canary: int,
    days: float,
) -> tuple[str, str]:
    # All guards together may err with the probability `risk`, so each with a part of it.
    limit = len(figures) / terms.risk
    worse = [name for name, (_, _, evidence) in figures.items() if evidence >= limit]
    if worse:
        return ROLL_BACK, f"more frequent on the canary: {', '.join(worse)}"
    bad = sum(one.canary and bool(one.bad) for one in seen), sum(bool(one.bad) for one in seen)
    shown = evidence_for(*bad, terms.share, terms.tolerance) >= 1 / terms.risk
    if canary >= terms.conversations and shown:
        return PROMOTE, f"{canary} conversations: trouble is less than {terms.tolerance:g} times as frequent"
    if days < terms.days:
        return GO_ON, f"{canary} of {terms.conversations} conversations, day {days:.1f} of {terms.days:g}"
    if canary >= terms.conversations and lift(seen).value >= 0:
        return PROMOTE, f"{canary} conversations in {days:.0f} days: it does no worse"
    return ROLL_BACK, f"after {days:.0f} days it is not known to be as good"
