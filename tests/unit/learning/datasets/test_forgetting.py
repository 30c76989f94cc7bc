from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from learning.cycle import CycleLog
from learning.datasets.files import NLU
from learning.datasets.forgetting import RETRAIN, forget
from learning.datasets.records import accepted, records
from learning.datasets.versions import learned_in, versions
from learning.datasets.write import write_dataset
from learning.errors import DatasetError
from learning.review.item import STATUSES
from learning.review.propose import Helpers, propose
from learning.review.queue import find_items
from learning.review.verdicts import Rules, Verdict, review
from learning.rollout.registry import Candidate, Registry
from learning.store import LearningStore
from learning.tables import candidate_learned, candidates, item_turns, reviews
from tests.unit.learning.review.conftest import INTENTS, NOW, Add, add, helpers

__all__ = ["add", "helpers"]
RULES = Rules(1, INTENTS)


@pytest.fixture
def learned(store: LearningStore, add: Add, helpers: Helpers) -> LearningStore:
    """Ann wrote a thing of her own; Ann and Bob wrote the same; Ann's other one is not decided."""
    add("my purple elephant parcel", "low_confidence", by="ann")
    add("where is my parcel", "low_confidence", by="ann")
    add("Where is my parcel?", "low_confidence", by="bob")
    propose(store, helpers, NOW)
    for item in find_items(store):
        review(store, item.id, Verdict("rita", "accept"), RULES, NOW)
    add("tell aunt Mabel", "low_confidence", by="ann")
    propose(store, helpers, NOW)
    return store


def test_nothing_of_a_forgotten_conversation_is_left(learned: LearningStore, tmp_path: Path) -> None:
    project = tmp_path / "project"
    version = write_dataset(learned, project).version
    assert "elephant" in (project / NLU).read_text(encoding="utf-8")
    gone = forget(learned, ["ann"], NOW)
    assert gone.turns == 3 and [one.content["text"] for one in gone.learned] == ["my purple elephant parcel"]
    dataset = write_dataset(learned, project)
    assert not dataset.rejected and "elephant" not in (project / NLU).read_text(encoding="utf-8")
    (kept,) = accepted(learned)
    assert kept.conversations == ("bob",) and not find_items(learned)
    (item,) = find_items(learned, STATUSES)
    assert (item.text, item.proposal, item.reasons) == ("Where is my parcel?", {}, ())
    with learned.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(item_turns)).scalar() == 1
        assert connection.execute(sa.select(sa.func.count()).select_from(reviews)).scalar() == 1
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(str(learned.engine.url.database)).read_bytes()
    assert b"elephant" not in file and b"Mabel" not in file and b"where is my parcel" in file.lower()
    assert next(one.erased for one in versions(learned) if one.version == version) == 1
    with pytest.raises(DatasetError, match="asked us to forget"):
        learned_in(learned, version)


def test_a_file_that_git_restores_does_not_bring_it_back(learned: LearningStore, tmp_path: Path) -> None:
    project = tmp_path / "project"
    write_dataset(learned, project)
    before = (project / NLU).read_text(encoding="utf-8")
    forget(learned, ["ann"], NOW)
    write_dataset(learned, project)
    (project / NLU).write_text(before, encoding="utf-8")
    write_dataset(learned, project)
    assert "elephant" not in (project / NLU).read_text(encoding="utf-8")


def test_models_that_saw_it_are_named_and_their_training_is_asked_for(learned: LearningStore) -> None:
    one = next(one for one in accepted(learned) if "elephant" in one.content["text"])
    model = {
        "id": "m1", "kind": "rasa", "status": "stable", "path": "models/a.tar.gz", "sha256": "",
        "dataset": "", "parent": "", "report": {}, "created": 1.0, "changed": 1.0,
    }  # fmt: skip
    with learned.writing() as connection:
        connection.execute(sa.insert(candidates).values(**model))
        connection.execute(sa.insert(candidate_learned).values(candidate="m1", learned=one.id))
    assert forget(learned, ["ann"], NOW).models == (("m1", "models/a.tar.gz"),)
    with learned.engine.connect() as connection:
        wanted = json.loads(learned.value(RETRAIN, connection) or "")
    assert (wanted["models"], wanted["learned"], wanted["at"]) == (["m1"], [one.id], NOW)


def test_who_is_not_there_changes_nothing(learned: LearningStore) -> None:
    before = records(learned)
    gone = forget(learned, ["nobody"], NOW)
    assert (gone.turns, gone.items, gone.learned, gone.models) == (0, 0, (), ())
    assert records(learned) == before and len(find_items(learned)) == 1


def test_reports_quote_nobody_who_was_forgotten(learned: LearningStore) -> None:
    quoted = [{"text": text, "stable": "a"} for text in ("my purple elephant parcel!", "Where is my parcel?")]
    log = CycleLog(learned)
    log.keep(log.begin("test"), state={"dropped": quoted, "candidate": "m1"})
    registry = Registry(learned)
    registry.add(Candidate("m1", "rasa", "trained", "m1.tar.gz", "x", report={"gate": {"changed": quoted}}))

    forget(learned, ["ann"], NOW)

    (cycle,) = log.all()
    assert cycle.state == {"dropped": quoted[1:], "candidate": "m1"}  # bob wrote the other one, too
    assert registry.get("m1").report == {"gate": {"changed": quoted[1:]}}
