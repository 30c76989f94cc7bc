"""Flagged turns that wait to be put before reviewers, of each customer so many at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.learned import LABEL
from learning.review.item import OPEN, UNDECIDED
from learning.review.queue import assigned
from learning.store import LearningStore, turn_of
from learning.tables import flags, item_turns, items, reviews, turns
from learning.turn import Turn


@dataclass(frozen=True)
class Flagged:
    """A turn with its signals and why each, and the turn that followed."""

    turn: Turn
    signals: dict[str, str]
    priority: int
    following: Turn | None = None


def waiting(store: LearningStore) -> list[Flagged]:
    """Flagged turns that are in no item, the most urgent first."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    priorities: dict[str, int] = {}
    conversations: dict[str, None] = {}
    with store.engine.connect() as connection:
        known = assigned(connection)
        for flag in store.flags():
            if flag.turn not in known:
                found[flag.turn][flag.signal] = flag.why
                priorities[flag.turn] = max(priorities.get(flag.turn, 0), flag.priority)
                conversations[flag.conversation] = None
        by_conversation = store.turns_of(list(conversations), connection)
    listed = []
    for spoken in by_conversation.values():
        for place, turn in enumerate(spoken):
            if turn.id in found:
                following = spoken[place + 1] if place + 1 < len(spoken) else None
                listed.append(Flagged(turn, found[turn.id], priorities[turn.id], following))
    return sorted(listed, key=lambda one: (-one.priority, one.turn.at, one.turn.id))


def unasked(store: LearningStore) -> list[Flagged]:
    """Turns of open label items that no reviewer has judged: with later ones they may make a cluster."""
    judged = sa.select(reviews.c.item)
    statement = (
        sa.select(turns, flags.c.signal, flags.c.why, flags.c.priority.label("urgency"))
        .join(item_turns, item_turns.c.turn == turns.c.id)
        .join(items, items.c.id == item_turns.c.item)
        .join(flags, flags.c.turn == turns.c.id)
        .where(items.c.kind == LABEL, items.c.status == OPEN, items.c.id.not_in(judged))
    )
    found: dict[str, Flagged] = {}
    with store.engine.connect() as connection:
        for row in connection.execute(statement.order_by(turns.c.at, turns.c.id)):
            one = found.get(row.id) or Flagged(turn_of(row), {}, 0)
            signals = {**one.signals, row.signal: row.why}
            found[row.id] = replace(one, signals=signals, priority=max(one.priority, row.urgency))
    return list(found.values())


def before_reviewers(connection: Connection) -> dict[str, int]:
    """How many turns of each conversation are in items that nobody has decided yet."""
    statement = (
        sa.select(item_turns.c.conversation, sa.func.count())
        .join(items, items.c.id == item_turns.c.item)
        .where(items.c.status.in_(UNDECIDED))
        .group_by(item_turns.c.conversation)
    )
    return {str(name): int(count) for name, count in connection.execute(statement)}
