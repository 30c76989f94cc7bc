"""`rapport learn write` and `datasets`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from learning.datasets.records import records
from learning.errors import DatasetError
from learning.learned import LABEL
from rapport import training
from rapport.learned import show_datasets, show_write, write
from rapport.learned_answers import show_overrides
from rapport.review import open_store
from rapport.review_terminal import review_items
from rapport.settings import Settings
from tests.unit.rapport.test_review import Lines, lines, settings

__all__ = ["lines", "settings"]


@pytest.fixture
def reviewed(settings: Settings, lines: Lines) -> Settings:
    """One label of `track_order` is accepted."""
    review_items(settings, "rita", LABEL, read=lines("a"))
    return settings


def test_a_dry_run_shows_what_a_write_then_does(
    reviewed: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = training.fingerprint([Path("data")], "*.y*ml")
    show_write(reviewed, True, False, as_json=False)
    assert "+    - parcel (Where?) is it" in capsys.readouterr().out
    assert not Path("data/learned/nlu.yml").exists()
    show_write(reviewed, False, False, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == ["data/learned/nlu.yml", "data/learned/provenance.jsonl"]
    assert training.fingerprint([Path("data")], "*.y*ml") != before
    show_datasets(reviewed, "", None, as_json=True)
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["version"] == told["version"] and time.time() - 60 < listed["at"] <= time.time()
    show_datasets(reviewed, "", None, as_json=False)
    assert time.strftime("%Y-%m-%d") in capsys.readouterr().out


def test_a_dataset_of_a_time_without_dates_is_listed_and_written_again(
    reviewed: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset, store = write(reviewed), open_store(reviewed)
    with store.writing() as connection:
        store.set_value(f"dataset:{dataset.version}", json.dumps(dataset.learned), connection)
    show_datasets(reviewed, "", None, as_json=False)
    assert dataset.version in capsys.readouterr().out
    show_datasets(reviewed, dataset.version, Path("again"), as_json=False)
    assert Path("again/data/learned/nlu.yml").exists()


def test_a_dataset_is_written_again_as_it_was(reviewed: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = write(reviewed)
    text = Path("data/learned/nlu.yml").read_bytes()
    Path("data/learned/nlu.yml").write_text("nlu: []\n", encoding="utf-8")
    assert write(reviewed).rejected == dataset.learned
    show_datasets(reviewed, dataset.version, Path("again"), as_json=False)
    assert Path("again/data/learned/nlu.yml").read_bytes() == text
    with pytest.raises(DatasetError, match="not empty"):
        show_datasets(reviewed, dataset.version, Path("again"), as_json=False)
    with pytest.raises(DatasetError, match="no dataset"):
        show_datasets(reviewed, "0" * 16, Path("other"), as_json=False)
    assert [one.status for one in records(open_store(reviewed))] == ["dropped"]


def test_corrected_answers_alone_need_no_training(settings: Settings, lines: Lines) -> None:
    before = training.fingerprint([Path("data")], "*.y*ml")
    review_items(settings, "rita", "answer", read=lines("a"))
    assert Path("data/learned/overrides.yml").exists()
    assert training.fingerprint([Path("data")], "*.y*ml") == before


def test_an_answer_that_the_help_centre_gives_by_itself_retires(
    settings: Settings, lines: Lines, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    review_items(settings, "rita", "answer", read=lines("a"))
    monkeypatch.setattr(
        "rapport.learned_answers.ask", lambda _, question: {"found": True, "text": "We do not know."}
    )
    capsys.readouterr()
    show_overrides(settings, True, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [one["by"] for one in told["overrides"]] == ["rita"] and told["retired"] == []
    monkeypatch.setattr("rapport.learned_answers.ask", lambda _, question: {"found": True, "text": "£3.95."})
    show_overrides(settings, True, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"overrides": [], "retired": ["how much is delivery"]}
    assert not Path("data/learned/overrides.yml").exists()
