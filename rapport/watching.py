"""Cycles of learning: what they consist of, when one is due, and a service that runs them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

import sqlalchemy as sa

from learning.cycle import FAILED, RUNNING, Cycle, CycleLog, State, Step, holder, run_cycle
from learning.datasets.forgetting import wanted_training
from learning.datasets.records import accepted
from learning.learned import LABEL
from learning.rollout.guards import FALLBACKS
from learning.rollout.registry import CANARY, STABLE, Registry
from learning.rollout.registry import FAILED as REJECTED
from learning.store import LearningStore
from learning.tables import items, turns
from llm.errors import LlmError
from rapport.console import console, done, progress_bar, warned
from rapport.environment import child_environment
from rapport.errors import RapportError
from rapport.gate_culprits import drop_culprits
from rapport.gate_cycle import judge_and_mend
from rapport.gate_install import forget_old_candidates, go_on_installing, promote
from rapport.gate_training import adopt_stable, planned_dataset, train_candidate
from rapport.learned_answers import check_answers
from rapport.review import propose
from rapport.settings import Settings
from rapport.steps import one_at_a_time

_DAY = 86_400.0
# A cycle that fails is not begun again at once: whatever stopped it is likely to stop it again.
_PAUSE_AFTER_FAILURE_SECONDS = 3_600.0


def steps(settings: Settings, store: LearningStore) -> list[Step]:
    """The steps of a cycle; people's reviews are awaited by none: what was accepted so far counts."""
    return [
        Step("harvest", lambda _: _harvest(settings)),
        Step("propose", lambda _: {"proposed": propose(settings)[0].new.total()}),
        Step("drop", lambda _: _drop(settings, store)),
        Step("train", lambda _: {"candidate": _train(settings, store)}),
        Step("gate", lambda state: _gate(settings, store, str(state["candidate"]))),
        Step("rollout", lambda state: _roll_out(settings, store, state)),
        Step("answers", lambda _: _retire(settings)),
    ]


def cycle(settings: Settings, reason: str) -> Cycle:
    """Runs a cycle now, or goes on with one that was killed.

    Raises:
        CycleError: another one runs.
    """
    store = LearningStore(settings.learning.database_url)
    resumed = go_on_installing(settings, store)
    if resumed:
        done(f"{resumed} was being brought to life when somebody was killed: that is done now")
    log = CycleLog(store)
    found = run_cycle(
        log, steps(settings, store), reason, lambda name: console.print(f"  {name} …", style="dim")
    )
    forget_old_candidates(settings, store)
    return found


def _harvest(settings: Settings) -> State:
    from rapport.learning import harvest

    try:
        return {"turns": harvest(settings).turns}
    except RapportError as error:
        return {"turns": 0, "not_harvested": str(error)}


def _drop(settings: Settings, store: LearningStore) -> State:
    """Culprits are looked for before the training, which takes minutes."""
    found = [one.as_json() for one in drop_culprits(settings, store)]
    planned = planned_dataset(settings, store)
    stable = adopt_stable(settings, store)
    known = Registry(store).learned_of(stable.id)
    if set(planned.learned) <= set(known) and not to_forget(store):
        return {"dropped": found, "stop": "nothing was accepted that the stable model has not learned"}
    return {"dropped": found, "accepted": len(planned.learned)}


def to_forget(store: LearningStore) -> list[str]:
    """Models in use that saw what a customer asked us to forget: they are to be trained without it."""
    live = {one.id for one in Registry(store).all() if one.status in (STABLE, CANARY)}
    return sorted(live.intersection(wanted_training(store).get("models", ())))


def _train(settings: Settings, store: LearningStore, without: Collection[str] = ()) -> str:
    with one_at_a_time(), progress_bar() as bar:
        task = bar.add_task("Training", total=None)

        def show(number: int, total: int, name: str) -> None:
            bar.update(task, completed=number, total=total, description=f"Training {name}")

        return train_candidate(settings, store, show, without).id


