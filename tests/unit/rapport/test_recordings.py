from __future__ import annotations

from pathlib import Path
from typing import Any

from rapport.recordings import Recordings

CALL = {"next_action": "action_answer", "tracker": {"latest_message": {"text": "how much?"}, "slots": {}}}


def answer(score: float) -> tuple[int, dict[str, Any]]:
    said = {"response": "utter_answer", "answer": "£3.95", "answered": {"passages": [{"score": score}]}}
    return 200, {"events": [], "responses": [said, {"response": "utter_bye"}]}


def test_an_answer_that_was_made_otherwise_but_says_the_same_is_as_recorded(tmp_path: Path) -> None:
    first = Recordings(tmp_path)
    first.record("a story", CALL, answer(0.81))
    first.write()
    again = Recordings(tmp_path)
    again.record("a story", CALL, answer(0.82))
    assert again.differences() == {}
    replayed = Recordings(tmp_path).replay("a story", CALL)[1]
    assert replayed["responses"] == [
        {"response": "utter_answer", "answer": "£3.95"},
        {"response": "utter_bye"},
    ]


def test_an_answer_that_says_something_else_is_a_difference(tmp_path: Path) -> None:
    first = Recordings(tmp_path)
    first.record("a story", CALL, answer(0.81))
    first.write()
    again = Recordings(tmp_path)
    status, other = answer(0.81)
    other["responses"][0]["answer"] = "£4.95"
    again.record("a story", CALL, (status, other))
    assert "it answers otherwise" in again.differences()["a story"]
