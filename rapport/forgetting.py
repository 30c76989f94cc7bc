"""Erases a customer's conversations everywhere: `rapport forget`."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import typer
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from learning.datasets.files import WRITTEN
from learning.datasets.forgetting import Forgotten
from learning.datasets.forgetting import forget as forget_learned
from learning.datasets.quotes import own_texts
from learning.harvest import pseudonym
from learning.store import LearningStore
from rapport.console import console, done
from rapport.conversations import conversations_engine
from rapport.errors import RapportError
from rapport.forgetting_files import forget_copies, forget_preview, unquote_files
from rapport.learned import write
from rapport.review import open_store
from rapport.secret_files import LEARNING_KEY, read_secret
from rapport.settings import Settings
from rapport.vectors import FILE

# What of a dataset may hold a customer's words.
# Tables of the shop's database that keep what was said; tickets are the shop's own records.
_NOTED = ("activities", "handovers")
_SHOP = "The shop's database"


@dataclass(frozen=True)
class Erasure:
    """What was erased; `tickets` stay, `files` were written anew."""

    events: int
    noted: int
    tickets: int
    learned: Forgotten
    files: tuple[str, ...]

    def as_values(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "events": self.events,
            "activities_and_handovers": self.noted,
            "tickets_kept": self.tickets,
            "turns": self.learned.turns,
            "items": self.learned.items,
            "learned": [one.id for one in self.learned.learned],
            "models": [{"id": name, "path": path} for name, path in self.learned.models],
            "files": list(self.files),
        }


def forget(settings: Settings, sender: str) -> Erasure:
    """Erases the conversation of a sender.

    Forgetting again goes on where one that failed has stopped.

    Args:
        settings: where everything is.
        sender: the id that the channel gave, which is the conversation's name in Rasa.

    Raises:
        RapportError: a database cannot be written.
        LearningError: the learning database or the learned files cannot be written.
    """
    store = open_store(settings)
    # A damaged file is to be mended before anything is erased.
    if any(Path(file).exists() for file in WRITTEN):
        write(settings, dry_run=True)
    shop = sa.create_engine(settings.shop.database_url, hide_parameters=True)
    _check_writable(shop, _SHOP)
    FILE.unlink(missing_ok=True)  # vectors of customers' texts, which are made again
    # Where it came from goes first: what was learned could be learned again from that.
    events, last = _erase_events(sender)
    noted, tickets = _erase_noted(shop, sender)
    gone, files = Forgotten(0, 0, (), ()), list[str]()
    if LEARNING_KEY.exists():
        gone, files = _erase_learned(settings, store, pseudonym(sender, read_secret(LEARNING_KEY)), last)
    return Erasure(events, noted, tickets, gone, tuple(files))


def _erase_learned(
    settings: Settings, store: LearningStore, name: str, last_event: int | None
) -> tuple[Forgotten, list[str]]:
    """Files that quote the conversation before the database, which alone knows what it said."""
    with store.engine.connect() as connection:
        texts = own_texts([name], connection)
    files = unquote_files(settings, texts)
    gone = forget_learned(store, [name], time.time(), last_event)
    overwrite(store.engine)
    if any(Path(file).exists() for file in WRITTEN):
        files += write(settings).files
    files += forget_copies(settings, store, [model for model, _ in gone.models])
    return gone, files + (forget_preview() if gone.learned else [])


def _erase_events(sender: str) -> tuple[int, int | None]:
    """Deletes the conversation; how many events it had, and the last event that is left."""
    engine = conversations_engine(writable=True)
    if engine is None:
        return 0, None
    with _writing(engine, "The conversations") as connection:
        events = sa.table("events", sa.column("id"), sa.column("sender_id"))
        count = connection.execute(sa.delete(events).where(events.c.sender_id == sender)).rowcount
        last = connection.execute(sa.select(sa.func.max(events.c.id))).scalar()
    overwrite(engine)
    return count, int(last or 0)


def _erase_noted(shop: Engine, sender: str) -> tuple[int, int]:
    """Deletes activities and hand-overs of the conversation; how many, and how many tickets stay."""
    with _writing(shop, _SHOP) as connection:
        there = set(sa.inspect(connection).get_table_names())
        tables = {name: sa.table(name, sa.column("conversation_id")) for name in there}
        noted = 0
        for name in there.intersection(_NOTED):
            where = tables[name].c.conversation_id == sender
            noted += connection.execute(sa.delete(tables[name]).where(where)).rowcount
        if "tickets" not in there:
            return noted, 0
        count = sa.select(sa.func.count()).select_from(tables["tickets"])
        where = tables["tickets"].c.conversation_id == sender
        tickets = int(connection.execute(count.where(where)).scalar() or 0)
    overwrite(shop)
    return noted, tickets


def _check_writable(engine: Engine, what: str) -> None:
    """A database that is locked is noticed before anything is erased elsewhere."""
    if engine.dialect.name == "sqlite":
        with _writing(engine, what) as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def overwrite(engine: Engine) -> None:
    """Has SQLite's write-ahead log begin anew: what was deleted stands in it until then.

    While somebody reads, that waits for the next one who writes.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection, suppress(SQLAlchemyError):
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


class _writing:
    """A transaction whose failure is a sentence."""

    def __init__(self, engine: Engine, what: str) -> None:
        self._begun, self._what = engine.begin(), what

    def __enter__(self) -> Connection:
        connection = self._begun.__enter__()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        return connection

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._begun.__exit__(kind, error, trace)
        if isinstance(error, SQLAlchemyError):
            told = getattr(error, "orig", error)
            raise RapportError(
                f"{self._what} cannot be erased ({told}): forget again in a moment."
            ) from error


def show_forget(settings: Settings, sender: str, yes: bool, as_json: bool) -> None:
    """Asks for confirmation, erases, and says what was erased and which models saw it."""
    if not sender.strip():
        raise RapportError("Whose conversation? Name the sender's id, as the tracker store has it.")
    if not yes and not typer.confirm(f"Erase everything that {sender} wrote? This cannot be undone."):
        console.print("Nothing was erased.")
        return
    erased = forget(settings, sender)
    told = erased.as_values()
    if as_json:
        print(json.dumps(told))  # noqa: T201
        return
    done(f"{erased.events} events, {told['turns']} turns, {len(told['learned'])} learned things are erased")
    console.print(
        f"  {erased.noted} notes and hand-overs are erased, {told['items']} review items were changed"
    )
    for file in erased.files:
        console.print(f"  {file} is written anew (git still has the old one)", markup=False)
    if erased.tickets:
        console.print(f"  {erased.tickets} tickets stay: they are the shop's own records, delete them there")
    for name, path in erased.learned.models:
        console.print(f"  the model {name} ({path}) has seen it: its training is asked for", markup=False)
    if told["learned"] and not erased.learned.models:
        console.print("  run `rapport train`: models that were trained by hand may have seen it", style="dim")