def _gate(settings: Settings, store: LearningStore, name: str) -> State:
    return judge_and_mend(settings, store, name, lambda without: _train(settings, store, without))


def _roll_out(settings: Settings, store: LearningStore, state: State) -> State:
    name, how = str(state["candidate"]), settings.rollout.after_gate
    if not state["passed"]:
        return {"rollout": REJECTED}
    if how == "promote":
        promote(settings, store, name)
    elif how == "canary":
        begin_canary(settings, store, name)
    return {"rollout": how}


def _retire(settings: Settings) -> State:
    """Corrected answers that the assistant gives by itself now are not needed any more."""
    try:
        return {"retired": check_answers(settings)}
    except (RapportError, LlmError) as error:
        return {"retired": [], "not_checked": str(error)}


def begin_canary(settings: Settings, store: LearningStore, name: str) -> None:
    """A share of the conversations goes to a candidate from now on."""
    registry = Registry(store)
    registry.check_file(registry.get(name))
    canary = {"share": settings.rollout.share, "since": time.time()}
    registry.move(name, CANARY, canary=canary)


def why_due(settings: Settings, store: LearningStore, now: float) -> str | None:
    """Why a cycle is due, in words."""
    cycles = CycleLog(store).all()
    last = cycles[0] if cycles else None
    if last and last.status == RUNNING:
        return None if holder(store, now) else f"cycle {last.id} was killed"
    if last and last.status == FAILED and now - last.changed < _PAUSE_AFTER_FAILURE_SECONDS:
        return None
    since = last.began if last else 0.0
    if to_forget(store) and (wanted_training(store)["at"] > since or now - since >= _DAY):
        return "a customer asked to be forgotten, and a model in use has seen the conversation"
    fresh = [one for one in accepted(store) if one.at > since]
    watch = settings.watch
    if len(fresh) >= watch.accepted:
        return f"volume: {len(fresh)} accepted since the last cycle"
    if fresh and now - since >= watch.days * _DAY and last:
        return f"time: {(now - since) / _DAY:.0f} days since the last cycle"
    return _quality(settings, store, now) if fresh and now - since >= _DAY else None


def _quality(settings: Settings, store: LearningStore, now: float) -> str | None:
    """Fallbacks and agreement of the last day beside the four weeks before."""
    watch, day, month = settings.watch, now - _DAY, now - 29 * _DAY
    count, today = _fallbacks(store, day, now)
    before, usual = _fallbacks(store, month, day)
    if min(count, before) >= watch.turns and today >= watch.fallback_times * max(usual, 1 / before):
        return f"quality: {today:.1%} of the last day's turns fell back, {usual:.1%} before"
    fresh, old = _agreement(store, day, now), _agreement(store, month, day)
    if fresh is not None and old is not None and old - fresh >= watch.agreement_drop:
        return f"quality: the proposals' agreement fell from {old:.2f} to {fresh:.2f}"
    return None


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
    return float(mean) if count >= 10 else None


def watch(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> None:
    """Runs for good: looks again and again, and runs a cycle in a process of its own when one is due."""
    store = LearningStore(settings.learning.database_url)
    done(f"watching, every {settings.watch.every_seconds:g} seconds (Ctrl-C ends it)")
    while True:
        look(settings, store)
        sleep(settings.watch.every_seconds)


def look(settings: Settings, store: LearningStore) -> str | None:
    """Runs a cycle if one is due, and settles a canary if its time has come; why the cycle was run."""
    from rapport.rollout import settle

    try:
        settle(settings, store)
        reason = why_due(settings, store, time.time())
    except Exception as error:  # the service's edge: it looks again later
        warned(str(error))
        return None
    if reason is None:
        return None
    console.print(f"  a cycle is due: {reason}")
    # A process of its own: whatever happens to it, the service goes on, and memory is given back.
    command = [sys.executable, "-m", "rapport", "learn", "cycle", "--reason", reason]
    code = subprocess.run(command, env=child_environment(), cwd=Path.cwd()).returncode
    if code:
        warned(f"The cycle ended with code {code}: `rapport learn history` says why.")
    return reason
