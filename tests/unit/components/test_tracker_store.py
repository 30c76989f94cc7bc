from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError

from components import sql_engine
from components.tracker_store import RapportTrackerStore


class Broker:
    """An event broker that keeps what it is given."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.published.append(event)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new folder/tracker.db"


def opened(file: Path, domain: Domain, **settings: Any) -> RapportTrackerStore:
    return RapportTrackerStore(domain, db=str(file), personal_slots=["identity"], **settings)


@pytest.fixture
def store(file: Path, domain: Domain) -> RapportTrackerStore:
    return opened(file, domain)


def rows(file: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(file) as database:
        return [json.loads(data) for (data,) in database.execute("select data from events order by id")]


def user(text: str) -> UserUttered:
    return UserUttered(
        text, {"name": "inform", "confidence": 1.0}, [], {"text": text, "intent": {"name": "inform"}}
    )


async def turn(store: TrackerStore, *events: Event, sender: str = "emma") -> DialogueStateTracker:
    """What Rasa does with a message: fetch the tracker, add events, save it."""
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    for event in events:
        tracker.update(event)
    await store.save(tracker)
    return tracker


def texts(tracker: DialogueStateTracker | None) -> list[str | None]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


@pytest.fixture
def locked(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another process that is writing; `rollback` ends it."""
    monkeypatch.setattr(sql_engine, "BUSY_TIMEOUT_MS", 20)
    file.parent.mkdir(parents=True, exist_ok=True)
    other = sqlite3.connect(file, isolation_level=None)
    yield other
    other.close()


# --- masking


async def test_personal_data_is_masked_in_the_file_but_not_in_the_conversation(
    store: RapportTrackerStore, file: Path
) -> None:
    tracker = await turn(
        store, user("mail emma@example.com about FH-1001"), BotUttered("to emma@example.com")
    )
    assert b"emma@example.com" not in file.read_bytes() + Path(f"{file}-wal").read_bytes()
    assert rows(file)[0]["text"] == "mail [email] about FH-1001"
    assert texts(tracker) == ["mail emma@example.com about FH-1001"]


async def test_the_answer_to_a_personal_question_is_masked_whole_in_every_turn_it_is_asked(
    store: RapportTrackerStore, file: Path
) -> None:
    await turn(store, SlotSet("requested_slot", "identity"))
    await turn(
        store, user("12 High Street"), SlotSet("identity", "12 High Street"), SlotSet("requested_slot", None)
    )
    await turn(store, user("thank you"))
    assert "High Street" not in json.dumps(rows(file))
    assert [row["text"] for row in rows(file) if row["event"] == "user"] == ["[identity]", "thank you"]


async def test_after_a_restart_nothing_is_asked_any_more(store: RapportTrackerStore, file: Path) -> None:
    await turn(store, SlotSet("requested_slot", "identity"), Restarted(), user("hello there"))
    assert rows(file)[-1]["text"] == "hello there"


async def test_the_broker_gets_masked_events_once(file: Path, domain: Domain) -> None:
    broker = Broker()
    store = opened(file, domain, event_broker=broker)
    await turn(store, user("a@b.co"))
    await turn(store, user("next"))
    assert [(event["sender_id"], event["text"]) for event in broker.published] == [
        ("emma", "[email]"),
        ("emma", "next"),
    ]


# --- memory and the database agree


async def test_a_live_conversation_is_not_read_again(store: RapportTrackerStore) -> None:
    first = await turn(store, user("one"))
    assert await turn(store, user("two")) is first
    assert texts(await store.retrieve("emma")) == ["one", "two"]


async def test_what_a_second_process_wrote_is_seen(
    store: RapportTrackerStore, file: Path, domain: Domain
) -> None:
    await turn(store, user("one"))
    await turn(opened(file, domain), user("two"))
    assert texts(await store.retrieve("emma")) == ["one", "two"]
    await turn(store, user("three"))
    assert [row["text"] for row in rows(file)] == ["one", "two", "three"]


async def test_what_a_second_process_wrote_in_the_middle_of_a_turn_is_seen_in_the_next(
    store: RapportTrackerStore, file: Path, domain: Domain
) -> None:
    tracker = await turn(store, user("one"))
    tracker.update(user("two"))
    await turn(opened(file, domain), user("meanwhile"))
    await store.save(tracker)
    assert texts(await store.retrieve("emma")) == ["one", "meanwhile", "two"]


async def test_someone_who_looks_in_the_middle_of_a_turn_sees_what_is_stored_and_disturbs_nothing(
    store: RapportTrackerStore, file: Path
) -> None:
    tracker = await turn(store, user("one"))
    tracker.update(user("two"))
    assert texts(await store.retrieve("emma")) == ["one"]
    await store.save(tracker)
    assert [row["text"] for row in rows(file)] == ["one", "two"]


async def test_a_turn_that_broke_off_leaves_no_trace(store: RapportTrackerStore, file: Path) -> None:
    tracker = await turn(store, user("one"))
    tracker.update(user("broken off"))
    await turn(store, user("two"))
    assert [row["text"] for row in rows(file)] == ["one", "two"]


async def test_a_new_session_begins_with_an_empty_talk_as_it_does_in_rasa(
    store: RapportTrackerStore, file: Path
) -> None:
    start = [ActionExecuted("action_session_start"), SessionStarted()]
    await turn(store, *start, user("old"))
    again = await turn(store, ActionExecuted("action_session_start"), SessionStarted(), user("new"))
    again.update(user("same turn"))
    await store.save(again)
    assert [row["text"] for row in rows(file) if row["event"] == "user"] == ["old", "new", "same turn"]
    assert texts(await store.retrieve("emma")) == ["new", "same turn"]
    assert texts(await store.retrieve_full_tracker("emma")) == ["old", "new", "same turn"]


