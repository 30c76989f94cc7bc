"""A cycle may be killed at any point: the next one goes on, and never do two run at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from learning import cycle as cycles
from learning import lock as locks
from learning.cycle import CycleLog, State, Step, run_cycle
from learning.errors import CycleError, LearningError
from learning.lock import only_one
from learning.store import LearningStore

ROOT = Path(__file__).parents[3]
# Runs a cycle of three steps whose second writes a file the safe way; dies where it is told to.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from learning.cycle import CycleLog, Step, run_cycle
from learning.store import LearningStore
folder, where = Path(sys.argv[1]), sys.argv[2]

def die(point):
    if point == where:
        os.kill(os.getpid(), signal.SIGKILL)

def make(name):
    def run(state):
        die(f"before {name}")
        partial = folder / f"{name}.partial"
        partial.write_text("half")
        die(f"in {name}")
        partial.write_text("whole")
        partial.replace(folder / name)
        die(f"after {name}")
        return {name: state.get(name, 0) + 1}
    return Step(name, run)

steps = [make(name) for name in ("train", "gate", "roll")]
run_cycle(CycleLog(LearningStore(f"sqlite:///{folder}/learning.db")), steps, "test")
"""


@pytest.fixture
def log(tmp_path: Path) -> CycleLog:
    return CycleLog(LearningStore(f"sqlite:///{tmp_path}/learning.db"))


def adding(name: str, value: object = 1) -> Step:
    return Step(name, lambda state: {name: value})


def failing(name: str) -> Step:
    def run(state: State) -> State:
        raise LearningError("the examples contradict each other")

    return Step(name, run)


def run_program(folder: Path, where: str) -> int:
    command = [sys.executable, "-c", PROGRAM, str(folder), where]
    return subprocess.run(command, cwd=ROOT, timeout=60, capture_output=True).returncode


def test_steps_run_in_order_and_see_what_was_found_before(log: CycleLog) -> None:
    both = Step("both", lambda state: {"both": state["one"] + state["two"]})

    found = run_cycle(log, [adding("one", 1), adding("two", 2), both], "volume")

    assert found.state == {"one": 1, "two": 2, "both": 3}
    assert list(found.done) == ["one", "two", "both"]
    assert log.all()[0].status == cycles.DONE


def test_nothing_to_do_ends_a_cycle_early(log: CycleLog) -> None:
    found = run_cycle(log, [Step("look", lambda _: {"stop": "nothing new"}), failing("train")], "time")

    assert found.status == cycles.DONE
    assert list(found.done) == ["look"]


def test_a_failure_is_kept_with_its_reason_and_the_next_cycle_starts_anew(log: CycleLog) -> None:
    with pytest.raises(LearningError):
        run_cycle(log, [adding("one"), failing("train")], "volume")
    failed = log.last()
    assert failed and (failed.status, failed.why) == (
        cycles.FAILED,
        "train: the examples contradict each other",
    )

    again = run_cycle(log, [adding("one"), adding("train")], "volume")

    assert again.id != failed.id
    assert list(again.done) == ["one", "train"]


@pytest.mark.parametrize(
    "where", [f"{at} {step}" for step in ("train", "gate", "roll") for at in ("before", "in", "after")]
)
def test_a_cycle_that_was_killed_goes_on_and_every_file_is_whole(tmp_path: Path, where: str) -> None:
    assert run_program(tmp_path, where) == -signal.SIGKILL
    whole = [file for name in ("train", "gate", "roll") if (file := tmp_path / name).exists()]
    assert all(file.read_text() == "whole" for file in whole)

    assert run_program(tmp_path, "nowhere") == 0

    log = CycleLog(LearningStore(f"sqlite:///{tmp_path}/learning.db"))
    found = log.all()
    assert len(found) == 1 and found[0].status == cycles.DONE
    assert list(found[0].done) == ["train", "gate", "roll"]
    assert found[0].state == {"train": 1, "gate": 1, "roll": 1}  # what was done is not done again
    assert [(tmp_path / name).read_text() for name in ("train", "gate", "roll")] == ["whole"] * 3


def test_two_do_not_run_at_once(log: CycleLog) -> None:
    with only_one(log.store), pytest.raises(CycleError, match=f"/{os.getpid()}/"):
        run_cycle(log, [adding("one")], "volume")
    assert run_cycle(log, [adding("one")], "volume").status == cycles.DONE


def test_who_watches_keeps_nobody_from_running_a_cycle(log: CycleLog) -> None:
    with only_one(log.store, lock=locks.WATCH):
        assert run_cycle(log, [adding("one")], "volume").status == cycles.DONE
        second = only_one(log.store, lock=locks.WATCH)
        with pytest.raises(CycleError, match=f"watch` runs already .*/{os.getpid()}/"), second:
            pass
    assert locks.holder(log.store, 0.0, locks.WATCH) is None


def test_a_step_in_which_everybody_is_killed_is_given_up(tmp_path: Path) -> None:
    for _ in range(cycles.MOST_TRIES):
        assert run_program(tmp_path, "in gate") == -signal.SIGKILL
    assert run_program(tmp_path, "in gate") == 1  # it was not even begun

    last = CycleLog(LearningStore(f"sqlite:///{tmp_path}/learning.db")).last()
    assert last and last.status == cycles.FAILED
    assert last.why.startswith("gate: whoever ran it was killed 3 times")
    assert list(last.done) == ["train"]


def test_who_ends_a_cycle_on_purpose_may_do_so_often(log: CycleLog) -> None:
    def stop(_: State) -> State:
        raise SystemExit(143)

    for _ in range(cycles.MOST_TRIES + 1):
        with pytest.raises(SystemExit):
            run_cycle(log, [adding("one"), Step("train", stop)], "volume")
    assert run_cycle(log, [adding("one"), adding("train")], "volume").state == {"one": 1, "train": 1}
    assert len(log.all()) == 1


def test_the_lock_of_one_that_was_silent_too_long_is_taken_over(
    log: CycleLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    locks._take(log.store, f"elsewhere/{os.getpid()}/x", lambda: 1_000.0, locks.CYCLE)
    monkeypatch.setattr("socket.gethostname", lambda: "here")

    with pytest.raises(CycleError), only_one(log.store, lambda: 1_030.0):
        pass
    with only_one(log.store, lambda: 1_100.0):
        assert locks.holder(log.store, 1_100.0).startswith("here/")  # type: ignore[union-attr]


def test_a_disk_that_is_full_loses_nothing(tmp_path: Path) -> None:
    """With a limit on the size of files, as a full disk has it, the step fails; later it goes on."""
    limited = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\n"
    assert run_program(tmp_path, "before train") == -signal.SIGKILL
    program = PROGRAM.replace("run_cycle(CycleLog", limited + "run_cycle(CycleLog")
    full = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), "nowhere"], cwd=ROOT, timeout=60, capture_output=True
    )
    assert full.returncode == 1, full.stderr

    assert run_program(tmp_path, "nowhere") == 0
    assert CycleLog(LearningStore(f"sqlite:///{tmp_path}/learning.db")).all()[0].status == cycles.DONE
