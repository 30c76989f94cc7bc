"""The learning database: turns, why they are worth a look, and how far conversations were read."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import SQLAlchemyError

from learning.errors import StoreError
from learning.reading import State
from learning.signals import Flag
from learning.tables import conversations, flags, metadata, shadow_readings, turns, values
from learning.turn import FIELDS, Turn

SCHEMA = "1"
BUSY_TIMEOUT_SECONDS = 10.0
_TUPLES = ("asked", "personal", "policies", "responses", "citations", "passages")
_PAIRS = ("ranking", "entities", "actions")
# SQLite takes so many values in one statement, whatever it was built with.
_AT_ONCE = 500


class LearningStore:
    """Reads and writes the learning database; safe to share between threads.

    Example:
        >>> store = LearningStore("sqlite:///var/learning.db")
        >>> store.count_turns()
        0

    Args:
        url: SQLAlchemy address; an SQLite file is made if it is missing.

    Raises:
        StoreError: it cannot be opened, or another version wrote it.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        with self.writing() as connection:
            metadata.create_all(connection)
            written = self.value("schema", connection)
            if written not in (None, SCHEMA):
                raise StoreError(
                    f"{url} was written by another version ({written}, not {SCHEMA}): update Rapport, "
                    "or name another learning.database_url."
                )
            self.set_value("schema", SCHEMA, connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction.

        Raises:
            StoreError: the database is locked or damaged; nothing was written.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(
                f"The learning database cannot be used: {getattr(error, 'orig', error)}."
            ) from error

    def value(self, name: str, connection: Connection) -> str | None:
        """A single value, None if there is none."""
        found = connection.execute(sa.select(values.c.value).where(values.c.name == name)).scalar()
        return None if found is None else str(found)

    def set_value(self, name: str, value: str, connection: Connection) -> None:
        """Keeps a single value."""
        connection.execute(sa.delete(values).where(values.c.name == name))
        connection.execute(sa.insert(values).values(name=name, value=value))

    def put_turns(self, found: Sequence[Turn], connection: Connection) -> None:
        """Writes turns; those that were there are replaced, their feedback stays."""
        for some in _parts(found):
            ids = [turn.id for turn in some]
            known = sa.select(turns.c.id, turns.c.feedback).where(turns.c.id.in_(ids), turns.c.feedback != "")
            feedback = dict(connection.execute(known).all())
            connection.execute(sa.delete(turns).where(turns.c.id.in_(ids)))
            rows = [_row(turn) | {"feedback": turn.feedback or feedback.get(turn.id, "")} for turn in some]
            connection.execute(sa.insert(turns), rows)

    def put_feedback(self, conversation: str, feedback: Mapping[str, str], connection: Connection) -> None:
        """Writes thumbs to the turns whose messages they name."""
        for message_id, given in feedback.items():
            value = given if given in ("up", "down") else ""
            where = (turns.c.conversation == conversation, turns.c.message_id == message_id)
            connection.execute(sa.update(turns).where(*where).values(feedback=value))

    def turns(
        self, conversation: str | None = None, *where: Any, newest_first: bool = False
    ) -> Iterator[Turn]:
        """Turns in order, of one conversation or of all."""
        statement = sa.select(turns).where(*where)
        if conversation is not None:
            statement = statement.where(turns.c.conversation == conversation)
        order = turns.c.at.desc() if newest_first else turns.c.at
        with self.engine.connect() as connection:
            for row in connection.execution_options(stream_results=True).execute(statement.order_by(order)):
                yield turn_of(row)

    def turns_of(self, wanted: Collection[str], connection: Connection) -> dict[str, list[Turn]]:
        """Turns of some conversations, in order, by conversation."""
        found: dict[str, list[Turn]] = {name: [] for name in wanted}
        for some in _parts(sorted(wanted)):
            statement = sa.select(turns).where(turns.c.conversation.in_(some))
            for row in connection.execute(statement.order_by(turns.c.conversation, turns.c.number)):
                found[row.conversation].append(turn_of(row))
        return found

    def count_turns(self) -> int:
        """How many turns there are."""
        with self.engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(turns)).scalar() or 0)

    def replace_flags(
        self, conversation_names: Collection[str], found: Sequence[Flag], connection: Connection
    ) -> None:
        """Writes the flags of some conversations' turns in the place of those that they had."""
        for some in _parts(sorted(conversation_names)):
            connection.execute(sa.delete(flags).where(flags.c.conversation.in_(some)))
        for part in _parts(found):
            connection.execute(sa.insert(flags), [asdict(flag) for flag in part])

    def flags(self) -> list[Flag]:
        """All flags, most urgent first."""
        statement = sa.select(flags).order_by(flags.c.priority.desc(), flags.c.turn, flags.c.signal)
        with self.engine.connect() as connection:
            return [Flag(**row._mapping) for row in connection.execute(statement)]

    def left_in_a_form(self, before: float, since: float, connection: Connection) -> list[str]:
        """Conversations whose last turn, between two times, leaves a form open and is not flagged for it."""
        last = sa.select(turns.c.conversation, sa.func.max(turns.c.number).label("number")).group_by(
            turns.c.conversation
        )
        of_last = last.subquery()
        flagged = sa.select(flags.c.turn).where(flags.c.signal == "abandoned_form")
        statement = (
            sa.select(turns.c.conversation)
            .join(
                of_last,
                sa.and_(turns.c.conversation == of_last.c.conversation, turns.c.number == of_last.c.number),
            )
            .where(
                turns.c.form_after != "", turns.c.at < before, turns.c.at >= since, turns.c.id.not_in(flagged)
            )
        )
        return [str(name) for name in connection.execute(statement).scalars()]

    def positions(self, wanted: Collection[str], connection: Connection) -> dict[str, tuple[int, State]]:
        """From which event on each of some conversations is to be read, and its state there."""
        found: dict[str, tuple[int, State]] = {}
        for some in _parts(sorted(wanted)):
            statement = sa.select(conversations).where(conversations.c.conversation.in_(some))
            for row in connection.execute(statement):
                found[row.conversation] = (row.next_event, State(**row.state))
        return found

    def put_positions(self, positions: Mapping[str, tuple[int, State, bool]], connection: Connection) -> None:
        """Keeps positions; the third value says whether we may learn from the conversation."""
        rows = [
            {"conversation": name, "next_event": event, "state": asdict(state), "allowed": allowed}
            for name, (event, state, allowed) in positions.items()
        ]
        for some in _parts(rows):
            names = [row["conversation"] for row in some]
            connection.execute(sa.delete(conversations).where(conversations.c.conversation.in_(names)))
            connection.execute(sa.insert(conversations), some)

    def forget(self, names: Collection[str], connection: Connection) -> int:
        """Deletes turns, flags and readings of some conversations; how many turns those were."""
        gone = 0
        for some in _parts(sorted(names)):
            for table in (flags, shadow_readings):
                connection.execute(sa.delete(table).where(table.c.conversation.in_(some)))
            gone += connection.execute(sa.delete(turns).where(turns.c.conversation.in_(some))).rowcount
        return gone


def _row(turn: Turn) -> dict[str, Any]:
    return {name: getattr(turn, name) for name in FIELDS}


def turn_of(row: Any) -> Turn:
    """A turn from its row."""
    found = {name: row._mapping[name] for name in FIELDS}
    found |= {name: tuple(found[name]) for name in _TUPLES}
    return Turn(**found | {name: tuple((a, b) for a, b in found[name]) for name in _PAIRS})


def _parts(rows: Sequence[Any] | Iterable[Any]) -> Iterator[list[Any]]:
    rows = list(rows)
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(url, future=True, hide_parameters=True, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, future=True, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}
    )
    sa.event.listen(engine, "connect", _use_wal)
    return engine


def _use_wal(connection: sqlite3.Connection, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
