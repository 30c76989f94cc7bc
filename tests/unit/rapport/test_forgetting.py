"""`rapport forget`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from learning.datasets.records import accepted
from learning.errors import DatasetError, StoreError
from learning.rollout.registry import Candidate, Registry
from rapport.errors import RapportError
from rapport.failing import FOLDER as TESTS
from rapport.forgetting import forget, show_forget
from rapport.gate_training import TREE
from rapport.learned import write
from rapport.learning import harvest
from rapport.preview import FOLDER as PREVIEW
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


@pytest.mark.parametrize("locked", ["shop.db", "tracker.db", "learning.db"])
def test_while_a_database_is_locked_nothing_is_erased_anywhere(
    settings: Settings, project: Path, locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("learning.store.BUSY_TIMEOUT_SECONDS", 0.1)
    file = project / "var" / locked if locked == "learning.db" else project / locked
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises((RapportError, StoreError), match="locked"):
        forget(settings, "ann")
    other.execute("ROLLBACK")
    other.close()
    for kept in ("tracker.db", "shop.db"):
        content = (project / kept).read_bytes()
        assert b"of ann" in content or b"about ann" in content
    assert len(accepted(open_store(settings))) == 2
    assert forget(settings, "ann").events == 2


def test_reports_and_tests_that_quote_the_customer_are_rewritten(settings: Settings, project: Path) -> None:
    folder = settings.gate.folder / "20261122-031500"
    folder.mkdir(parents=True)
    quoted = [{"turn": "1", "text": "Parcel of Ann"}, {"turn": "2", "text": "parcel of bob"}]
    (folder / "report.json").write_text(json.dumps({"changed": quoted}), encoding="utf-8")
    (folder / "report.txt").write_text(
        "passed\n" + "".join(f"real turn, changed: {one['text']!r}: a -> b\n" for one in quoted),
        encoding="utf-8",
    )
    (folder / "shadow.jsonl").write_text("".join(json.dumps(one) + "\n" for one in quoted), encoding="utf-8")
    TESTS.mkdir(parents=True)
    for name in ("ann", "bob"):
        (TESTS / f"test_{name}.yml").write_text(f"stories:\n- steps:\n  - user: parcel of {name}\n")

    files = forget(settings, "ann").files

    assert {Path(file).name for file in files} >= {
        "report.json",
        "report.txt",
        "shadow.jsonl",
        "test_ann.yml",
    }
    assert [file.name for file in TESTS.iterdir()] == ["test_bob.yml"]
    for file in folder.iterdir():
        content = file.read_text(encoding="utf-8").lower()
        assert "of ann" not in content and "of bob" in content
    assert "passed" in (folder / "report.txt").read_text(encoding="utf-8")


def test_what_a_candidate_was_trained_on_is_written_without_it(settings: Settings, project: Path) -> None:
    store = open_store(settings)
    tree = settings.gate.folder / "m1" / TREE
    write(settings, folder=tree)
    Registry(store).add(
        Candidate("m1", "rasa", "trained", "m1.tar.gz", "x"), [one.id for one in accepted(store)]
    )
    PREVIEW.mkdir(parents=True)

    told = forget(settings, "ann")

    assert [name for name, _ in told.learned.models] == ["m1"]
    nlu = (tree / "data/learned/nlu.yml").read_text(encoding="utf-8")
    assert "of ann" not in nlu and "of bob" in nlu
    assert not PREVIEW.exists()
