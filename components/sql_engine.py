"""The tracker store's way to its database: quick with SQLite, silent about what customers wrote with any."""

from __future__ import annotations

from typing import Any, Dict

import sqlalchemy as sa
from rasa.core.tracker_store import create_engine_kwargs
from sqlalchemy.engine import Engine
from sqlalchemy.pool import QueuePool

# A turn waits this long for another process's write; then it stays in memory until the next one.
BUSY_TIMEOUT_MS = 1_000


def tuned_engine(engine: Engine) -> Engine:
    """The same database, opened anew: errors do not repeat a statement's values, what customers wrote."""
    if engine.dialect.name != "sqlite":
        return _opened(engine)
    if engine.url.database in (None, "", ":memory:"):
        return engine  # what is in memory would be lost
    # SQLAlchemy 1.4 opens a file anew for every session: half a millisecond each time.
    tuned = _opened(engine, poolclass=QueuePool, connect_args={"check_same_thread": False})
    sa.event.listen(tuned, "connect", _use_wal)
    return tuned


def _opened(engine: Engine, **settings: Any) -> Engine:
    engine.dispose()
    usual: Dict[str, Any] = create_engine_kwargs(engine.url)
    return sa.create_engine(engine.url, hide_parameters=True, **{**usual, **settings})


def _use_wal(connection: Any, _: Any) -> None:
    """Readers do not wait for the writer, and a commit does not wait for the disk twice."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
