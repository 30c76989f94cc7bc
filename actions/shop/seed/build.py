"""Builds the demo shop: everything is written at once or not at all."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa
import structlog
from filelock import FileLock
from sqlalchemy.engine import Connection, Engine

from actions.shop import tables
from actions.shop.backend import ShopUnavailable
from actions.shop.database import make_engine, sqlite_path, transaction
from actions.shop.seed.rows import all_rows

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Seeded:
    """When and with which seed a shop was made."""

    today: date
    seed: int


def create_and_seed(url: str, today: date, seed: int = 7) -> bool:
    """Make and fill the shop's database if it is not there yet.

    An SQLite file is built under another name and renamed when complete: an interruption leaves no half shop.

    Args:
        url: `sqlite:///var/shop.db` (its folder is made) or `postgresql://…`.
        today: The day from which all dates are counted.
        seed: The seed of everything invented.

    Returns:
        True if it was made now, False if it was there.

    Raises:
        ShopUnavailable: if the database cannot be written, or is there but is no finished shop.
    """
    path = sqlite_path(url)
    if path is None:
        return _seed_server(url, today, seed)
    try:
        made = _seed_file(url, path, today, seed)
    except OSError as error:
        raise ShopUnavailable(f"{path} cannot be written ({error}): make its folder writable") from error
    if made:
        logger.info("shop.seed.created", today=str(today), seed=seed)
    return made


def _seed_file(url: str, path: Path, today: date, seed: int) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if path.exists():
            _demand_finished(url, path)
            return False
        _build_file(path, today, seed)
    return True


def seeded_on(url: str) -> Seeded | None:
    """When the shop at `url` was seeded; None if it is empty.

    Raises:
        ShopUnavailable: if the database is missing or does not answer.
    """
    engine = make_engine(url)
    try:
        with transaction(engine, ShopUnavailable) as connection:
            return _mark(connection)
    finally:
        engine.dispose()


def _mark(connection: Connection) -> Seeded | None:
    if not sa.inspect(connection).has_table(tables.seeding.name):
        return None
    row = connection.execute(sa.select(tables.seeding)).first()
    return Seeded(row.today, row.seed) if row else None


def _demand_finished(url: str, path: Path) -> None:
    if seeded_on(url) is None:
        raise ShopUnavailable(f"{path} is there but holds no finished shop: move it away, then seed again")


def _build_file(path: Path, today: date, seed: int) -> None:
    draft = path.with_name(f"{path.name}.seeding")
    for leftover in (draft, *(draft.with_name(draft.name + end) for end in ("-wal", "-shm", "-journal"))):
        with suppress(FileNotFoundError):
            leftover.unlink()
    engine = make_engine(f"sqlite:///{draft}", create=True)
    try:
        seed_shop(engine, today, seed)
    finally:
        engine.dispose()  # the last connection folds the write-ahead log into the file
    draft.replace(path)


def _seed_server(url: str, today: date, seed: int) -> bool:
    engine = make_engine(url)
    try:
        with transaction(engine, ShopUnavailable) as connection:
            if _mark(connection):
                return False
        seed_shop(engine, today, seed)
    finally:
        engine.dispose()
    return True


def seed_shop(engine: Engine, today: date, seed: int = 7) -> None:
    """Create all tables and fill them, in one transaction; the same rows for the same `today` and `seed`.

    Raises:
        ShopUnavailable: if the database refuses.
    """
    with transaction(engine, ShopUnavailable, write=True) as connection:
        tables.metadata.create_all(connection)
        for table, rows in all_rows(today, seed):
            if rows:
                connection.execute(sa.insert(table), rows)
        if engine.dialect.name == "postgresql":
            _move_sequences(connection)


def _move_sequences(connection: Connection) -> None:
    # Ids were given by us; PostgreSQL would hand out 1 again.
    for table in tables.metadata.sorted_tables:
        highest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        connection.execute(sa.select(sa.func.setval(sequence, highest, False)))
