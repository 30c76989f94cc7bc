"""Ends a process that was asked to end, with the programs that it began."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import psutil

from rapport.environment import SUPERVISOR, child_environment

# What is not ended so long after it was asked to is killed.
KILL_SECONDS = 8.0
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_when_asked() -> Iterator[None]:
    """Within it, a signal to end raises SystemExit: every `finally` runs. Children are asked to end, too."""

    def end(number: int, _: FrameType | None) -> None:
        for other in before:  # a second one must not interrupt what the first has begun
            signal.signal(other, signal.SIG_IGN)
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                child.terminate()
        raise SystemExit(128 + number)

    # `nohup` has the terminal's end ignored.
    before = {one: signal.getsignal(one) for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN}
    for one in before:
        signal.signal(one, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_to_its_end(command: Sequence[str]) -> int:
    """Runs a program of ours as a group of its own; nothing of it is left when this returns or is ended.

    It is told whose child it is, and ends by itself if we are killed (see `supervised`).

    Returns:
        Its exit code; below 0, the signal that killed it.
    """
    environment = child_environment(**{SUPERVISOR: str(os.getpid())})
    child = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return child.wait()
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(KILL_SECONDS)
    # Whoever was killed has left its own children behind.
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
