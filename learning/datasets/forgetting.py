"""Forgets conversations: all that the learning database holds of them, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.datasets.files import units_of
from learning.datasets.quotes import own_texts, unquote
from learning.datasets.records import record
from learning.harvest import LAST_EVENT, LAST_FORGOTTEN
from learning.learned import ERASED, LABEL, Learned
from learning.review.item import UNDECIDED
from learning.review.queue import delete_items, turns_of_item
from learning.review.words import normalised
from learning.store import LearningStore
from learning.tables import (
    candidate_learned,
    candidates,
    conversations,
    item_turns,
    items,
    learned,
    turns,
)

# A value in the store: what must be trained again, which `rapport learn watch` reads.
RETRAIN = "retrain_wanted"
_WHY = "the customer asked us to forget it"


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten in the learning database.

    Attributes:
        turns: how many were deleted, with their flags.
        items: how many items were deleted or lost their text.
        learned: what was erased, as it was before; files are written anew, and know it by its marks.
        models: ids and paths of the models that were trained on it.
    """

    turns: int
    items: int
    learned: tuple[Learned, ...]
    models: tuple[tuple[str, str], ...]


def forget(
    store: LearningStore, names: Collection[str], now: float, last_event: int | None = None
) -> Forgotten:
    """Forgets conversations by their pseudonyms; all of it or, if something fails, nothing.

    Undecided items of theirs are deleted: what is left of them is proposed anew. What others taught, too,
    stays in their words.

    Args:
        store: the learning database.
        names: the pseudonyms.
        now: in seconds since the epoch.
        last_event: the last event that the tracker store has left; nothing if it was not touched.
    """
    with store.writing() as connection:
        if store.engine.dialect.name == "sqlite":  # else deleted rows stay in the file until written over
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        theirs = _texts(names, connection)
        unquote(own_texts(names, connection), connection)
        erased = [one for one in _learned(connection) if _erase(one, names, theirs, connection)]
        changed = _forget_items(names, connection)
        gone = store.forget(names, connection)
        connection.execute(sa.delete(conversations).where(conversations.c.conversation.in_(list(names))))
        models = _models([one.id for one in erased], connection)
        if models:
            _want_training(store, [one.id for one in erased], [name for name, _ in models], now, connection)
        # A harvest that read their events before they were erased reads again.
        store.set_value(LAST_FORGOTTEN, repr(now), connection)
        if last_event is not None and last_event < int(store.value(LAST_EVENT, connection) or 0):
            # SQLite gives the ids of the last rows again: new events would seem to have been read.
            store.set_value(LAST_EVENT, str(last_event), connection)
    return Forgotten(gone, changed, tuple(erased), tuple(models))


def _texts(names: Collection[str], connection: Connection) -> set[str]:
    found = connection.execute(sa.select(turns.c.text).where(turns.c.conversation.in_(list(names)))).scalars()
    return {normalised(text) for text in found}


def _learned(connection: Connection) -> list[Learned]:
    rows = connection.execute(sa.select(learned).where(learned.c.status != ERASED))
    return [record(row) for row in rows]


def _erase(one: Learned, names: Collection[str], texts: Collection[str], connection: Connection) -> bool:
    """Erases what comes from these conversations alone, or is in their words; whether it was erased."""
    left = [name for name in one.conversations if name not in names]
    if len(left) == len(one.conversations):
        return False
    changed = replace(one, conversations=tuple(left))
    others = _others_texts(one.item, names, connection)
    # Of a label the conversations are those that wrote this very text; of all else, those of the whole item.
    own_words = one.kind != LABEL and any(
        normalised(text) in texts and normalised(text) not in others for text in _words_of(one)
    )
    gone = not left or own_words
    if gone:
        marks = [unit.mark for unit in units_of(one)]
        changed = replace(changed, conversations=(), status=ERASED, content={"marks": marks}, why=_WHY)
    values = {name: getattr(changed, name) for name in ("status", "content", "why")}
    values["conversations"] = list(changed.conversations)
    connection.execute(sa.update(learned).where(learned.c.id == one.id).values(**values))
    return gone


def _others_texts(item: str, names: Collection[str], connection: Connection) -> set[str]:
    members = turns_of_item(item, connection)
    return {normalised(turn.text) for turn in members if turn.conversation not in names}


def _words_of(one: Learned) -> list[str]:
    """Every text in a learned thing that a customer may have written."""
    found: list[str] = []
    waiting: list[object] = list(one.content.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def _forget_items(names: Collection[str], connection: Connection) -> int:
    """Takes the conversations out of items; how many items that changed."""
    where = item_turns.c.conversation.in_(list(names))
    touched = set(connection.execute(sa.select(item_turns.c.item).where(where)).scalars())
    connection.execute(sa.delete(item_turns).where(where))
    deleted = []
    for name in touched:
        left = turns_of_item(name, connection)
        status = connection.execute(sa.select(items.c.status).where(items.c.id == name)).scalar()
        if not left or status in UNDECIDED:
            deleted.append(name)
        else:
            # Proposal, votes and reasons quote what customers wrote; the verdict is what counts now.
            blank = {"text": left[0].text, "proposal": {}, "votes": [], "reasons": []}
            connection.execute(sa.update(items).where(items.c.id == name).values(**blank))
    delete_items(deleted, connection)
    return len(touched)


def _models(ids: Sequence[str], connection: Connection) -> list[tuple[str, str]]:
    statement = (
        sa.select(candidates.c.id, candidates.c.path)
        .join(candidate_learned, candidate_learned.c.candidate == candidates.c.id)
        .where(candidate_learned.c.learned.in_(list(ids)))
        .distinct()
    )
    return [(str(row.id), str(row.path)) for row in connection.execute(statement.order_by(candidates.c.id))]


def wanted_training(store: LearningStore) -> dict[str, Any]:
    """Since when (`at`) which `models` are to be trained anew, without what (`learned`); or nothing."""
    with store.engine.connect() as connection:
        found: dict[str, Any] = json.loads(store.value(RETRAIN, connection) or "{}")
    return found


def _want_training(
    store: LearningStore, ids: Sequence[str], models: Sequence[str], now: float, connection: Connection
) -> None:
    before = json.loads(store.value(RETRAIN, connection) or "{}")
    wanted = {
        "at": now,
        "why": _WHY,
        "learned": sorted({*before.get("learned", ()), *ids}),
        "models": sorted({*before.get("models", ()), *models}),
    }
    store.set_value(RETRAIN, json.dumps(wanted), connection)
