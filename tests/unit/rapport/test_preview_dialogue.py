"""What an edit of rules would change in conversations that were held."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.store import LearningStore
from learning.turn import Turn
from rapport.learning import harvest
from rapport.preview_dialogue import Course, courses, held_conversations
from rapport.secret_files import LEARNING_KEY, read_secret
from rapport.settings import Settings
from tests.unit.learning.conftest import Conversations, acted, said

ENDPOINTS = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: tracker.db\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")
    return tmp_path


def held(project: Path) -> list[Turn]:
    """Ann and Bob write at the same time."""
    conversations = Conversations(project / "tracker.db")
    conversations.add("ann", said("shops?", 1.0, "ask_shops"))
    conversations.add("bob", said("price?", 2.0, "ask_price"), acted("action_price", 2.5))
    conversations.add("ann", acted("action_answer", 3.0), acted("action_listen", 3.5))
    conversations.engine.dispose()
    settings = Settings()
    harvest(settings)
    return list(LearningStore(settings.learning.database_url).turns())


def test_turns_come_with_the_events_of_their_own_conversation(project: Path) -> None:
    found = held(project)
    conversations, there = held_conversations(found)
    assert [list(one) for one in conversations] == [[1, 4, 5], [2, 3]]
    assert {turn.text: events for turn, events in there} == {"shops?": [1, 4, 5], "price?": [2, 3]}
    assert conversations[0][4]["name"] == "action_answer"


def test_a_conversation_that_is_gone_is_left_out_even_if_its_ids_were_given_again(project: Path) -> None:
    found = held(project)
    assert read_secret(LEARNING_KEY)
    strange = Turn("x", "somebody else's", 1, 0.0, text="gone", first_event=2, last_event=3)
    missing = Turn("y", "z", 1, 0.0, text="gone, too", first_event=99, last_event=99)
    _, there = held_conversations([*found, strange, missing])
    assert {turn.text for turn, _ in there} == {"shops?", "price?"}


def test_turns_count_by_the_first_action_that_differs() -> None:
    last = [
        (Turn("1", "a", 1, 0.0, text="where are you", routed="ask_shops"), [1, 2, 3]),
        (Turn("2", "b", 1, 0.0, text="your shops", routed="ask_shops"), [4, 5]),
        (Turn("3", "c", 1, 0.0, text="hello", routed="greet"), [6]),
    ]
    before = {2: "action_answer", 3: "action_listen", 5: "action_answer", 6: "action_greet"}
    after = {2: "utter_shops", 3: "action_other", 5: "utter_shops", 6: "action_greet"}
    assert courses(last, before, after) == [
        Course("ask_shops", "action_answer", "utter_shops", 2, "where are you")
    ]
