"""A cycle is due by volume, by quality or by time, and not otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from learning.cycle import CycleLog, Step, run_cycle
from learning.datasets.forgetting import RETRAIN
from learning.errors import LearningError
from learning.learned import ACTIVE, LABEL, learned_id
from learning.rollout.registry import PASSED, STABLE, Candidate, Registry
from learning.store import LearningStore
from learning.tables import learned
from learning.turn import Turn
from rapport.due import outlook
from rapport.gate_history import draw, outcome, page
from rapport.settings import Settings, load_settings

DAY, NOW = 86_400.0, 100 * 86_400.0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings()


@pytest.fixture
def store(settings: Settings) -> LearningStore:
    return LearningStore(settings.learning.database_url)


def why_due(settings: Settings, store: LearningStore, now: float) -> str | None:
    return outlook(settings, store, now).due or None


def accept(store: LearningStore, count: int, at: float, intent: str = "track_order") -> list[str]:
    rows = []
    for number in range(count):
        content = {"text": f"{intent} at {at}\nnumber {number}", "intent": intent}
        rows.append(
            {"id": learned_id(LABEL, content), "kind": LABEL, "status": ACTIVE, "content": content,
             "language": "en", "item": "", "conversations": [], "approved_by": ["ada"], "at": at,
             "model": "", "why": ""}
        )  # fmt: skip
    with store.writing() as connection:
        connection.execute(sa.insert(learned), rows)
    return [row["id"] for row in rows]


def cycle_at(store: LearningStore, at: float, step: Step | None = None) -> None:
    run_cycle(CycleLog(store, lambda: at), [step or Step("look", lambda _: {})], "test")


def turns(store: LearningStore, name: str, at: float, count: int, fell_back: int) -> None:
    found = [
        Turn(f"{name}{n}", name, n, at, routed="nlu_fallback" if n < fell_back else "track_order")
        for n in range(count)
    ]
    with store.writing() as connection:
        store.put_turns(found, connection)


def test_by_volume(settings: Settings, store: LearningStore) -> None:
    assert why_due(settings, store, NOW) is None
    accept(store, 60, NOW - DAY)
    assert why_due(settings, store, NOW) == "volume: 60 accepted since the last cycle"

    cycle_at(store, NOW - 10)
    assert why_due(settings, store, NOW) is None


def test_by_time_but_only_if_there_is_anything_new(settings: Settings, store: LearningStore) -> None:
    cycle_at(store, NOW - 9 * DAY)
    assert why_due(settings, store, NOW) is None

    accept(store, 3, NOW - DAY)
    assert why_due(settings, store, NOW) == "time: 9 days since the last cycle"


def test_by_quality(settings: Settings, store: LearningStore) -> None:
    cycle_at(store, NOW - 2 * DAY)
    accept(store, 3, NOW - DAY)
    turns(store, "before", NOW - 10 * DAY, 400, 40)
    turns(store, "now", NOW - DAY / 2, 300, 45)
    assert why_due(settings, store, NOW) is None

    turns(store, "worse", NOW - DAY / 3, 100, 60)
    assert why_due(settings, store, NOW) == "quality: 26.2% of the last day's turns fell back, 10.0% before"


def test_a_failed_cycle_is_not_tried_again_at_once_and_a_killed_one_is(
    settings: Settings, store: LearningStore
) -> None:
    accept(store, 60, NOW)

    def fail(_: object) -> dict[str, object]:
        raise LearningError("no room")

    with pytest.raises(LearningError):
        cycle_at(store, NOW - 60, Step("train", fail))
    assert why_due(settings, store, NOW) is None

    CycleLog(store, lambda: NOW).begin("killed after this")
    assert why_due(settings, store, NOW) == "cycle 2 was killed"


def test_who_is_to_be_forgotten_is_a_reason_while_a_model_in_use_has_seen_them(
    settings: Settings, store: LearningStore
) -> None:
    registry = Registry(store, lambda: NOW)
    for name in ("saw", "fresh"):
        registry.add(Candidate(name, "rasa", PASSED, f"{name}.tar.gz", name))
    registry.move("saw", STABLE)
    cycle_at(store, NOW - DAY)
    with store.writing() as connection:
        store.set_value(RETRAIN, json.dumps({"at": NOW - 60, "models": ["saw"]}), connection)
    assert "asked to be forgotten" in str(why_due(settings, store, NOW))

    cycle_at(store, NOW - 30)
    assert why_due(settings, store, NOW) is None  # it was tried just now
    assert "asked to be forgotten" in str(why_due(settings, store, NOW + DAY))

    registry.move("fresh", STABLE)
    assert why_due(settings, store, NOW + DAY) is None


def test_the_history_is_drawn_and_told(store: LearningStore) -> None:
    figures = {"accuracy": [0.9, 0.92]}
    found = {"candidate": "new", "figures": figures, "passed": True, "rollout": "ask", "dropped": [{}]}
    cycle_at(store, NOW, Step("gate", lambda _: found))
    cycles = CycleLog(store).all()

    assert outcome(cycles[0]) == "passed (ask)"
    assert draw(cycles).startswith(b"\x89PNG")
    assert "90.0% → 92.0%" in page(cycles, Registry(store))
