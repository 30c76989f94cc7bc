"""What was accepted, in the learning database: kept, dropped with a reason, never silently lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.learned import ACTIVE, DROPPED, ERASED, Learned
from learning.store import LearningStore
from learning.tables import learned

_AT_ONCE = 500
_TAKEN_BACK = "took it back"


def accepted(store: LearningStore) -> list[Learned]:
    """What counts in the next dataset, oldest first."""
    return records(store, [ACTIVE])


def records(
    store: LearningStore,
    statuses: Collection[str] = (ACTIVE, DROPPED, ERASED),
    ids: Collection[str] | None = None,
) -> list[Learned]:
    """All that was learned, oldest first; `ids`: only these."""
    statement = sa.select(learned).where(learned.c.status.in_(list(statuses)))
    with store.engine.connect() as connection:
        found = [record(row) for row in connection.execute(statement.order_by(learned.c.at, learned.c.id))]
    return found if ids is None else [one for one in found if one.id in set(ids)]


def drop(store: LearningStore, ids: Collection[str], why: str) -> int:
    """Takes learned things out of the next dataset; they stay in the database with the reason.

    Returns:
        How many were active until now.
    """
    with store.writing() as connection:
        return drop_in(ids, why, connection)


def drop_in(ids: Collection[str], why: str, connection: Connection) -> int:
    """The same within a transaction."""
    dropped, wanted = 0, sorted(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        where = (learned.c.id.in_(wanted[start : start + _AT_ONCE]), learned.c.status == ACTIVE)
        done = connection.execute(sa.update(learned).where(*where).values(status=DROPPED, why=why[:500]))
        dropped += done.rowcount
    return dropped


def replace_of_item(item: str, made: Sequence[Learned], why_dropped: str, connection: Connection) -> None:
    """Keeps what an item teaches now, and drops what it taught before its reviewers changed their minds.

    What the gate or a designer has dropped stays dropped, whoever accepts it again.

    Args:
        item: the item's id.
        made: what it teaches; nothing where it was rejected or is open.
        why_dropped: the reason for what it teaches no more.
        connection: a transaction that holds the item.
    """
    wanted = {one.id: one for one in made}
    mine = connection.execute(sa.select(learned.c.id).where(learned.c.item == item)).scalars()
    drop_in(set(mine) - wanted.keys(), why_dropped, connection)
    for one in wanted.values():
        row = connection.execute(sa.select(learned).where(learned.c.id == one.id)).first()
        if row is None:
            connection.execute(sa.insert(learned).values(**_values(one)))
            continue
        known = record(row)
        back = known.status == ERASED or (known.status == DROPPED and known.why.endswith(_TAKEN_BACK))
        if known.item == item or back:
            values = _values(one) if back else {**_values(one), "status": known.status, "why": known.why}
        else:
            values = {
                "conversations": sorted({*known.conversations, *one.conversations}),
                "approved_by": sorted({*known.approved_by, *one.approved_by}),
            }
        connection.execute(sa.update(learned).where(learned.c.id == one.id).values(**values))


def record(row: Any) -> Learned:
    """A learned thing from its row."""
    found = dict(row._mapping)
    for name in ("conversations", "approved_by"):
        found[name] = tuple(found[name])
    return Learned(**found)


def _values(one: Learned) -> dict[str, Any]:
    found = asdict(one)
    return found | {name: list(found[name]) for name in ("conversations", "approved_by")}
