"""Items in the learning database: which there are, which turns they stand for, what reviewers said."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.errors import GoneError
from learning.labels.votes import Vote
from learning.review.item import UNDECIDED, Item
from learning.store import LearningStore, turn_of
from learning.tables import item_turns, items, reviews, turns
from learning.turn import Turn

SKIP, SETTLE = "skip", "settle"
_AT_ONCE = 500


@dataclass(frozen=True)
class Review:
    """What a reviewer said of an item; `verdict`: accept, change, reject, skip or settle."""

    item: str
    reviewer: str
    verdict: str
    value: dict[str, Any]
    note: str
    at: float


def find_items(
    store: LearningStore,
    statuses: Collection[str] = UNDECIDED,
    kind: str = "",
    limit: int | None = None,
    without_verdict_of: str = "",
) -> list[Item]:
    """Items, the most urgent first; of those as urgent, what more conversations hold first.

    Args:
        store: where they are.
        statuses: only items with one of these.
        kind: only items of this kind; of all, if empty.
        limit: at most so many.
        without_verdict_of: a reviewer who is not asked again; what he skipped comes last.
    """
    conversations = sa.func.count(sa.distinct(item_turns.c.conversation))
    statement = (
        sa.select(
            items, sa.func.count(item_turns.c.turn).label("turns"), conversations.label("conversations")
        )
        .select_from(items.outerjoin(item_turns, item_turns.c.item == items.c.id))
        .where(items.c.status.in_(list(statuses)))
        .group_by(*items.c)
    )
    if kind:
        statement = statement.where(items.c.kind == kind)
    order: list[Any] = [items.c.priority.desc(), conversations.desc(), items.c.created, items.c.id]
    if without_verdict_of:
        mine = sa.select(reviews.c.item).where(reviews.c.reviewer == without_verdict_of)
        statement = statement.where(items.c.id.not_in(mine.where(reviews.c.verdict != SKIP)))
        order.insert(0, items.c.id.in_(mine))
    with store.engine.connect() as connection:
        return [_item(row) for row in connection.execute(statement.order_by(*order).limit(limit))]


def get_item(store: LearningStore, name: str) -> Item:
    """One item.

    Raises:
        GoneError: there is none of this name.
    """
    with store.engine.connect() as connection:
        return item_in(connection, name)


def item_in(connection: Connection, name: str) -> Item:
    """One item, within a transaction.

    Raises:
        GoneError: there is none of this name.
    """
    row = connection.execute(sa.select(items).where(items.c.id == name)).first()
    if row is None:
        raise GoneError(f"The item {name[:40]!r} is gone: `rapport learn items` shows those that there are.")
    members = connection.execute(sa.select(item_turns).where(item_turns.c.item == name)).all()
    return _item(row, len(members), len({member.conversation for member in members}))


def put_item(item: Item, connection: Connection) -> None:
    """Writes an item in the place of the one of the same id."""
    values = {key: value for key, value in asdict(item).items() if key in items.c}
    values |= {"votes": [asdict(vote) for vote in item.votes], "reasons": list(item.reasons)}
    connection.execute(sa.delete(items).where(items.c.id == item.id))
    connection.execute(sa.insert(items).values(**values))


def add_turns(name: str, members: Sequence[Turn], connection: Connection) -> None:
    """Says that an item stands for these turns, too."""
    if members:
        rows = [{"item": name, "turn": turn.id, "conversation": turn.conversation} for turn in members]
        connection.execute(sa.insert(item_turns), rows)


def turns_of_item(name: str, connection: Connection) -> list[Turn]:
    """The turns that an item stands for and that are still there, oldest first."""
    statement = sa.select(turns).join(item_turns, item_turns.c.turn == turns.c.id)
    rows = connection.execute(statement.where(item_turns.c.item == name).order_by(turns.c.at, turns.c.id))
    return [turn_of(row) for row in rows]


def assigned(connection: Connection) -> set[str]:
    """Ids of the turns that some item stands for."""
    return set(connection.execute(sa.select(item_turns.c.turn)).scalars())


def reviews_of(name: str, connection: Connection) -> list[Review]:
    """What was said of an item, oldest first."""
    rows = connection.execute(sa.select(reviews).where(reviews.c.item == name).order_by(reviews.c.id))
    return [Review(row.item, row.reviewer, row.verdict, row.value, row.note, row.at) for row in rows]


def skipped_by(store: LearningStore, reviewer: str) -> set[str]:
    """Ids of the items that a reviewer has skipped."""
    mine = sa.select(reviews.c.item).where(reviews.c.reviewer == reviewer, reviews.c.verdict == SKIP)
    with store.engine.connect() as connection:
        return set(connection.execute(mine).scalars())


def put_review(review: Review, connection: Connection) -> None:
    """Writes what a reviewer says in the place of what he said before."""
    mine = (reviews.c.item == review.item, reviews.c.reviewer == review.reviewer)
    connection.execute(sa.delete(reviews).where(*mine))
    connection.execute(sa.insert(reviews).values(**asdict(review)))


def delete_items(names: Collection[str], connection: Connection) -> None:
    """Deletes items with all that was said of them; their turns may be proposed anew."""
    for some in parts(sorted(names)):
        connection.execute(sa.delete(reviews).where(reviews.c.item.in_(some)))
        connection.execute(sa.delete(item_turns).where(item_turns.c.item.in_(some)))
        connection.execute(sa.delete(items).where(items.c.id.in_(some)))


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """So many as a statement takes, one after the other."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _item(row: Any, member_turns: int | None = None, of_conversations: int | None = None) -> Item:
    found = dict(row._mapping)
    found["votes"] = tuple(Vote(**vote) for vote in found["votes"])
    found["reasons"] = tuple(found["reasons"])
    if member_turns is not None:
        found |= {"turns": member_turns, "conversations": of_conversations}
    return Item(**found)
