from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from learning import harvest as module
from learning.datasets.forgetting import forget
from learning.errors import SourceError, StoreError
from learning.harvest import Consent, HarvestReport, harvest, pseudonym
from learning.signals import SignalSettings
from learning.store import LearningStore
from tests.unit.learning.conftest import Conversations, Event, acted, replied, said, slot

NOW = 10_000.0
Dialogue = Callable[[float], list[Event]]


def run(conversations: Conversations, store: LearningStore, consent: Consent | None = None) -> HarvestReport:
    return harvest(conversations.engine, store, "key", SignalSettings(sample=0.0), NOW, consent)


def test_a_second_harvest_finds_nothing_new(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue
) -> None:
    conversations.add("ann", *dialogue(100.0))
    conversations.add("bob", *dialogue(200.0))
    first = run(conversations, store)
    assert (first.turns, len(first.conversations), first.events) == (4, 2, 18)
    before = list(store.turns())
    again = run(conversations, store)
    assert (again.turns, again.events) == (0, 0)
    assert list(store.turns()) == before


def test_all_sessions_of_a_sender_are_one_customers(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue
) -> None:
    for began in (100.0, 50_000.0, 90_000.0):
        started = {"event": "action", "name": "action_session_start", "timestamp": began - 1}
        conversations.add("ann", started, {"event": "session_started", "timestamp": began - 1})
        conversations.add("ann", *dialogue(began))
        run(conversations, store)
    assert {turn.conversation for turn in store.turns()} == {pseudonym("ann", "key")}
    assert [turn.number for turn in store.turns()] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("window", [1, 2, 3, 5, 7, 100])
def test_windows_and_later_harvests_cut_no_turn(
    conversations: Conversations,
    store: LearningStore,
    dialogue: Dialogue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    window: int,
) -> None:
    whole = LearningStore(f"sqlite:///{tmp_path / 'whole.db'}")
    monkeypatch.setattr(module, "WINDOW", window)
    for event in [*dialogue(100.0), slot("feedback", {"message_id": "m101.0", "value": "down"}, 120.0)]:
        conversations.add("ann", event)
        conversations.add("bob", event)
        if event["event"] != "slot":
            run(conversations, store)
    run(conversations, store)
    run(conversations, whole)
    assert list(store.turns()) == list(whole.turns())
    assert {turn.feedback for turn in store.turns() if turn.number == 1} == {"down"}
    assert store.flags() == whole.flags()


def test_who_wrote_cannot_be_read_from_a_turn(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue
) -> None:
    conversations.add("ann@example.com", *dialogue(100.0))
    run(conversations, store)
    names = {turn.conversation for turn in store.turns()}
    assert names == {pseudonym("ann@example.com", "key")}
    assert pseudonym("ann@example.com", "key") != pseudonym("ann@example.com", "other key")
    assert "ann@" not in str(list(store.turns()))


def test_without_consent_nothing_is_kept_and_a_withdrawal_reaches_what_was(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue
) -> None:
    consent = Consent("may_learn", by_default=True)
    conversations.add("ann", *dialogue(100.0))
    conversations.add("bob", slot("may_learn", False, 1.0), *dialogue(200.0))
    report = run(conversations, store, consent)
    assert len(report.withheld) == 1 and {turn.at for turn in store.turns()} == {101.0, 110.0}
    conversations.add("ann", slot("may_learn", False, 300.0))
    run(conversations, store, consent)
    assert not list(store.turns()) and not store.flags()
    conversations.add("ann", said("what about gift cards", 400.0))
    run(conversations, store, consent)
    assert not list(store.turns())


def test_where_consent_must_be_given_only_those_who_gave_it_are_read(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue
) -> None:
    conversations.add("ann", slot("may_learn", True, 1.0), *dialogue(100.0))
    conversations.add("bob", *dialogue(200.0))
    run(conversations, store, Consent("may_learn", by_default=False))
    assert {turn.at for turn in store.turns()} == {101.0, 110.0}


