"""Engines and transactions for the embedded shop and CRM, on SQLite and PostgreSQL.

On SQLite a transaction that writes takes the write lock at its start (`BEGIN IMMEDIATE`): one that reads
first and upgrades later fails at once when another process wrote in between, whatever the busy timeout is.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.pool import QueuePool

WRITES = "rapport_writes"


def sqlite_path(url: str | URL) -> Path | None:
    """The file behind an SQLite URL, None for any other database.

    Raises:
        ValueError: for an in-memory SQLite URL; shop and CRM must outlive the process.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError(f"{parsed} names no file: use sqlite:///path/to/shop.db")
    return Path(parsed.database)


def make_engine(url: str, busy_timeout_seconds: float = 2.0, create: bool = False) -> Engine:
    """An engine for the shop's database; nothing is opened yet.

    Args:
        url: `sqlite:///var/shop.db` or `postgresql://…`.
        busy_timeout_seconds: How long a writer waits for another one, 0 or more.
        create: Make an SQLite file that is missing. Off by default, so that a wrong path is an error and not
            an empty shop.
    """
    path = sqlite_path(url)
    if path is None:
        return _postgres_engine(url, busy_timeout_seconds)
    return _sqlite_engine(url, path, busy_timeout_seconds, create)


def _postgres_engine(url: str, busy_timeout_seconds: float) -> Engine:
    milliseconds = int(busy_timeout_seconds * 1000)
    return sa.create_engine(
        url,
        future=True,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={milliseconds}"},
    )


def _sqlite_engine(url: str, path: Path, busy_timeout_seconds: float, create: bool) -> Engine:
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    # hide_parameters: an error's text ends up in logs, and parameters are customers' data.
    engine = sa.create_engine(url, future=True, hide_parameters=True, creator=connect, poolclass=QueuePool)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(engine: Engine, unavailable: type[Exception], write: bool = False) -> Iterator[Any]:
    """One transaction; what the database itself refuses becomes `unavailable`.

    Args:
        engine: From `make_engine`.
        unavailable: The exception class of the room that asks, e.g. ShopUnavailable.
        write: Take the write lock at the start.
    """
    try:
        with engine.execution_options(**{WRITES: write}).begin() as connection:
            yield connection
    except sa.exc.IntegrityError:
        raise
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        # Only the first line: PostgreSQL adds the failing row, which is customers' data.
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        name = engine.url.render_as_string(hide_password=True)
        raise unavailable(
            f"database {name} does not answer ({cause}): check that it exists (`make run` builds it) "
            "and that no other program holds it locked, then try again"
        ) from error
