"""The entry as a program: follows the registry, and runs the canary's Rasa while there is one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from learning.errors import LearningError
from learning.rollout.registry import CANARY, Candidate, Registry
from learning.store import LearningStore
from rapport.console import warned
from rapport.environment import SERVING, child_environment
from rapport.rollout_entry import Sides, entry_app
from rapport.settings import Settings
from rapport.supervised import end_with_supervisor

LOG = Path("var/log/canary.log")
LOOK_SECONDS, AGAIN_SECONDS, KILL_SECONDS = 3.0, 30.0, 5.0


def wants_entry(settings: Settings) -> bool:
    """Whether an entry is put before Rasa: canaries are wanted, or there is one."""
    if settings.rollout.after_gate == "canary":
        return True
    try:
        return Registry(LearningStore(settings.learning.database_url)).current(CANARY) is not None
    except LearningError:
        return False  # what is learned must not keep the assistant from starting


def behind_entry(settings: Settings, programs: dict[str, str]) -> dict[str, str]:
    """The Procfile's programs with an entry before Rasa, which moves to a port of its own."""
    variables = _behind(settings.server.stable_port)
    exported = "; ".join(f"export {name}={value}" for name, value in variables.items())
    return {**programs, "rasa": f"{exported}; {programs['rasa']}", "entry": "exec rapport learn entry"}


def _behind(port: int) -> dict[str, str]:
    """Variables of a Rasa that only the entry reaches."""
    proxies = int(os.environ.get("SANIC_PROXIES_COUNT") or 0) + 1
    return {
        "RAPPORT_SERVER__HOST": "127.0.0.1",
        "RAPPORT_SERVER__RASA_PORT": str(port),
        "SANIC_PROXIES_COUNT": str(proxies),
    }


def run(settings: Settings) -> None:
    """Runs the entry until it is told to end."""
    end_with_supervisor()
    sides = Sides(f"http://127.0.0.1:{settings.server.stable_port}")
    app = entry_app(sides)

    async def following(_: web.Application) -> AsyncIterator[None]:
        canary = CanaryProcess(settings, sides)
        task = asyncio.create_task(canary.follow())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        canary.stop()

    app.cleanup_ctx.append(following)
    web.run_app(
        app, host=settings.server.host, port=settings.server.rasa_port, print=lambda *_: None, access_log=None
    )


class CanaryProcess:
    """The Rasa that answers with the canary.

    Args:
        settings: all settings.
        sides: told where the canary is.
    """

    def __init__(self, settings: Settings, sides: Sides) -> None:
        self.settings = settings
        self.sides = sides
        self.process: subprocess.Popen[bytes] | None = None
        self.running = ""
        self.begun = 0.0

    async def follow(self) -> None:
        """Starts and stops it as the registry says, for good."""
        registry = Registry(LearningStore(self.settings.learning.database_url))
        while True:
            try:
                found = await asyncio.to_thread(registry.current, CANARY)
                self._follow(registry, found)
            except Exception as error:  # the edge: customers are served whatever happens here
                warned(f"The registry cannot be followed: {error}")
            await asyncio.sleep(LOOK_SECONDS)

    def _follow(self, registry: Registry, canary: Candidate | None) -> None:
        if canary is None or canary.id != self.running:
            self.stop()
        if canary is None:
            return
        died = self.process is not None and self.process.poll() is not None
        if self.running and not (died and time.monotonic() - self.begun > AGAIN_SECONDS):
            return
        self._start(registry, canary)

    def _start(self, registry: Registry, canary: Candidate) -> None:
        file, folder = registry.check_file(canary), self.settings.gate.folder / ".canary"
        shutil.rmtree(folder, ignore_errors=True)  # `rapport rasa` runs the newest model of a folder
        folder.mkdir(parents=True)
        shutil.copy2(file, folder)
        port = self.settings.server.canary_port
        variables = {**_behind(port), "RAPPORT_SERVER__MODELS_FOLDER": str(folder)}
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("ab") as log:
            self.process = subprocess.Popen(
                ["rapport", "rasa"], env=child_environment(**SERVING, **variables), stdout=log, stderr=log
            )
        self.running, self.begun = canary.id, time.monotonic()
        share = float((canary.report.get("canary") or {}).get("share") or self.settings.rollout.share)
        self.sides.share, self.sides.rollout = share, canary.id
        self.sides.canary = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """Ends it; its conversations go on with the stable model."""
        self.sides.canary, self.sides.canary_answers, self.running = None, False, ""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
