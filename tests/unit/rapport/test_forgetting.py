"""`rapport forget`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from learning.datasets.records import accepted
from learning.errors import DatasetError
from rapport.errors import RapportError
from rapport.forgetting import show_forget
from rapport.learned import write
from rapport.learning import harvest
from rapport.review import open_store, propose
from rapport.review_terminal import review_items
from rapport.settings import Settings
from rapport.vectors import FILE
from tests.unit.learning.conftest import Conversations, replied, said
from tests.unit.learning.review.conftest import encode
from tests.unit.rapport.test_review import NLU, Lines, lines

__all__ = ["lines"]
ENDPOINTS = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: tracker.db\n"


@pytest.fixture
def settings(project: Path, lines: Lines) -> Settings:
    """Two customers have talked, and what both wrote was learned."""
    (project / "endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")
    (project / "data").mkdir()
    (project / "data/nlu.yml").write_text(NLU, encoding="utf-8")
    conversations = Conversations(project / "tracker.db")
    for sender, text in (("bob", "parcel of bob"), ("ann", "parcel of ann")):
        conversations.add(sender, said(text, 1.0, "track_order", 0.3), replied("Sorry?", 1.5))
    conversations.engine.dispose()
    shop = sqlite3.connect(project / "shop.db")
    shop.execute("create table handovers (conversation_id text, summary text)")
    shop.execute("create table tickets (conversation_id text)")
    shop.execute("insert into handovers values ('ann', 'about ann'), ('bob', 'about bob')")
    shop.execute("insert into tickets values ('ann')")
    shop.commit()
    found = Settings(shop={"database_url": "sqlite:///shop.db"})  # type: ignore[arg-type]
    harvest(found)
    propose(found, encode)
    review_items(found, "rita", read=lines("a", "a"))
    write(found)
    return found


def test_all_of_one_customer_is_erased_and_nothing_of_the_other(
    settings: Settings, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(b"vectors of what both wrote")
    show_forget(settings, "ann", yes=True, as_json=True)
    assert not FILE.exists()
    told = json.loads(capsys.readouterr().out)
    assert (told["events"], told["turns"], told["activities_and_handovers"], told["tickets_kept"]) == (
        2,
        1,
        1,
        1,
    )
    assert len(told["learned"]) == 1 and "data/learned/nlu.yml" in told["files"]
    for file in ("tracker.db", "shop.db", "data/learned/nlu.yml", "data/learned/provenance.jsonl"):
        content = (project / file).read_bytes()
        assert b"of ann" not in content and b"about ann" not in content
    assert b"of bob" in (project / "tracker.db").read_bytes()
    assert [one.content["text"] for one in accepted(open_store(settings))] == ["parcel of bob"]


def test_what_comes_after_an_erasure_is_harvested(settings: Settings, project: Path) -> None:
    show_forget(settings, "ann", yes=True, as_json=True)
    connection = sqlite3.connect(project / "tracker.db")
    event = json.dumps(said("a new one", 9.0, "track_order"))
    connection.execute("insert into events (sender_id, type_name, data) values ('cy', 'user', ?)", [event])
    connection.commit()
    assert harvest(settings).turns == 1


def test_without_a_yes_or_a_name_nothing_happens(
    settings: Settings, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.confirm", lambda question: False)
    show_forget(settings, "ann", yes=False, as_json=False)
    assert b"of ann" in (project / "tracker.db").read_bytes()
    with pytest.raises(RapportError, match="sender's id"):
        show_forget(settings, " ", yes=True, as_json=False)


def test_a_damaged_file_is_to_be_mended_first(settings: Settings, project: Path) -> None:
    (project / "data/learned/provenance.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(DatasetError, match="not valid JSON"):
        show_forget(settings, "ann", yes=True, as_json=True)
    assert b"of ann" in (project / "tracker.db").read_bytes()
    assert len(accepted(open_store(settings))) == 2
