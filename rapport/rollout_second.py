"""A second Rasa on this machine, with another model than the stable one; only the entry reaches it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil

from learning.rollout.registry import Candidate, Registry
from rapport.environment import SERVING, SUPERVISOR, child_environment
from rapport.settings import Settings

LOGS = Path("var/log")
AGAIN_SECONDS, KILL_SECONDS = 30.0, 5.0


def only_for_entry(port: int) -> dict[str, str]:
    """Variables of a Rasa that only the entry reaches."""
    proxies = int(os.environ.get("SANIC_PROXIES_COUNT") or 0) + 1
    return {
        "RAPPORT_SERVER__HOST": "127.0.0.1",
        "RAPPORT_SERVER__RASA_PORT": str(port),
        "SANIC_PROXIES_COUNT": str(proxies),
    }


class SecondRasa:
    """Runs a candidate while one is wanted.

    Args:
        settings: all settings.
        role: what it is for; names its log and its folder.
        port: where it listens.
        niceness: how much it gives way to other programs, 0 to 19.
    """

    def __init__(self, settings: Settings, role: str, port: int, niceness: int = 0) -> None:
        self.running = ""
        self.address = f"http://127.0.0.1:{port}"
        self._settings, self._role, self._port, self._niceness = settings, role, port, niceness
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0

    def follow(self, registry: Registry, wanted: Candidate | None) -> None:
        """Starts or stops it, so that it runs what is wanted; one that died is begun again after a while."""
        if wanted is None or wanted.id != self.running:
            self.stop()
        if wanted is None:
            return
        died = self._process is not None and self._process.poll() is not None
        if not self.running or (died and time.monotonic() - self._begun > AGAIN_SECONDS):
            self._start(registry, wanted)

    def _start(self, registry: Registry, candidate: Candidate) -> None:
        file, folder = registry.check_file(candidate), self._settings.gate.folder / f".{self._role}"
        shutil.rmtree(folder, ignore_errors=True)  # `rapport rasa` runs the newest model of a folder
        folder.mkdir(parents=True)
        shutil.copy2(file, folder)
        variables = {
            **only_for_entry(self._port),
            "RAPPORT_SERVER__MODELS_FOLDER": str(folder),
            SUPERVISOR: str(os.getpid()),
        }
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / f"{self._role}.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["rapport", "rasa"], env=child_environment(**SERVING, **variables), stdout=log, stderr=log
            )
        if self._niceness:
            psutil.Process(self._process.pid).nice(self._niceness)
        self.running, self._begun = candidate.id, time.monotonic()

    def stop(self) -> None:
        """Ends it."""
        self.running = ""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
