"""A process that is asked to end takes with it what it began; real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
# A service that runs a program, whose own child works for long: as `watch`, a cycle and a training.
PROGRAM = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from rapport.ending import ending_when_asked, run_to_its_end
from rapport.supervised import end_with_supervisor
role, folder = sys.argv[1], Path(sys.argv[2])
me = [sys.executable, __file__]

def note(name):
    (folder / f"{name}.new").write_text(str(os.getpid()))
    (folder / f"{name}.new").rename(folder / name)

def train():
    note("training")
    time.sleep(600)

with ending_when_asked():
    note(role)
    try:
        if role == "service":
            run_to_its_end([*me, "cycle", str(folder)])
        else:
            end_with_supervisor(0.1)
            with ProcessPoolExecutor(1) as pool:  # as the gate has one: leaving it waits for its work
                pool.submit(train).result()
    finally:
        note(f"{role}.ended")
"""


def numbers(folder: Path, *names: str) -> list[int]:
    end = time.monotonic() + 30
    while not all((folder / name).exists() for name in names):
        assert time.monotonic() < end, sorted(file.name for file in folder.iterdir())
        time.sleep(0.05)
    return [int((folder / name).read_text()) for name in names]


def all_gone(pids: list[int], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while alive := [pid for pid in pids if _runs(pid)]:
        if time.monotonic() > end:
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("whom", "how"),
    [
        ("service", signal.SIGTERM),
        ("service", signal.SIGKILL),
        ("cycle", signal.SIGKILL),
        ("cycle", signal.SIGTERM),
    ],
)
def test_nothing_is_left_behind(tmp_path: Path, whom: str, how: signal.Signals) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, str(file), "service", str(tmp_path)]
    service = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        pids = numbers(tmp_path, "service", "cycle", "training")
        os.kill(pids[["service", "cycle"].index(whom)], how)
        service.wait(20)
        assert all_gone(pids)
    finally:
        service.kill()
        service.wait()
    if how == signal.SIGTERM:
        numbers(tmp_path, f"{whom}.ended")  # with every `finally`
