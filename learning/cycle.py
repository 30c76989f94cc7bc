"""A cycle of learning: steps one after another, each kept when it is done, so that it may be killed any time.

Only one cycle runs at a time (see `lock`). A cycle that was killed goes on with the step that was not done; a
step may therefore run twice, and must do no harm by it. A step in which it is killed again and again, as one
that needs more memory than there is, is given up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from learning.errors import CycleError, StoreError
from learning.lock import only_one
from learning.store import LearningStore
from learning.tables import cycles

RUNNING, DONE, FAILED = "running", "done", "failed"
# So often a step is begun; each time but the last, whoever ran it was killed.
MOST_TRIES = 3
_TRIES = "tries"

State = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One step: takes what the steps before it found, and adds what it finds, as plain JSON values.

    A step that finds nothing to do for those after it adds `stop`, a sentence: the cycle is done then.
    """

    name: str
    run: Callable[[State], State]


@dataclass(frozen=True)
class Cycle:
    """A cycle.

    Attributes:
        id: a number.
        status: `running` (or killed), `done` or `failed`.
        reason: why it was begun.
        done: names of its steps with the seconds that each took, in order.
        state: what the steps found.
        why: it failed.
        began, changed: in seconds since the epoch.
    """

    id: int
    status: str
    reason: str
    done: dict[str, float] = field(default_factory=dict)
    state: State = field(default_factory=dict)
    why: str = ""
    began: float = 0.0
    changed: float = 0.0


class CycleLog:
    """Cycles in the learning database.

    Args:
        store: the learning database.
        clock: the present time, in seconds since the epoch.
    """

    def __init__(self, store: LearningStore, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.clock = clock

    def all(self) -> list[Cycle]:
        """All cycles, the newest first."""
        with self.store.engine.connect() as connection:
            rows = connection.execute(sa.select(cycles).order_by(cycles.c.id.desc()))
            return [Cycle(**row._mapping) for row in rows]

    def last(self) -> Cycle | None:
        """The newest cycle."""
        found = self.all()
        return found[0] if found else None

    def begin(self, reason: str) -> Cycle:
        """A cycle that was not ended, or a new one."""
        last = self.last()
        if last and last.status == RUNNING:
            return last
        now = self.clock()
        row = {"status": RUNNING, "reason": reason, "done": {}, "state": {}, "why": ""}
        with self.store.writing() as connection:
            connection.execute(sa.insert(cycles).values(**row, began=now, changed=now))
        begun = self.last()
        assert begun is not None
        return begun

    def keep(self, cycle: Cycle, **changes: Any) -> Cycle:
        """Writes what changed of a cycle."""
        with self.store.writing() as connection:
            statement = sa.update(cycles).where(cycles.c.id == cycle.id)
            connection.execute(statement.values(**changes, changed=self.clock()))
        return Cycle(**{**cycle.__dict__, **changes})


def run_cycle(
    log: CycleLog,
    steps: Sequence[Step],
    reason: str,
    tell: Callable[[str], None] = lambda name: None,
) -> Cycle:
    """Runs a cycle, or goes on with one that was killed.

    Args:
        log: where cycles are kept.
        steps: in order.
        reason: why it is run; shown in the history.
        tell: told each step's name when it begins.

    Raises:
        CycleError: another one runs, or a step was killed too often.
        LearningError: and whatever else a step raises: the cycle is marked as failed, the next starts anew.
    """
    with only_one(log.store, log.clock):
        cycle = log.begin(reason)
        for step in steps:
            if step.name in cycle.done:
                continue
            tell(step.name)
            began = log.clock()
            try:
                cycle = _try(log, cycle, step)
                found = step.run(_findings(cycle))
            except Exception as error:
                # A database that cannot be written cannot be told so either: the cycle goes on next time.
                with suppress(StoreError):
                    log.keep(cycle, status=FAILED, why=f"{step.name}: {error}")
                raise
            except BaseException:  # somebody ended it, which is no fault of the step
                with suppress(StoreError):
                    log.keep(cycle, state=_findings(cycle))
                raise
            done = {**cycle.done, step.name: round(log.clock() - began, 2)}
            cycle = log.keep(cycle, state={**_findings(cycle), **found}, done=done)
            if cycle.state.get("stop"):
                break
        return log.keep(cycle, status=DONE)


def _try(log: CycleLog, cycle: Cycle, step: Step) -> Cycle:
    """Notes that a step begins: whoever is killed in it cannot say so.

    Raises:
        CycleError: it was begun often enough.
    """
    tries = int(cycle.state.get(_TRIES, 0))
    if tries >= MOST_TRIES:
        raise CycleError(
            f"whoever ran it was killed {tries} times; look whether there is memory enough (`dmesg`)."
        )
    return log.keep(cycle, state={**cycle.state, _TRIES: tries + 1})


def _findings(cycle: Cycle) -> State:
    return {name: value for name, value in cycle.state.items() if name != _TRIES}