def test_a_form_left_open_is_flagged_once_the_conversation_has_ended(
    conversations: Conversations, store: LearningStore
) -> None:
    conversations.add(
        "ann",
        said("return my boots", NOW - 60, intent="start_return"),
        {"event": "active_loop", "name": "return_form", "timestamp": NOW - 59},
        replied("Which order?", NOW - 58),
    )
    settings = SignalSettings(sample=0.0)
    harvest(conversations.engine, store, "key", settings, NOW)
    assert not store.flags()
    harvest(conversations.engine, store, "key", settings, NOW + 7_200)
    assert [flag.signal for flag in store.flags()] == ["abandoned_form"]


def test_a_harvest_that_dies_is_taken_up_where_it_was(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 6)
    for number in range(4):
        conversations.add(f"c{number}", *dialogue(100.0 * number))

    def dies(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        harvest(conversations.engine, store, "key", SignalSettings(), NOW, progress=dies)
    run(conversations, store)
    assert store.count_turns() == 8


def test_broken_events_are_counted_and_passed_over(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue
) -> None:
    conversations.add("ann", "{torn", *dialogue(100.0), "[]", "null")
    report = run(conversations, store)
    assert (report.broken, report.turns) == (3, 2)


def test_a_store_without_conversations_and_one_that_is_locked_are_named(
    store: LearningStore, conversations: Conversations, dialogue: Dialogue, tmp_path: Path
) -> None:
    empty = sa.create_engine(f"sqlite:///{tmp_path / 'empty.db'}", future=True)
    with pytest.raises(SourceError, match=r"endpoints\.yml"):
        harvest(empty, store, "key", SignalSettings(), NOW)
    conversations.add("ann", *dialogue(100.0))
    locked = LearningStore(f"sqlite:///{tmp_path / 'locked.db'}")
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with locked.engine.connect() as connection:
        connection.connection.execute("PRAGMA busy_timeout=100")
    with pytest.raises(StoreError, match="locked"):
        run(conversations, locked)
    other.execute("ROLLBACK")
    assert run(conversations, locked).turns == 2


def test_another_versions_database_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    store = LearningStore(url)
    with store.writing() as connection:
        store.set_value("schema", "0", connection)
    with pytest.raises(StoreError, match="another version"):
        LearningStore(url)
    (tmp_path / "text.db").write_text("not a database, by any means" * 100)
    with pytest.raises(StoreError):
        LearningStore(f"sqlite:///{tmp_path / 'text.db'}")


def test_a_long_conversation_is_read_quickly(conversations: Conversations, store: LearningStore) -> None:
    events = [one for n in range(500) for one in (said("hm", 10.0 * n), acted("action_x", 10.0 * n + 1))]
    conversations.add("ann", *events)
    assert run(conversations, store).turns == 500


def test_who_is_forgotten_while_a_harvest_reads_does_not_come_back(
    conversations: Conversations, store: LearningStore, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations.add("ann", *dialogue(100.0))
    conversations.add("bob", *dialogue(200.0))
    read = module._read
    forgotten: list[str] = []

    def read_and_forget(source: sa.engine.Engine, events: sa.Table, cursor: int, limit: int) -> object:
        found = read(source, events, cursor, limit)
        if not forgotten:
            forgotten.append("bob")
            with source.begin() as connection:
                connection.execute(sa.delete(events).where(events.c.sender_id == "bob"))
                last = connection.execute(sa.select(sa.func.max(events.c.id))).scalar()
            forget(store, [pseudonym("bob", "key")], NOW, last)
        return found

    monkeypatch.setattr(module, "_read", read_and_forget)
    run(conversations, store)
    assert forgotten and {turn.conversation for turn in store.turns()} == {pseudonym("ann", "key")}

    conversations.add("cy", *dialogue(300.0))  # with the ids that bob's events had
    assert run(conversations, store).turns == 2
