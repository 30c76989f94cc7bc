"""The service that begins cycles: what it says and what it runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from learning.cycle import CycleLog
from learning.errors import CycleError
from learning.lock import WATCH, only_one
from learning.store import LearningStore
from rapport.settings import Settings, load_settings
from rapport.watch_service import Seen, look, watch
from tests.unit.learning.conftest import Conversations, replied, said
from tests.unit.rapport.test_watching import accept

ENDPOINTS = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: tracker.db\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")
    return load_settings()


@pytest.fixture
def store(settings: Settings) -> LearningStore:
    return LearningStore(settings.learning.database_url)


class Commands:
    """Notes what is run."""

    def __init__(self, code: int = 0) -> None:
        self.run: list[str] = []
        self.code = code

    def __call__(self, command: list[str]) -> int:
        self.run.append(" ".join(command[3:]))
        return self.code


def test_it_says_once_what_it_waits_for(
    settings: Settings, store: LearningStore, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, commands = Seen(), Commands()
    look(settings, store, seen, commands)
    look(settings, store, seen, commands)
    said_first = capsys.readouterr().out
    assert said_first.count("volume: 0 of 60 accepted; nothing new is accepted") == 1

    accept(store, 3, time.time())
    look(settings, store, seen, commands)
    told = capsys.readouterr().out
    assert "volume: 3 of 60 accepted; time: " in told and "quality: 0 turns of the last day" in told
    assert not commands.run


def test_new_turns_are_harvested_and_proposed(
    settings: Settings, store: LearningStore, tmp_path: Path
) -> None:
    conversations = Conversations(tmp_path / "tracker.db")
    seen, commands = Seen(), Commands()
    for sender in ("ann", "bob"):
        conversations.add(
            sender, said("parcel?", time.time(), "track_order", 0.3), replied("Sorry?", time.time())
        )
        look(settings, store, seen, commands)
    assert store.count_turns() == 2
    assert commands.run == ["learn propose"]  # the second one waits an hour
    assert seen.flagged == 1


def test_a_cycle_is_run_when_one_is_due_and_its_failure_is_told(
    settings: Settings, store: LearningStore, capsys: pytest.CaptureFixture[str]
) -> None:
    accept(store, 60, time.time())
    commands = Commands(code=1)
    look(settings, store, Seen(), commands)
    assert commands.run == ["learn cycle --reason volume: 60 accepted since the last cycle"]
    assert "ended with code 1" in capsys.readouterr().err


def test_a_database_that_cannot_be_read_does_not_end_it(
    settings: Settings, store: LearningStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tracker.db").write_bytes(b"no database at all" * 100)
    seen = Seen()
    look(settings, store, seen, Commands())
    look(settings, store, seen, Commands())
    assert capsys.readouterr().err.count("There are no conversations in") == 1


def test_a_second_service_is_told_who_holds_the_lock(settings: Settings, store: LearningStore) -> None:
    with only_one(store, lock=WATCH), pytest.raises(CycleError, match="watch` runs already"):
        watch(settings, sleep=lambda _: None)


def test_it_ends_quietly(
    settings: Settings, store: LearningStore, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    watch(settings, sleep=interrupt)
    assert "watching ended" in capsys.readouterr().out
    assert not CycleLog(store).all()
    watch(settings, sleep=interrupt)  # the lock was given back
