"""A candidate comes to life whole or not at all, wherever somebody is killed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from learning.errors import RegistryError
from learning.learned import ACTIVE, ANSWER, LABEL, STORY, learned_id
from learning.rollout import holdout
from learning.rollout.registry import (
    ADAPTER,
    FAILED,
    PASSED,
    RASA,
    RETIRED,
    ROLLED_BACK,
    STABLE,
    Candidate,
    Registry,
    checksum,
)  # fmt: skip
from learning.store import LearningStore
from learning.tables import learned
from rapport.example_checks import examples_of
from rapport.gate_install import go_on_installing, promote, roll_back
from rapport.gate_training import adopt_stable, model_id
from rapport.learned import write
from rapport.settings import Settings, load_settings
from rapport.training import latest_model
from rapport.watching import begin_canary

ROOT = Path(__file__).parents[3]
# Promotes `new`, and is killed where it would call what it is told.
PROGRAM = """
import importlib, os, resource, signal, sys
sys.path.insert(0, {root!r})
from learning.store import LearningStore
from rapport.gate_install import promote
from rapport.settings import load_settings
where, limit = sys.argv[1], int(sys.argv[2])
if where:
    module, _, name = where.rpartition(".")
    owner = importlib.import_module(module.partition(":")[0])
    for part in filter(None, module.partition(":")[2].split(".")):
        owner = getattr(owner, part)
    setattr(owner, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
settings = load_settings()
store = LearningStore(settings.learning.database_url)
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
promote(settings, store, "new")
"""
POINTS = [
    "rapport.gate_install.checksum",
    "rapport.gate_install._note",
    "rapport.gate_install.write_learned",
    "rapport.gate_install.write",
    "rapport.gate_install.write_parts",
    "rapport.gate_install:os.utime",
    "rapport.gate_install:Registry.move",
    "rapport.gate_install._end",
]


def write_model(file: Path, name: str, size: int = 0) -> None:
    """An archive as Rasa makes them, as far as it is read here."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w:gz") as archive:
        for path, content in (
            ("metadata.json", json.dumps({"model_id": name}).encode()),
            ("x", os.urandom(size)),
        ):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def accept(store: LearningStore, text: str, kind: str = LABEL, **more: object) -> str:
    """Something learned; returns its id."""
    content = more or {"text": text, "intent": "track_order"}
    row = {
        "id": learned_id(kind, content), "kind": kind, "status": ACTIVE, "content": content, "language": "en",
        "item": text, "conversations": [], "approved_by": ["ada"], "at": 1.0, "model": "", "why": "",
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(sa.insert(learned).values(row))
    return str(row["id"])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a stable model, and a candidate `new` that passed and has learned one thing more."""
    monkeypatch.chdir(tmp_path)
    write_model(Path("models/old.tar.gz"), "id-old", 200_000)
    os.utime("models/old.tar.gz", (1, 1))
    Path("data").mkdir()
    settings = load_settings()
    store = LearningStore(settings.learning.database_url)
    first = accept(store, "old")
    write(settings)
    adopt_stable(settings, store)
    file = Path("var/candidates/new/new.tar.gz")
    write_model(file, "id-new", 200_000)
    file.with_name("new.fingerprint.json").write_text('{"data": "n"}')
    Registry(store).add(
        Candidate("new", RASA, PASSED, str(file), checksum(file)), [first, accept(store, "new")]
    )
    accept(store, "newer than the candidate")
    return tmp_path


@pytest.fixture
def settings(project: Path) -> Settings:
    return load_settings()


@pytest.fixture
def store(settings: Settings) -> LearningStore:
    return LearningStore(settings.learning.database_url)


def live() -> tuple[str, list[str]]:
    """Which model would be run, and what it has learned by the project's files."""
    model = latest_model(Path("models"))
    assert model is not None
    return model_id(model), [one.text for one in examples_of([Path("data/learned")])]


def run_program(where: str, limit: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(root=str(ROOT)), where, str(limit)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_there_and_back(settings: Settings, store: LearningStore) -> None:
    promote(settings, store, "new")

    assert live() == ("id-new", ["new", "old"])
    assert json.loads(Path("models/new.fingerprint.json").read_text()) == {"data": "n"}
    assert {one.id: one.status for one in Registry(store).all()} == {"new": STABLE, "old": RETIRED}

    leaving, coming = roll_back(settings, store, "it answers worse")

    assert live() == ("id-old", ["old"])
    assert (leaving.status, coming.status) == (ROLLED_BACK, STABLE)


def test_corrected_answers_stay_and_only_tests_that_pass_are_written(
    settings: Settings, store: LearningStore
) -> None:
    accept(store, "a", ANSWER, question="Is it open?", answer="From nine.", layer="knowledge")
    for name in ("passes", "fails"):
        steps = [{"user": "hello", "intent": "greet"}, {"action": "utter_greet"}]
        accept(store, name, STORY, name=name, steps=steps)
    Registry(store).move("new", FAILED)
    Registry(store).move("new", PASSED, tests=["passes"])
    promote(settings, store, "new")

    assert "From nine." in Path("data/learned/overrides.yml").read_text()
    tests = Path("tests/test_learned.yml").read_text()
    assert "story: passes" in tests and "fails" not in tests


def test_a_model_that_the_designer_trained_meanwhile_is_what_a_rollback_brings_back(
    settings: Settings, store: LearningStore
) -> None:
    write_model(Path("models/own.tar.gz"), "id-own")
    promote(settings, store, "new")
    roll_back(settings, store, "")

    assert live()[0] == "id-own"


def test_what_failed_or_is_damaged_is_not_brought_to_life(settings: Settings, store: LearningStore) -> None:
    Registry(store).move("new", FAILED)
    with pytest.raises(RegistryError, match="new is failed: only what passed goes live"):
        promote(settings, store, "new")
    Registry(store).move("new", PASSED)
    Path("var/candidates/new/new.tar.gz").write_bytes(b"half")
    with pytest.raises(RegistryError, match="is damaged"):
        promote(settings, store, "new")

    assert live() == ("id-old", ["old"])


@pytest.mark.parametrize("where", POINTS)
def test_killed_anywhere_the_model_is_whole_and_the_next_run_ends_it(
    where: str, settings: Settings, store: LearningStore
) -> None:
    assert run_program(where).returncode == -signal.SIGKILL
    assert live()[0] in ("id-old", "id-new")  # both can be read to their end

    # From the moment on that data/learned is touched, somebody else ends it.
    begun = POINTS.index(where) >= POINTS.index("rapport.gate_install.write_learned")
    assert go_on_installing(settings, store) == ("new" if begun else None)
    assert live() == (("id-new", ["new", "old"]) if begun else ("id-old", ["old"]))
    promote(settings, store, "new")

    assert live() == ("id-new", ["new", "old"])
    assert {one.id: one.status for one in Registry(store).all()} == {"new": STABLE, "old": RETIRED}
    assert go_on_installing(settings, store) is None
    assert not list(Path("models").glob(".*partial"))


def test_a_full_disk_is_said_and_nothing_is_changed(settings: Settings, store: LearningStore) -> None:
    full = run_program("", limit=100_000)

    assert full.returncode == 1
    assert "make room on the disk; the assistant goes on with the model that it has" in full.stderr
    assert live() == ("id-old", ["old"])
    assert not list(Path("models").glob(".*partial"))


def test_some_conversations_stay_with_the_model_before_until_it_is_rolled_back(
    settings: Settings, store: LearningStore
) -> None:
    promote(settings, store, "new")
    found = holdout.current(Registry(store))
    assert found is not None and (found.new.id, found.old.id, found.share) == ("new", "old", 0.05)

    roll_back(settings, store, "it answers worse")
    assert holdout.current(Registry(store)) is None
    assert Registry(store).get("new").report["holdout"]["why"] == "it answers worse"


def test_nobody_stays_if_the_share_is_nothing(store: LearningStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_ROLLOUT__HOLDOUT", "0")
    promote(load_settings(), store, "new")

    assert holdout.current(Registry(store)) is None


def test_an_adapter_is_refused_with_what_to_do(settings: Settings, store: LearningStore) -> None:
    file = Path("var/adapter.gguf")
    file.write_bytes(b"weights")
    Registry(store).add(Candidate("lora", ADAPTER, PASSED, str(file), checksum(file)))

    for refused in (promote, begin_canary):
        with pytest.raises(RegistryError, match=r"set `llama_cpp.adapter` .* to var/adapter.gguf"):
            refused(settings, store, "lora")
    assert Registry(store).get("lora").status == PASSED and live()[0] == "id-old"
