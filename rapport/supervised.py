"""For a process that `rapport up` started: it ends when its supervisor is gone, even if that was killed."""

from __future__ import annotations

import os
import signal
import threading
import time

import psutil

from rapport.environment import SUPERVISOR

INTERVAL_SECONDS = 2.0


def end_with_supervisor(interval_seconds: float = INTERVAL_SECONDS) -> None:
    """Watches the supervisor in a thread of its own; does nothing when there is none."""
    pid = os.environ.get(SUPERVISOR, "")
    if pid.isdigit():
        threading.Thread(target=_watch, args=(int(pid), interval_seconds), daemon=True).start()


def _watch(pid: int, interval_seconds: float) -> None:
    try:
        supervisor = psutil.Process(pid)
        # is_running also notices that the number was given to another process.
        while supervisor.is_running() and supervisor.status() != psutil.STATUS_ZOMBIE:
            time.sleep(interval_seconds)
    except psutil.Error:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
