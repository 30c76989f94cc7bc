"""When a cycle of learning is due, and what is waited for until then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from learning.cycle import FAILED, RUNNING, Cycle, CycleLog
from learning.datasets.forgetting import wanted_training
from learning.datasets.records import accepted
from learning.learned import LABEL
from learning.lock import holder
from learning.rollout.guards import FALLBACKS
from learning.store import LearningStore
from learning.tables import items, turns
from rapport.settings import Settings
from rapport.watching import to_forget

_DAY = 86_400.0
# A cycle that fails is not begun again at once: whatever stopped it is likely to stop it again.
_PAUSE_AFTER_FAILURE_SECONDS = 3_600.0
# A mean of fewer proposals says little.
_FEWEST_PROPOSALS = 10


@dataclass(frozen=True)
class Outlook:
    """Why a cycle is due, in words; empty if none is: then `waiting` says what is waited for."""

    due: str = ""
    waiting: tuple[str, ...] = ()


def outlook(settings: Settings, store: LearningStore, now: float) -> Outlook:
    """Whether a cycle is due.

    Args:
        settings: all settings.
        store: the learning database; what is not harvested is not seen.
        now: in seconds since the epoch.
    """
    last = CycleLog(store).last()
    if last and last.status == RUNNING:
        who = holder(store, now)
        return (
            Outlook(waiting=(f"cycle {last.id} runs ({who})",))
            if who
            else _due(f"cycle {last.id} was killed")
        )
    if last and last.status == FAILED and now - last.changed < _PAUSE_AFTER_FAILURE_SECONDS:
        again = _clock(last.changed + _PAUSE_AFTER_FAILURE_SECONDS)
        return Outlook(waiting=(f"cycle {last.id} failed ({last.why}): the next one not before {again}",))
    since = last.began if last else 0.0
    if to_forget(store) and (wanted_training(store)["at"] > since or now - since >= _DAY):
        return _due("a customer asked to be forgotten, and a model in use has seen the conversation")
    return _by_what_is_new(settings, store, last, now)


def _by_what_is_new(settings: Settings, store: LearningStore, last: Cycle | None, now: float) -> Outlook:
    """By volume, by time, by quality; without anything new a cycle would change nothing."""
    watch, since = settings.watch, last.began if last else 0.0
    fresh = [one.at for one in accepted(store) if one.at > since]
    if len(fresh) >= watch.accepted:
        return _due(f"volume: {len(fresh)} accepted since the last cycle")
    begun, what = (
        (last.began, "the last cycle") if last else (min(fresh, default=now), "the first was accepted")
    )
    if fresh and now - begun >= watch.days * _DAY:
        return _due(f"time: {_days(now - begun)} since {what}")
    worse = list(_quality(settings, store, now))
    if worse and fresh and now - since >= _DAY:
        return _due(f"quality: {worse[0]}")
    waiting = [f"volume: {len(fresh)} of {watch.accepted} accepted"]
    if fresh:
        waiting.append(f"time: {_clock(begun + watch.days * _DAY)}")
    else:
        waiting.append("nothing new is accepted: `rapport learn review`")
    if worse:
        when = f"a cycle is begun from {_clock(since + _DAY)} on" if fresh else "somebody must review first"
        waiting.append(f"quality fell ({worse[0]}): {when}")
    else:
        waiting.append(f"quality: {_usual(settings, store, now)}")
    return Outlook(waiting=tuple(waiting))


def _due(reason: str) -> Outlook:
    return Outlook(due=reason)


def _quality(settings: Settings, store: LearningStore, now: float) -> Iterator[str]:
    """What is worse: fallbacks and agreement of the last day beside the four weeks before."""
    watch, day, month = settings.watch, now - _DAY, now - 29 * _DAY
    count, today = _fallbacks(store, day, now)
    before, usual = _fallbacks(store, month, day)
    if min(count, before) >= watch.turns and today >= watch.fallback_times * max(usual, 1 / before):
        yield f"{today:.1%} of the last day's turns fell back, {usual:.1%} before"
    fresh, old = _agreement(store, day, now), _agreement(store, month, day)
    if fresh is not None and old is not None and old - fresh >= watch.agreement_drop:
        yield f"the proposals' agreement fell from {old:.2f} to {fresh:.2f}"


def _usual(settings: Settings, store: LearningStore, now: float) -> str:
    """How the last day is, where nothing is worse."""
    watch, day, month = settings.watch, now - _DAY, now - 29 * _DAY
    count, today = _fallbacks(store, day, now)
    before, usual = _fallbacks(store, month, day)
    if min(count, before) < watch.turns:
        return f"{count} turns of the last day and {before} before it, {watch.turns} of both tell"
    limit = watch.fallback_times * max(usual, 1 / before)
    return f"{today:.1%} of the last day's turns fell back, {limit:.1%} would be too many"


def _fallbacks(store: LearningStore, since: float, until: float) -> tuple[int, float]:
    """How many turns, and the share of them that fell back."""
    fell = sa.func.sum(sa.case((turns.c.routed.in_(FALLBACKS), 1), else_=0))
    statement = sa.select(sa.func.count(), fell).where(turns.c.at >= since, turns.c.at < until)
    with store.engine.connect() as connection:
        count, bad = connection.execute(statement).one()
    return int(count), (bad or 0) / count if count else 0.0


def _agreement(store: LearningStore, since: float, until: float) -> float | None:
    statement = sa.select(sa.func.count(), sa.func.avg(items.c.agreement)).where(
        items.c.kind == LABEL, items.c.created >= since, items.c.created < until
    )
    with store.engine.connect() as connection:
        count, mean = connection.execute(statement).one()
    return float(mean) if count >= _FEWEST_PROPOSALS else None


def _days(seconds: float) -> str:
    return f"{seconds / _DAY:.0f} days" if seconds >= _DAY else f"{seconds / 3600:.1f} hours"


def _clock(at: float) -> str:
    return time.strftime("%a %d %b %H:%M", time.localtime(at))
