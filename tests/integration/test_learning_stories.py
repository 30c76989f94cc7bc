"""A failure becomes a test, with the trained model and the real actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
import yaml

from learning.store import LearningStore
from learning.tables import items
from learning.turn import Turn
from tests.integration.home import Home

LOST = "Hi again. I am in a bit of a hurry. Can you engrave a name on a bottle?"
TEXTS = ("hello", "where is my order 1001", "[identity]", "thanks", LOST)


@pytest.fixture(scope="module")
def project(homes: Callable[..., Home]) -> Home:
    """A project whose learning database holds one conversation; nobody understood its last message."""
    made = homes("stories")
    turns = [Turn(f"turn-{n}", "conversation", n, float(n), text=text) for n, text in enumerate(TEXTS, 1)]
    turns[-1] = replace(turns[-1], routed="nlu_fallback", responses=("utter_clarify",), language="en")
    store = LearningStore(f"sqlite:///{made.folder}/var/learning.db")
    with store.writing() as connection:
        store.put_turns(turns, connection)
    return made


def test_a_conversation_becomes_the_smallest_test_which_fails_until_it_is_mended(project: Home) -> None:
    ended = project.run("learn", "test-for", "turn-5", "--expect", "ask_engraving", timeout_seconds=300)
    assert ended.returncode == 0, ended.stderr
    assert "1 of 5 messages" in ended.stdout and "fails now" in ended.stdout
    (file,) = (project.folder / "var/learned/tests").glob("test_*.yml")
    (story,) = yaml.safe_load(file.read_text())["stories"]
    (step,) = story["steps"]
    assert step["user"].startswith("Can you engrave a name") and step["intent"] == "ask_engraving"
    with LearningStore(f"sqlite:///{project.folder}/var/learning.db").engine.connect() as connection:
        (item,) = connection.execute(sa.select(items)).all()
    assert (item.kind, item.status, item.proposal["name"]) == ("story", "open", story["story"])


def test_what_no_longer_goes_wrong_is_said_and_nothing_is_written(project: Home) -> None:
    ended = project.run("learn", "test-for", "turn-4", "--expect", "greet", timeout_seconds=300)
    assert ended.returncode == 1
    assert "no longer ends like that" in ended.stderr
    assert not list((project.folder / "var/learned/tests").glob("*thanks*"))


def test_a_project_without_an_edit_has_nothing_to_preview(project: Home) -> None:
    ended = project.run("preview", "--json", timeout_seconds=60)
    assert (ended.returncode, ended.stdout.strip()) == (0, "{}"), ended.stderr
