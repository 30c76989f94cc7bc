"""`rapport learn`: what is taken out of conversations, and what is shown of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from learning.signals import PRIORITIES
from rapport.errors import RapportError
from rapport.learning import harvest, show_flags, show_harvest
from rapport.secret_files import LEARNING_KEY
from rapport.settings import Learning, Settings
from tests.unit.learning.conftest import Conversations, replied, said

ENDPOINTS = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: tracker.db\n"


@pytest.fixture
def settings(project: Path) -> Settings:
    (project / "endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")
    return Settings(learning=Learning(sample=0.0))


@pytest.fixture
def talked(settings: Settings, project: Path) -> None:
    conversations = Conversations(project / "tracker.db")
    conversations.add(
        "zoe-4711",
        said("hm [identity] what", 1.0, confidence=0.3),
        replied("Sorry?", 1.5, response="utter_dont_know"),
        said("no, I meant delivery", 2.0),
        replied("£3.95.", 2.5),
    )
    conversations.engine.dispose()


def test_turns_are_taken_once_and_the_urgent_ones_shown_first(
    settings: Settings, talked: None, capsys: pytest.CaptureFixture[str]
) -> None:
    show_harvest(settings, as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "events": 4, "turns": 2, "conversations": 1, "flagged": 1, "withheld": 0, "broken": 0
    }  # fmt: skip
    assert harvest(settings).turns == 0
    show_flags(settings, "", 20, as_json=True)
    (shown,) = json.loads(capsys.readouterr().out)
    assert shown["text"] == "hm [identity] what" and shown["priority"] == PRIORITIES["meant_otherwise"]
    assert set(shown["signals"]) == {"meant_otherwise", "low_confidence", "fallback"}
    show_flags(settings, "thumbs_down", 20, as_json=True)
    assert json.loads(capsys.readouterr().out) == []
    show_flags(settings, "", 20, as_json=False)
    assert "[identity]" in capsys.readouterr().out


def test_the_key_of_pseudonyms_is_made_once_and_is_its_owners(
    settings: Settings, talked: None, project: Path
) -> None:
    harvest(settings)
    key = (project / LEARNING_KEY).read_text(encoding="utf-8")
    harvest(settings)
    assert (project / LEARNING_KEY).read_text(encoding="utf-8") == key
    assert (project / LEARNING_KEY).stat().st_mode & 0o777 == 0o600
    assert "zoe-4711" not in (project / "var" / "learning.db").read_bytes().decode("latin-1")


def test_without_conversations_or_with_an_unknown_signal_it_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(RapportError, match="rapport talk"):
        harvest(settings)
    with pytest.raises(RapportError, match="low_confidence"):
        show_flags(settings, "low", 20, as_json=False)


def test_conversations_kept_elsewhere_are_refused(settings: Settings, project: Path) -> None:
    (project / "endpoints.yml").write_text("tracker_store:\n  type: mongod\n", encoding="utf-8")
    with pytest.raises(RapportError, match="mongod"):
        harvest(settings)
