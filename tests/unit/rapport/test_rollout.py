"""What is compared is settled by what customers had: promoted, ended or rolled back, and the gain is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from learning.rollout import holdout
from learning.rollout.decision import END, GO_ON, ROLL_BACK
from learning.rollout.registry import PASSED, RASA, Candidate, Registry, checksum
from learning.store import LearningStore
from learning.turn import Turn
from rapport.gate_install import promote
from rapport.gate_training import adopt_stable, model_id
from rapport.rollout import lift_lines, settle, show_models
from rapport.settings import Settings, load_settings
from rapport.training import latest_model
from rapport.watching import begin_canary
from tests.unit.rapport.test_gate_install import write_model

DAY = 86_400


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project in which `new` was promoted a day ago, and both models answered since."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    write_model(Path("models/old.tar.gz"), "id-old")
    settings = load_settings()
    store = LearningStore(settings.learning.database_url)
    adopt_stable(settings, store)
    for name in ("new", "newer"):
        file = Path(f"var/candidates/{name}/{name}.tar.gz")
        write_model(file, f"id-{name}")
        report = {"model_id": f"id-{name}"}
        Registry(store).add(Candidate(name, RASA, PASSED, str(file), checksum(file), report=report))
    promote(settings, store, "new")
    began_days_ago(store, 1)
    return settings


@pytest.fixture
def store(settings: Settings) -> LearningStore:
    return LearningStore(settings.learning.database_url)


def began_days_ago(store: LearningStore, days: float) -> None:
    now = time.time()
    holdout.begin(Registry(store), "new", "old", 0.2, 7, now - days * DAY)
    Registry(store).annotate("new", served=[[now - days * DAY, now]])


def conversations(store: LearningStore, model: str, count: int, trouble: int) -> None:
    """So many conversations with a model, some of which fell back; they began in the last hours."""
    now = time.time()
    found = [
        Turn(f"{model}{n}", f"{model}{n}", 1, now - 10 * n - 1, reply="Yes.", model=model,
             routed="nlu_fallback" if n < trouble else "greet")
        for n in range(count)
    ]  # fmt: skip
    with store.writing() as connection:
        store.put_turns(found, connection)


def live() -> str:
    model = latest_model(Path("models"))
    assert model is not None
    return model_id(model)


def test_a_promoted_model_that_is_worse_is_rolled_back(settings: Settings, store: LearningStore) -> None:
    conversations(store, "id-new", 800, 400)
    conversations(store, "id-old", 200, 20)

    decision = settle(settings, store)

    assert decision is not None and (decision.action, live()) == (ROLL_BACK, "id-old")
    assert "fallback" in Registry(store).get("new").report["why"]
    assert settle(settings, store) is None
    assert lift_lines(store)[0].startswith("new, 800 conversations beside 200 of the model before: without")


def test_one_that_is_as_good_is_measured_until_the_time_is_up(
    settings: Settings, store: LearningStore, capsys: pytest.CaptureFixture[str]
) -> None:
    conversations(store, "id-new", 400, 40)
    conversations(store, "id-old", 100, 20)
    decision = settle(settings, store)
    assert decision is not None and decision.action == GO_ON

    began_days_ago(store, 7.1)
    decision = settle(settings, store)
    assert decision is not None and (decision.action, live()) == (END, "id-new")
    assert holdout.current(Registry(store)) is None
    show_models(settings, as_json=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "without trouble +10.0% (+2.5% to +19.2%); no fallback +10.0%" in said
    assert "handover" not in said  # nobody had any


def test_a_canary_ends_the_holdout(settings: Settings, store: LearningStore) -> None:
    begin_canary(settings, store, "newer")

    assert holdout.current(Registry(store)) is None
    assert Registry(store).get("new").report["holdout"]["why"] == "the canary newer began"
