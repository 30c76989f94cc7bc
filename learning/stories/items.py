"""Puts a draft before reviewers: an item, the turns that it stands for, nothing that was decided already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from learning.review.item import OPEN, Item, item_id
from learning.review.queue import add_turns, put_item
from learning.store import LearningStore
from learning.tables import item_turns, items
from learning.turn import Turn


@dataclass(frozen=True)
class Offer:
    """What a reviewer is asked.

    Attributes:
        kind: one of `learning.learned.KINDS`.
        key: the same for the same thing, so that it is offered once.
        priority: 10 first.
        text: what the customer wrote.
        language: two letters.
        proposal: what is learned if a reviewer accepts; its keys are those of `Learned.content`.
        reasons: why it is asked, a sentence each.
        turns: where it comes from.
    """

    kind: str
    key: str
    priority: int
    text: str
    language: str
    proposal: dict[str, Any]
    reasons: tuple[str, ...]
    turns: Sequence[Turn]

    @property
    def id(self) -> str:
        """The item's id."""
        return item_id(self.kind, self.key)


def offer(store: LearningStore, offered: Offer, now: float) -> str:
    """Makes an item, or renews one that nobody has decided yet.

    Args:
        store: where items are.
        offered: what is asked.
        now: the present time, in seconds since the epoch.

    Returns:
        The item's status: `open`, or what reviewers have decided.
    """
    with store.writing() as connection:
        status = connection.execute(sa.select(items.c.status).where(items.c.id == offered.id)).scalar()
        if status not in (None, OPEN):
            return str(status)
        connection.execute(sa.delete(item_turns).where(item_turns.c.item == offered.id))
        put_item(_item(offered, now), connection)
        add_turns(offered.id, offered.turns, connection)
    return OPEN


def _item(offered: Offer, now: float) -> Item:
    return Item(
        offered.id, offered.kind, OPEN, offered.priority, offered.text, offered.language, offered.proposal,
        reasons=offered.reasons, created=now,
    )  # fmt: skip
