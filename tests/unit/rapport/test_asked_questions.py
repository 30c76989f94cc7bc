from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from rapport.asked_questions import Asked, from_file, recorded
from rapport.errors import RapportError


def user(text: str, language: str = "en", **more: Any) -> dict[str, Any]:
    parsed = {"language": language, "intent": {"name": "nlu_confirm"}, "route": {"intent": "ask_shops"}}
    return {"event": "user", "text": text, "parse_data": parsed, **more}


def action(name: str) -> dict[str, Any]:
    return {"event": "action", "name": name}


def conversations(*events: tuple[str, dict[str, Any]]) -> None:
    """A tracker store as Rasa writes it, named by endpoints.yml."""
    Path("endpoints.yml").write_text("tracker_store: {dialect: sqlite, db: tracker.db}\n", encoding="utf-8")
    with sqlite3.connect("tracker.db") as database:
        database.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id, type_name, data TEXT)")
        rows = [(sender, event["event"], json.dumps(event)) for sender, event in events]
        database.executemany("INSERT INTO events (sender_id, type_name, data) VALUES (?, ?, ?)", rows)
    database.close()


def test_recorded_questions_are_those_that_the_help_centre_was_asked(project: Path) -> None:
    conversations(
        ("a", user("hello")),
        ("a", action("action_greet")),
        ("a", user("how much is delivery?")),
        ("b", user("was kostet der versand", "de")),
        ("a", action("action_answer")),
        ("b", action("action_listen")),
        ("b", action("action_answer_or_clarify")),
        ("a", user("oh well")),
        ("a", action("action_ask_rephrase")),
        ("a", user("/ask_shops")),
        ("a", action("action_answer")),
        ("a", user("and the shops?", metadata={"continued": True})),
        ("a", action("action_answer")),
        ("a", user("and to ireland?")),
        ("a", action("action_answer")),
        ("c", user("how much is delivery?")),
        ("c", action("action_confirm_intent")),
    )
    assert recorded(10) == [
        Asked("was kostet der versand", (), "de", "ask_shops"),
        Asked("and to ireland?", ("hello", "how much is delivery?", "oh well"), "en", "ask_shops"),
        Asked("how much is delivery?", (), "en", "ask_shops"),
    ]
    assert [asked.question for asked in recorded(1)] == ["how much is delivery?"]


def test_where_nothing_is_recorded_that_is_said(project: Path) -> None:
    with pytest.raises(RapportError, match="names no SQLite file"):
        recorded(5)
    conversations(("a", user("hello")), ("a", action("action_greet")))
    with pytest.raises(RapportError, match="holds no question to the help centre yet"):
        recorded(5)
    Path("tracker.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(RapportError, match=r"tracker\.db cannot be read"):
        recorded(5)


def test_a_file_holds_one_question_a_line_or_a_list(project: Path) -> None:
    Path("questions.txt").write_text("how much?\n\n  und wie lange?  \n", encoding="utf-8")
    assert from_file(Path("questions.txt"), "de") == [
        Asked("how much?", (), "de"),
        Asked("und wie lange?", (), "de"),
    ]
    text = "- how much?\n- question: wie lange?\n  language: de\n"
    Path("questions.yml").write_text(text, encoding="utf-8")
    assert from_file(Path("questions.yml"), "en") == [Asked("how much?"), Asked("wie lange?", (), "de")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"\n \n", "holds no question"),
        ("a.txt", b"\xff\xfe\x00", "cannot be read"),
        ("a.yml", b"question: one\n", "is no list"),
        ("a.yml", b"- [1, 2]\n", "is no question"),
        ("a.yml", b"- {question: [\n", "cannot be read"),
    ],
)
def test_a_file_that_holds_no_questions_is_said_to(
    project: Path, name: str, content: bytes, said: str
) -> None:
    Path(name).write_bytes(content)
    with pytest.raises(RapportError, match=said):
        from_file(Path(name), "en")
