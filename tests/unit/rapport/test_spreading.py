from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from learning.datasets.records import drop, records
from learning.learned import ACTIVE, LABEL, SPREAD
from learning.store import LearningStore
from rapport import spreading
from rapport.review import open_store
from rapport.settings import Gate, Learning, Settings
from rapport.spreading import spread_to_few
from tests.unit.learning.review.conftest import encode
from tests.unit.rapport.test_review import NLU, put


@pytest.fixture
def store(project: Path, monkeypatch: pytest.MonkeyPatch) -> LearningStore:
    (project / "data").mkdir()
    (project / "data" / "nlu.yml").write_text(NLU, encoding="utf-8")
    monkeypatch.setattr(spreading, "intent_encoder", lambda: SimpleNamespace(encode=encode))
    found = open_store(Settings())
    for name, text, intent in (
        ("t1", "where is my parcel now", "track_order"),
        ("t2", "where is parcel FH-1001", "track_order"),
        ("t3", "cancel my order now", "cancel_order"),
        ("t4", "cancel my parcel order at [phone]", "cancel_order"),
        ("t5", "/cancel_order", "cancel_order"),
    ):
        entities = (("order_number", "FH-1001"),) if "FH-1001" in text else ()
        put(found, name, text, "random", intent=intent, entities=entities)
    return found


def settings(examples: int) -> Settings:
    return Settings(learning=Learning(spread_examples=examples), gate=Gate(frozen_share=0.0))


def active(store: LearningStore) -> dict[str, str]:
    found = [one for one in records(store, [ACTIVE]) if one.kind == SPREAD]
    return {str(one.content["text"]): str(one.content["intent"]) for one in found}


def test_nothing_is_learned_that_nobody_reviewed_unless_it_is_wanted(store: LearningStore) -> None:
    assert spread_to_few(settings(0), store) == 0
    assert records(store) == []


def test_intents_with_few_examples_get_messages_and_what_was_dropped_stays_out(store: LearningStore) -> None:
    assert spread_to_few(settings(9), store) == 3
    assert active(store) == {
        "where is my parcel now": "track_order",
        "where is parcel FH-1001": "track_order",
        "cancel my order now": "cancel_order",
    }
    by_text = {str(one.content["text"]): one for one in records(store)}
    assert by_text["where is parcel FH-1001"].content["entities"] == [["order_number", "FH-1001", "FH-1001"]]
    assert by_text["cancel my order now"].conversations == ("talk-t3",)
    drop(store, [by_text["cancel my order now"].id], "gate: does harm")
    spread_to_few(settings(9), store)
    assert "cancel my order now" not in active(store)
    assert spread_to_few(settings(0), store) == 0
    assert active(store) == {}, "the setting was taken back"
    spread_to_few(settings(9), store)
    assert len(active(store)) == 2
    assert not any(one.kind == LABEL for one in records(store))
