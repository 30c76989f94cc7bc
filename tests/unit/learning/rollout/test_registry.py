"""Candidates go from state to state only as is allowed, and a damaged file is never used."""

from __future__ import annotations

from pathlib import Path

import pytest

from learning.errors import RegistryError
from learning.rollout import registry as states
from learning.rollout.registry import Candidate, Registry, checksum
from learning.store import LearningStore


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    clock = iter(range(1_000))
    return Registry(LearningStore(f"sqlite:///{tmp_path}/learning.db"), lambda: float(next(clock)))


def add(registry: Registry, tmp_path: Path, name: str, status: str = states.TRAINED) -> Candidate:
    file = tmp_path / f"{name}.tar.gz"
    file.write_bytes(name.encode() * 100)
    return registry.add(Candidate(name, states.RASA, status, str(file), checksum(file)), ["l1", "l2"])


def test_a_candidate_goes_its_way_and_the_one_before_is_retired(registry: Registry, tmp_path: Path) -> None:
    add(registry, tmp_path, "old", states.STABLE)
    add(registry, tmp_path, "new")

    for status in (states.PASSED, states.CANARY, states.STABLE):
        registry.move("new", status)

    assert registry.get("old").status == states.RETIRED
    assert registry.current(states.STABLE) == registry.get("new")
    assert registry.current(states.CANARY) is None


@pytest.mark.parametrize("status", [states.CANARY, states.STABLE, states.ROLLED_BACK])
def test_what_did_not_pass_goes_nowhere(registry: Registry, tmp_path: Path, status: str) -> None:
    add(registry, tmp_path, "new")

    with pytest.raises(RegistryError, match="new is trained: it may become failed, passed, retired"):
        registry.move("new", status)
    assert registry.get("new").status == states.TRAINED


def test_of_two_canaries_the_first_waits(registry: Registry, tmp_path: Path) -> None:
    for name in ("one", "two"):
        add(registry, tmp_path, name, states.PASSED)
        registry.move(name, states.CANARY)

    assert registry.get("one").status == states.PASSED
    assert registry.current(states.CANARY) == registry.get("two")


def test_a_model_and_an_adapter_do_not_take_each_other_s_place(registry: Registry, tmp_path: Path) -> None:
    add(registry, tmp_path, "model", states.STABLE)
    registry.add(Candidate("lora", states.ADAPTER, states.PASSED, "lora.gguf", ""))

    registry.move("lora", states.STABLE)

    assert registry.get("model").status == states.STABLE


def test_rolling_back_swaps_both_at_once_or_neither(registry: Registry, tmp_path: Path) -> None:
    add(registry, tmp_path, "old", states.PASSED)
    add(registry, tmp_path, "new", states.PASSED)
    registry.move("old", states.STABLE)
    registry.move("new", states.STABLE)
    add(registry, tmp_path, "fresh")

    with pytest.raises(RegistryError, match="never stable"):
        registry.swap_back("new", "fresh", "bad")
    assert registry.get("new").status == states.STABLE
    registry.swap_back("new", "old", "it answers worse")

    assert (registry.get("new").status, registry.get("old").status) == (states.ROLLED_BACK, states.STABLE)
    assert registry.get("new").report["why"] == "it answers worse"


def test_a_damaged_file_is_refused(registry: Registry, tmp_path: Path) -> None:
    found = add(registry, tmp_path, "new")
    assert registry.check_file(found) == Path(found.path)

    Path(found.path).write_bytes(b"half of it")
    with pytest.raises(RegistryError, match="is damaged"):
        registry.check_file(found)
    Path(found.path).unlink()
    with pytest.raises(RegistryError, match="cannot be read"):
        registry.check_file(found)


def test_it_is_known_which_models_saw_a_record(registry: Registry, tmp_path: Path) -> None:
    add(registry, tmp_path, "new")

    assert registry.which_saw(["l2", "l9"]) == ["new"]
    assert registry.which_saw(["l9"]) == []
    assert registry.learned_of("new") == ["l1", "l2"]


def test_one_in_use_is_not_replaced(registry: Registry, tmp_path: Path) -> None:
    add(registry, tmp_path, "new", states.STABLE)

    with pytest.raises(RegistryError, match="another name"):
        add(registry, tmp_path, "new")
    with pytest.raises(RegistryError, match="There is no candidate 'nobody'"):
        registry.move("nobody", states.PASSED)
