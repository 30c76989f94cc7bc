"""A training that is killed, or whose disk fills: the live assistant is untouched, the next one goes on."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from learning.rollout.registry import STABLE, Registry
from learning.store import LearningStore
from tests.integration.home import Home, until

# The model is larger, and all that is logged and noted is smaller, the index of git included.
LIMIT_BYTES = 2_000_000
TIMEOUT_SECONDS = 500


@pytest.fixture(scope="module")
def home(homes: Callable[..., Home]) -> Home:
    return homes("kills")


def live(home: Home) -> dict[str, str]:
    """The models that the assistant may run, with their checksums."""
    files = sorted((home.folder / "models").iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def partial(home: Home) -> set[Path]:
    return set((home.folder / "var/candidates").glob(".*.partial"))


def training(program: subprocess.Popen[bytes]) -> psutil.Process | None:
    """The `rasa train` of a command, once it runs."""
    children = psutil.Process(program.pid).children(recursive=True)
    return next((child for child in children if {"rasa", "train"} <= set(child.cmdline())), None)


def begun(home: Home) -> tuple[subprocess.Popen[bytes], psutil.Process]:
    """A candidate whose training is under way."""
    program = home.start("learn", "candidate")
    until(lambda: program.poll() is not None or training(program) is not None, "it trains", TIMEOUT_SECONDS)
    found = training(program)
    assert found is not None, (home.folder / "started.log").read_text()
    return program, found


def candidates(home: Home) -> list[str]:
    """What the registry holds: the stable model alone, as long as no training came to its end."""
    registry = Registry(LearningStore(f"sqlite:///{home.folder}/var/learning.db"))
    return [one.status for one in registry.all()]


def test_killed_while_it_trains_the_next_training_begins_in_a_clean_place(home: Home) -> None:
    before = live(home)
    program, _ = begun(home)
    left = partial(home)
    os.killpg(program.pid, signal.SIGKILL)
    program.wait()

    assert left and left == partial(home)  # nobody was there to take it away
    assert (live(home), candidates(home)) == (before, [STABLE])

    program, _ = begun(home)
    assert not left & partial(home) and len(partial(home)) == 1
    os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    assert (live(home), candidates(home)) == (before, [STABLE])


def test_a_disk_that_fills_while_it_trains_is_said_and_nothing_stays_behind(home: Home) -> None:
    before = live(home)
    program, rasa = begun(home)
    resource.prlimit(rasa.pid, resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))

    assert program.wait(TIMEOUT_SECONDS) == 1
    said = (home.folder / "started.log").read_text()
    assert "make room on the disk" in said and "Traceback" not in said
    assert (live(home), candidates(home), partial(home)) == (before, [STABLE], set())
