"""A holdout: after a promotion some conversations stay with the model before, to measure what was gained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from learning.rollout.registry import STABLE, Candidate, Registry

_KEY = "holdout"


@dataclass(frozen=True)
class Holdout:
    """Who is compared, and since when.

    Attributes:
        new: the stable model.
        old: the one before, with which some conversations stay.
        share: of the conversations that stay (0–1).
        since: when it began, in seconds since the epoch.
        days: so long it lasts.
    """

    new: Candidate
    old: Candidate
    share: float
    since: float
    days: float

    def is_over(self, now: float) -> bool:
        """Whether its time is up."""
        return now - self.since >= self.days * 86_400


def begin(registry: Registry, new: str, old: str, share: float, days: float, now: float) -> None:
    """Lets a share of the conversations stay with the model before."""
    holdout = {"model": old, "share": share, "days": days, "since": now}
    registry.annotate(new, **{_KEY: holdout, "served": []})


def current(registry: Registry) -> Holdout | None:
    """The holdout that goes on, if there is one."""
    stable = registry.current(STABLE)
    told: dict[str, Any] = (stable.report.get(_KEY) or {}) if stable else {}
    if stable is None or not told or "ended" in told:
        return None
    old = next((one for one in registry.all(stable.kind) if one.id == told["model"]), None)
    return Holdout(stable, old, told["share"], told["since"], told["days"]) if old else None


def end(registry: Registry, why: str, now: float, **result: Any) -> None:
    """Ends the holdout, if there is one: everybody gets the stable model."""
    found = current(registry)
    if found:
        told = found.new.report[_KEY]
        registry.annotate(found.new.id, **{_KEY: {**told, "ended": now, "why": why, **result}})
