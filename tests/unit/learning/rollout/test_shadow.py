"""Readings of a candidate stand beside the turns of the same messages, and hold no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.rollout.shadow import (
    Reading,
    beside_turns,
    comparable,
    keep,
    let_read,
    readings_of,
    who_reads,
)
from learning.store import LearningStore
from learning.turn import Turn


@pytest.fixture
def store(tmp_path: Path) -> LearningStore:
    return LearningStore(f"sqlite:///{tmp_path}/learning.db")


def reading(conversation: str, at: float, candidate: str = "new") -> Reading:
    return Reading(candidate, conversation, at, "greet", 0.9, "do", "greet")


def turn(conversation: str, number: int, at: float, **more: object) -> Turn:
    return Turn(f"{conversation}{number}", conversation, number, at, **more)  # type: ignore[arg-type]


def test_each_reading_finds_the_turn_that_came_next() -> None:
    turns = [turn("a", 1, 10.1), turn("b", 1, 10.2), turn("a", 2, 20.1), turn("a", 3, 500)]
    # Slack sends a message again; the reading at 300 has no turn: its conversation does not consent.
    readings = [reading("a", 10), reading("a", 20), reading("a", 20.3), reading("b", 10), reading("c", 300)]

    found = [(turn.id, reading.at) for turn, reading in beside_turns(readings, turns)]

    assert sorted(found) == [("a1", 10), ("a2", 20), ("b1", 10)]


def test_only_what_the_message_alone_decides_is_compared() -> None:
    assert comparable(turn("a", 1, 1, band="fallback", text="hello"))
    for more in ({"band": "repeat"}, {"band": "do", "text": "/deny"}, {"band": "do", "requested_slot": "x"}):
        assert not comparable(turn("a", 1, 1, **more))


def test_one_candidate_reads_and_what_it_read_is_forgotten_with_the_conversation(
    store: LearningStore,
) -> None:
    let_read(store, "old")
    let_read(store, "new")
    keep(store, [reading("a", 2), reading("b", 1), reading("a", 1, "old")])
    assert who_reads(store) == "new"
    assert [one.conversation for one in readings_of(store, "new")] == ["b", "a"]

    with store.writing() as connection:
        store.forget(["a"], connection)
    assert [one.conversation for one in readings_of(store, "new")] == ["b"]
    assert readings_of(store, "old") == []

    let_read(store, "")
    assert who_reads(store) == ""
