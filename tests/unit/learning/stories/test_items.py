from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from learning.store import LearningStore
from learning.stories.items import Offer, offer
from learning.tables import item_turns, items
from learning.turn import Turn

TURN = Turn("t1", "c1", 1, 0.0, text="hello")
OFFER = Offer("story", "t1", 6, "hello", "en", {"name": "a"}, ("why",), (TURN,))


def rows(store: LearningStore, table: sa.Table) -> list[dict[str, object]]:
    with store.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(table))]


def test_what_is_offered_twice_is_one_item_as_it_was_offered_last() -> None:
    store = LearningStore("sqlite://")
    offer(store, OFFER, 1.0)
    assert offer(store, replace(OFFER, proposal={"name": "b"}), 2.0) == "open"
    (item,) = rows(store, items)
    assert (item["proposal"], item["priority"], item["kind"]) == ({"name": "b"}, 6, "story")
    assert rows(store, item_turns) == [{"item": OFFER.id, "turn": "t1", "conversation": "c1"}]


def test_what_a_reviewer_has_decided_is_not_asked_again() -> None:
    store = LearningStore("sqlite://")
    offer(store, OFFER, 1.0)
    with store.writing() as connection:
        connection.execute(sa.update(items).values(status="rejected"))
    assert offer(store, replace(OFFER, proposal={"name": "b"}), 2.0) == "rejected"
    assert rows(store, items)[0]["proposal"] == {"name": "a"}
