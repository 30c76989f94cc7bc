"""What to do with a canary or a holdout: go on, promote or end it, or roll back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from learning.rollout.guards import (
    Lift,
    Outcome,
    as_drawn,
    counts,
    evidence_against,
    evidence_for,
    guards,
    lift,
)

GO_ON, PROMOTE, ROLL_BACK, END = "go on", "promote", "roll back", "end"


@dataclass(frozen=True)
class Terms:
    """When to decide.

    Attributes:
        share: of the conversations that the new model gets (0–1).
        risk: probability (0–1) that one which is as good is rolled back.
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
        action: `go on`, `promote`, `roll back` or `end`.
        why: in words.
        conversations: of the new model, and of the one before.
        lift: difference in the share of conversations without trouble.
        guards: by name: bad conversations of the new model, of both, and the evidence against the new one.
        lifts: by name: difference in the share of conversations without that trouble.
        left_out: channels whose conversations do not go to both as drawn, and are not compared.
    """

    action: str
    why: str
    conversations: tuple[int, int]
    lift: Lift
    guards: dict[str, tuple[int, int, float]]
    lifts: dict[str, Lift]
    left_out: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the registry and for programs."""
        return {
            "action": self.action, "why": self.why, "conversations": list(self.conversations),
            "lift": _rounded(self.lift),
            "guards": {name: list(values) for name, values in self.guards.items()},
            "lifts": {name: _rounded(found) for name, found in self.lifts.items()},
            "left_out": list(self.left_out),
        }  # fmt: skip


def _rounded(found: Lift) -> list[float]:
    return [round(x, 4) for x in (found.value, found.low, found.high)]


_Figures = dict[str, tuple[int, int, float]]
_Judge = Callable[[Sequence[Outcome], _Figures, Terms, float], tuple[str, str]]


def decide(seen: Sequence[Outcome], terms: Terms, days: float) -> Decision:
    """Looks at a canary; may be called as often as one likes.

    Args:
        seen: what happened since it began, on both sides.
        terms: when to decide.
        days: since it began.
    """
    return _decided(seen, terms, days, _canary)


def decide_holdout(seen: Sequence[Outcome], terms: Terms, days: float) -> Decision:
    """Looks at a model that was promoted, beside the one before: it is measured until the time is up.

    Args:
        seen: what happened since the promotion, on both sides.
        terms: when to decide; `share` is the new model's.
        days: since the promotion.
    """
    return _decided(seen, terms, days, _holdout)


def _decided(seen: Sequence[Outcome], terms: Terms, days: float, judge: _Judge) -> Decision:
    seen, odd = as_drawn(seen, terms.share)
    names = list(guards(terms.slow_seconds))
    figures = {
        name: (new, both, evidence_against(new, both, terms.share))
        for name, (new, both) in counts(seen, names).items()
    }
    new = sum(one.new for one in seen)
    action, why = judge(seen, figures, terms, days)
    lifts = {name: lift(seen, name) for name in names}
    return Decision(action, why, (new, len(seen) - new), lift(seen), figures, lifts, tuple(odd))


def _worse(figures: _Figures, risk: float) -> str:
    """Troubles that are more frequent with the new model; all tests together err with probability `risk`."""
    limit = len(figures) / risk
    return ", ".join(name for name, (_, _, evidence) in figures.items() if evidence >= limit)


def _canary(seen: Sequence[Outcome], figures: _Figures, terms: Terms, days: float) -> tuple[str, str]:
    if worse := _worse(figures, terms.risk):
        return ROLL_BACK, f"more frequent on the canary: {worse}"
    canary = sum(one.new for one in seen)
    bad = sum(one.new and bool(one.bad) for one in seen), sum(bool(one.bad) for one in seen)
    shown = evidence_for(*bad, terms.share, terms.tolerance) >= 1 / terms.risk
    if canary >= terms.conversations and shown:
        return PROMOTE, f"{canary} conversations: trouble is less than {terms.tolerance:g} times as frequent"
    if days < terms.days:
        return GO_ON, f"{canary} of {terms.conversations} conversations, day {days:.1f} of {terms.days:g}"
    if canary >= terms.conversations and lift(seen).value >= 0:
        return PROMOTE, f"{canary} conversations in {days:.0f} days: it does no worse"
    return ROLL_BACK, f"after {days:.0f} days it is not known to be as good"


def _holdout(seen: Sequence[Outcome], figures: _Figures, terms: Terms, days: float) -> tuple[str, str]:
    if worse := _worse(figures, terms.risk):
        return ROLL_BACK, f"more frequent than with the model before: {worse}"
    told = f"{len(seen)} conversations, day {days:.1f} of {terms.days:g}"
    return (GO_ON if days < terms.days else END), told