async def test_a_full_tracker_can_be_saved_without_writing_anything_twice(
    store: RapportTrackerStore, file: Path
) -> None:
    await turn(store, user("old"))
    await turn(store, SessionStarted(), user("new"))
    full = await store.retrieve_full_tracker("emma")
    assert full is not None
    full.update(user("added"))
    await store.save(full)
    assert [row["text"] for row in rows(file) if row["event"] == "user"] == ["old", "new", "added"]


async def test_a_tracker_from_elsewhere_continues_or_begins(store: RapportTrackerStore, file: Path) -> None:
    first = await turn(store, user("one"))
    await store.save(DialogueStateTracker.from_events("emma", [*first.events, user("two")]))
    await store.save(DialogueStateTracker.from_events("emma", [user("anew")]))
    assert [row["text"] for row in rows(file)] == ["one", "two", "anew"]


async def test_only_the_latest_conversations_stay_in_memory(file: Path, domain: Domain) -> None:
    store = opened(file, domain, live_conversations=2)
    first = await turn(store, user("one"), sender="a")
    for sender in ("b", "c"):
        await turn(store, user("one"), sender=sender)
    assert list(store._live) == ["b", "c"]
    again = await turn(store, user("two"), sender="a")
    assert again is not first
    assert texts(again) == ["one", "two"]


async def test_a_new_model_brings_its_own_slots(store: RapportTrackerStore) -> None:
    await turn(store, user("one"))
    store.domain = Domain.from_yaml(
        'version: "3.1"\nslots:\n  fresh: {type: text, mappings: [{type: custom}]}'
    )
    tracker = await store.retrieve("emma")
    assert tracker is not None and "fresh" in tracker.slots


async def test_an_unknown_conversation_is_none(store: RapportTrackerStore) -> None:
    assert await store.retrieve("nobody") is None
    assert await store.exists("nobody") is False


# --- a locked or broken database


async def test_while_the_database_is_locked_a_turn_waits_and_is_written_with_the_next(
    file: Path, domain: Domain, locked: sqlite3.Connection
) -> None:
    broker = Broker()
    store = opened(file, domain, event_broker=broker)
    safe = FailSafeTrackerStore(store)  # as Rasa wraps it
    await turn(safe, user("one"))
    locked.execute("begin immediate")
    with structlog.testing.capture_logs() as logs:
        await turn(safe, user("two: a@b.co"))
    assert [(log["event"], log["log_level"]) for log in logs] == [("tracker_store.not_saved", "error")]
    assert "a@b.co" not in str(logs)
    assert texts(await safe.retrieve("emma")) == ["one", "two: a@b.co"]
    assert [event["text"] for event in broker.published] == ["one"]
    locked.execute("rollback")
    await turn(safe, user("other"), sender="tom")
    await turn(safe, user("three"))
    assert [row["text"] for row in rows(file)] == ["one", "two: [email]", "other", "three"]
    assert [event["text"] for event in broker.published] == ["one", "two: [email]", "other", "three"]


async def test_a_conversation_that_begins_while_the_database_is_locked_is_kept_too(
    file: Path, domain: Domain, locked: sqlite3.Connection
) -> None:
    store = opened(file, domain, live_conversations=1)
    locked.execute("begin immediate")
    for sender in ("a", "b", "c"):
        await turn(store, user("one"), sender=sender)
    store.domain = domain
    await turn(store, user("two"), sender="a")
    locked.execute("rollback")
    await turn(store, user("three"), sender="a")
    assert sorted(row["text"] for row in rows(file)) == ["one", "one", "one", "three", "two"]


async def test_errors_do_not_repeat_what_customers_wrote(store: RapportTrackerStore) -> None:
    with store.session_scope() as session, pytest.raises(OperationalError) as error:
        session.execute(sa.text("insert into nowhere values (:text)"), {"text": "12 High Street"})
    assert "High Street" not in str(error.value)


def test_a_database_that_cannot_be_read_stops_the_start(tmp_path: Path, domain: Domain) -> None:
    (tmp_path / "tracker.db").mkdir()
    with pytest.raises(OperationalError):
        opened(tmp_path / "tracker.db", domain)


# --- the database


async def test_sqlite_uses_write_ahead_logging(store: RapportTrackerStore) -> None:
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("pragma journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("pragma synchronous")).scalar() == 1


async def test_a_database_in_memory_works(domain: Domain) -> None:
    store = RapportTrackerStore(domain, db=":memory:")
    await turn(store, user("one"))
    assert texts(await store.retrieve("emma")) == ["one"]


def test_rasa_makes_it_from_endpoints_yml(file: Path, domain: Domain) -> None:
    config = EndpointConfig(
        type="components.tracker_store.RapportTrackerStore", dialect="sqlite", db=str(file)
    )
    assert isinstance(TrackerStore.create(config, domain), RapportTrackerStore)


async def test_rasas_own_store_reads_what_was_written(
    store: RapportTrackerStore, file: Path, domain: Domain
) -> None:
    await turn(store, user("one"), SlotSet("new_address", "x"))
    assert texts(await SQLTrackerStore(domain, db=str(file)).retrieve("emma")) == ["one"]


def test_postgresql_understands_the_statements(store: RapportTrackerStore) -> None:
    table = store.SQLEvent.__table__
    query = sa.select(sa.func.max(store.SQLEvent.id)).where(store.SQLEvent.sender_id == "emma")
    dialect = postgresql.dialect()
    assert "max(events.id)" in str(query.compile(dialect=dialect))
    names = ["sender_id", "type_name", "timestamp", "intent_name", "action_name", "data"]
    insert = table.insert().compile(dialect=dialect, column_keys=names, for_executemany=True)
    assert "%(sender_id)s, %(type_name)s" in str(insert)
