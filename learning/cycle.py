"""A cycle of learning: steps one after another, each kept when it is done, so that it may be killed any time.

Only one cycle runs at a time. Whoever runs it holds a lock and says every few seconds that it is alive; the
lock of a dead one is taken over. A cycle that was killed goes on with the step that was not done; a step
may therefore run twice, and must do no harm by it.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from learning.errors import CycleError, LearningError, StoreError
from learning.store import LearningStore
from learning.tables import cycles, values

RUNNING, DONE, FAILED = "running", "done", "failed"
BEAT_SECONDS, DEAD_SECONDS = 5.0, 60.0
_LOCK = "cycle_lock"

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
        CycleError: another one runs.
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
                found = step.run(dict(cycle.state))
            except Exception as error:
                # A database that cannot be written cannot be told so either: the cycle goes on next time.
                with suppress(StoreError):
                    log.keep(cycle, status=FAILED, why=f"{step.name}: {error}")
                raise
            done = {**cycle.done, step.name: round(log.clock() - began, 2)}
            cycle = log.keep(cycle, state={**cycle.state, **found}, done=done)
            if cycle.state.get("stop"):
                break
        return log.keep(cycle, status=DONE)


@contextmanager
def only_one(store: LearningStore, clock: Callable[[], float] = time.time) -> Iterator[None]:
    """Holds the lock of cycles while the block runs.

    Raises:
        CycleError: somebody else holds it and is alive.
    """
    owner = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
    _take(store, owner, clock)
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(store, owner, clock, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(StoreError), store.writing() as connection:
            mine = values.c.value.like(f'%"{owner}"%')
            connection.execute(sa.delete(values).where(values.c.name == _LOCK, mine))


def holder(store: LearningStore, now: float) -> str | None:
    """Who runs a cycle now."""
    with store.engine.connect() as connection:
        written = store.value(_LOCK, connection)
    return (
        None if written is None or _is_dead(json.loads(written), now) else str(json.loads(written)["owner"])
    )


def _take(store: LearningStore, owner: str, clock: Callable[[], float]) -> None:
    """Replaces what is there only if it is still the dead owner's: of two who try, one succeeds."""
    mine = json.dumps({"owner": owner, "beat": clock()})
    try:
        with store.engine.begin() as connection:
            written = store.value(_LOCK, connection)
            if written is None:
                connection.execute(sa.insert(values).values(name=_LOCK, value=mine))
                return
            held = json.loads(written)
            if _is_dead(held, clock()):
                same = (values.c.name == _LOCK, values.c.value == written)
                taken = connection.execute(sa.update(values).where(*same).values(value=mine))
                if taken.rowcount == 1:
                    return
    except SQLAlchemyError as error:
        if not isinstance(error, sa.exc.IntegrityError):
            raise StoreError(
                f"The learning database cannot be used: {getattr(error, 'orig', error)}."
            ) from error
        held = {"owner": "another process"}
    raise CycleError(
        f"A cycle runs already ({held['owner']}): wait for it, `rapport learn history` shows it."
    )


def _is_dead(held: dict[str, Any], now: float) -> bool:
    if now - float(held.get("beat", 0)) > DEAD_SECONDS:
        return True
    host, number, _ = str(held["owner"]).split("/")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _beat(store: LearningStore, owner: str, clock: Callable[[], float], ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        with suppress(LearningError), store.writing() as connection:
            mine = (values.c.name == _LOCK, values.c.value.like(f'%"{owner}"%'))
            value = json.dumps({"owner": owner, "beat": clock()})
            connection.execute(sa.update(values).where(*mine).values(value=value))
