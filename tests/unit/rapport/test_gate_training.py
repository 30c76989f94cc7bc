"""Candidates are trained apart, with a small program in the place of Rasa's."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from learning.learned import ACTIVE, LABEL, learned_id
from learning.rollout.registry import STABLE, TRAINED, Registry
from learning.store import LearningStore
from learning.tables import learned
from rapport.errors import RapportError, TrainingError
from rapport.example_checks import examples_of
from rapport.gate_training import train_candidate
from rapport.settings import Settings, load_settings

# `python -m rasa` finds this package first, for it is in the working directory.
SMALL_RASA = """
import pathlib, resource, sys, tarfile
arguments = sys.argv[1:]
out = pathlib.Path(arguments[arguments.index("--out") + 1])
file = out / (arguments[arguments.index("--fixed-model-name") + 1] + ".tar.gz")
pathlib.Path("metadata.json").write_text('{"model_id": "trained"}')
if pathlib.Path("full").exists():
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
if pathlib.Path("broken").exists():
    sys.exit("InvalidRule: Contradicting rules found")
with tarfile.open(file, "w:gz") as archive:
    archive.add("metadata.json")
"""
FILES = {
    "config.yml": "pipeline: []\npolicies: []\n",
    "domain/a.yml": 'version: "3.1"\nintents: [track_order]\n',
    "data/nlu.yml": 'version: "3.1"\nnlu:\n- intent: track_order\n  examples: |\n    - parcel\n    - mine\n',
    "components/a.py": "",
    "rasa/__init__.py": "",
    "rasa/__main__.py": SMALL_RASA,
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project with a stable model."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content)
    Path("models").mkdir()
    with tarfile.open("models/old.tar.gz", "w:gz") as archive:
        archive.add("config.yml")
    return load_settings()


@pytest.fixture
def store(settings: Settings) -> LearningStore:
    return LearningStore(settings.learning.database_url)


def accept(store: LearningStore, text: str) -> str:
    content = {"text": text, "intent": "track_order"}
    row = {
        "id": learned_id(LABEL, content), "kind": LABEL, "status": ACTIVE, "content": content,
        "language": "en", "item": text, "conversations": [], "approved_by": ["ada"], "at": 1.0,
        "model": "", "why": "",
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(sa.insert(learned).values(row))
    return str(row["id"])


def folders(settings: Settings) -> set[str]:
    return {folder.name for folder in settings.gate.folder.iterdir()} - {"old", "cache"}


def train(settings: Settings, store: LearningStore, *without: str) -> str:
    return train_candidate(settings, store, lambda *_: None, without).id


def test_what_is_left_out_is_not_trained_on_and_stays_accepted(
    settings: Settings, store: LearningStore
) -> None:
    kept, left_out = accept(store, "where is it"), accept(store, "so annoying")

    name = train(settings, store, left_out)

    tree = settings.gate.folder / name / "tree/data/learned"
    assert [one.text for one in examples_of([tree])] == ["where is it"]
    assert set(Registry(store).learned_of(name)) == {kept}
    assert not Path("data/learned").exists()


def test_what_killed_trainings_left_is_deleted_and_what_is_registered_stays(
    settings: Settings, store: LearningStore
) -> None:
    first = train(settings, store)
    for left in (".20260101-000000.partial/tree", "20260101-000001/tree", ".canary"):
        (settings.gate.folder / left).mkdir(parents=True)
    os.rename(settings.gate.folder / first, settings.gate.folder / "20260101-000002")
    with store.writing() as connection:
        connection.execute(
            sa.text(f"update candidates set path = replace(path, '{first}', '20260101-000002')")
        )

    second = train(settings, store)

    assert folders(settings) == {"20260101-000002", second, ".canary"}


def test_a_full_disk_is_said_and_only_the_stable_model_is_known(
    settings: Settings, store: LearningStore
) -> None:
    Path("full").touch()
    with pytest.raises(RapportError, match=r"File too large.*make room on the disk; nothing was changed"):
        train(settings, store)

    assert folders(settings) == set()
    assert [one.status for one in Registry(store).all()] == [STABLE]
    Path("full").unlink()
    assert Registry(store).get(train(settings, store)).status == TRAINED


def test_a_training_that_fails_for_another_reason_says_that_one(
    settings: Settings, store: LearningStore
) -> None:
    Path("broken").touch()
    with pytest.raises(TrainingError, match="Contradicting rules"):
        train(settings, store)

    assert folders(settings) == set()
