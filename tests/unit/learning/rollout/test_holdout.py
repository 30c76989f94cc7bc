"""A holdout lasts as long as the model that was promoted is stable, and ends once."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.rollout import holdout
from learning.rollout.registry import PASSED, RASA, STABLE, Candidate, Registry
from learning.store import LearningStore

DAY = 86_400


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry(LearningStore(f"sqlite:///{tmp_path}/learning.db"))
    for name in ("old", "new", "newer"):
        registry.add(Candidate(name, RASA, PASSED, f"{name}.tar.gz", name))
    for name in ("old", "new"):
        registry.move(name, STABLE)
    holdout.begin(registry, "new", "old", 0.05, 7, now=100)
    return registry


def test_it_ends_when_its_time_is_up(registry: Registry) -> None:
    found = holdout.current(registry)

    assert found is not None and (found.new.id, found.old.id, found.share) == ("new", "old", 0.05)
    assert [found.is_over(100 + days * DAY) for days in (0, 6.9, 7)] == [False, False, True]


def test_it_ends_once_and_says_why(registry: Registry) -> None:
    holdout.end(registry, "time is up", 200)
    holdout.end(registry, "something else", 300)

    assert holdout.current(registry) is None
    assert registry.get("new").report["holdout"]["why"] == "time is up"


def test_another_stable_model_ends_it(registry: Registry) -> None:
    registry.move("newer", STABLE)

    assert holdout.current(registry) is None


def test_when_both_answered_is_noted_anew_for_each_comparison(registry: Registry) -> None:
    for now in (110, 130, 900):
        registry.served("new", now)
    assert registry.get("new").report["served"] == [[110, 130], [900, 900]]

    holdout.begin(registry, "new", "old", 0.05, 7, now=1_000)
    assert registry.get("new").report["served"] == []
