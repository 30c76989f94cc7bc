"""Unanswered questions, read from a real database of conversations."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from rapport.errors import RapportError
from rapport.unanswered import Unanswered, read_unanswered


def user(text: str, intent: str = "ask_shops", **parsed: Any) -> dict[str, Any]:
    return {"event": "user", "text": text, "parse_data": {"intent": {"name": intent}, **parsed}}


def bot(response: str) -> dict[str, Any]:
    return {"event": "bot", "text": "…", "metadata": {"utter_action": response}}


def write(*events: dict[str, Any], age_days: float = 0.0, sender: str = "c1") -> None:
    """Puts events into var/tracker.db as Rasa's SQL tracker store does."""
    Path("var").mkdir(exist_ok=True)
    now = time.time() - age_days * 86_400
    with sqlite3.connect("var/tracker.db") as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, sender_id TEXT, type_name TEXT, "
            "timestamp FLOAT, data TEXT)"
        )
        for number, event in enumerate(events):
            stamped = {"timestamp": now + number, **event}
            row = (sender, event["event"], now + number, json.dumps(stamped))
            database.execute(
                "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)", row
            )


@pytest.fixture(autouse=True)
def endpoints(project: Path) -> Path:
    file = project / "endpoints.yml"
    file.write_text(
        "tracker_store:\n  type: components.tracker_store.RapportTrackerStore\n  db: var/tracker.db\n"
    )
    return file


def texts(days: int = 90) -> list[str]:
    return [one.text for one in read_unanswered(days)]


def test_a_question_without_an_answer_is_found_and_an_answered_one_is_not() -> None:
    write(
        user("Do you rent kayaks?", language="de"),
        bot("utter_dont_know_offer"),
        user("Parking?"),
        bot("utter_answer"),
    )
    assert read_unanswered(90) == [Unanswered("Do you rent kayaks?", "de")]


def test_who_asks_for_a_person_asked_something_before() -> None:
    handover = {"event": "action", "name": "action_handover"}
    write(
        user("Is the ferry running?"),
        bot("utter_answer"),
        user("a person please", "request_person"),
        handover,
    )
    assert texts() == ["Is the ferry running?"]


def test_a_question_counts_once_and_what_is_no_question_not_at_all() -> None:
    write(user("Kayaks?"), bot("utter_dont_know"), {"event": "action", "name": "action_handover"})
    write(user("[identity]"), bot("utter_dont_know"), user("/greet"), bot("utter_dont_know"), sender="c2")
    assert texts() == ["Kayaks?"]


def test_old_questions_are_left_out_and_the_others_come_oldest_first() -> None:
    write(user("too old"), bot("utter_dont_know"), age_days=91, sender="z")
    write(user("second"), bot("utter_dont_know"), age_days=1, sender="a")
    write(user("first"), bot("utter_dont_know"), age_days=2, sender="b")
    assert texts() == ["first", "second"]


def test_before_the_first_conversation_there_is_nothing() -> None:
    assert texts() == []
    Path("var").mkdir()
    sqlite3.connect("var/tracker.db").close()
    assert texts() == []


def test_another_kind_of_store_and_a_damaged_one_say_so(endpoints: Path) -> None:
    write(user("x"), bot("utter_dont_know"))
    Path("var/tracker.db").write_bytes(b"no database" * 500)
    with pytest.raises(RapportError, match=r"cannot be read .*: check tracker_store in endpoints\.yml"):
        texts()
    endpoints.write_text("tracker_store:\n  type: mongod\n")
    with pytest.raises(RapportError, match="is mongod: conversations are read from SQL"):
        texts()
