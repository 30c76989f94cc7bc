"""Locks in the learning database: of several processes, on one machine or on many, one does a thing.

Whoever holds a lock says every few seconds that it is alive; the lock of a dead one is taken over.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from learning.errors import CycleError, LearningError, StoreError
from learning.store import LearningStore
from learning.tables import values

BEAT_SECONDS, DEAD_SECONDS = 5.0, 60.0
# Of cycles, and of the services that begin them; with what is said to whoever comes second.
CYCLE, WATCH = "cycle_lock", "watch_lock"
_BUSY = {
    CYCLE: "A cycle runs already ({}): wait for it, `rapport learn history` shows it.",
    WATCH: "`rapport learn watch` runs already ({}): one is enough; end that one first.",
}


@contextmanager
def only_one(
    store: LearningStore, clock: Callable[[], float] = time.time, lock: str = CYCLE
) -> Iterator[None]:
    """Holds a lock while the block runs.

    Raises:
        CycleError: somebody else holds it and is alive.
    """
    owner = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
    _take(store, owner, clock, lock)
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(store, owner, clock, lock, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(StoreError), store.writing() as connection:
            mine = values.c.value.like(f'%"{owner}"%')
            connection.execute(sa.delete(values).where(values.c.name == lock, mine))


def holder(store: LearningStore, now: float, lock: str = CYCLE) -> str | None:
    """Who holds a lock now, as machine, process and a few letters."""
    with store.engine.connect() as connection:
        written = store.value(lock, connection)
    held = json.loads(written) if written else None
    return None if held is None or _is_dead(held, now) else str(held["owner"])


def _take(store: LearningStore, owner: str, clock: Callable[[], float], lock: str) -> None:
    """Replaces what is there only if it is still the dead owner's: of two who try, one succeeds."""
    mine = json.dumps({"owner": owner, "beat": clock()})
    try:
        with store.engine.begin() as connection:
            written = store.value(lock, connection)
            if written is None:
                connection.execute(sa.insert(values).values(name=lock, value=mine))
                return
            held = json.loads(written)
            if _is_dead(held, clock()):
                same = (values.c.name == lock, values.c.value == written)
                taken = connection.execute(sa.update(values).where(*same).values(value=mine))
                if taken.rowcount == 1:
                    return
    except SQLAlchemyError as error:
        if not isinstance(error, sa.exc.IntegrityError):
            raise StoreError(
                f"The learning database cannot be used: {getattr(error, 'orig', error)}."
            ) from error
        held = {"owner": "another process"}
    raise CycleError(_BUSY[lock].format(held["owner"]))


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


def _beat(
    store: LearningStore, owner: str, clock: Callable[[], float], lock: str, ended: threading.Event
) -> None:
    while not ended.wait(BEAT_SECONDS):
        with suppress(LearningError), store.writing() as connection:
            mine = (values.c.name == lock, values.c.value.like(f'%"{owner}"%'))
            value = json.dumps({"owner": owner, "beat": clock()})
            connection.execute(sa.update(values).where(*mine).values(value=value))
