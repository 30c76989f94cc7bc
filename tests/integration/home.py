"""A project folder with the checkout's files by link, a var/ and ports of its own, and the real programs."""

from __future__ import annotations

import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import httpx
import psutil

from rapport.training import latest_model, parts_file, why_train

CHECKOUT = Path(__file__).parents[2]
RAPPORT = Path(sys.executable).with_name("rapport")
LINKED = (
    *("config.yml", "credentials.yml", "endpoints.yml", "rapport.yml", "Procfile", "domain", "data"),
    *("knowledge", "actions", "channels", "components", "learning", "llm", "rapport"),
)
COPIED = ("chroma", "chroma.fingerprint.json", "help", "secrets")


@dataclass
class Home:
    """A project folder in which commands run as users run them.

    Attributes:
        folder: where it is.
        rasa_port, actions_port: free ones of this machine.
        programs: what was started here and may still run.
    """

    folder: Path
    rasa_port: int = field(default_factory=lambda: free_port())
    actions_port: int = field(default_factory=lambda: free_port())
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def rasa(self) -> str:
        """Address of Rasa and the chat page."""
        return f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions(self) -> str:
        """Address of the action server."""
        return f"http://127.0.0.1:{self.actions_port}"

    @property
    def key(self) -> str:
        """Opens the HTTP APIs."""
        return (self.folder / "var/secrets/api.key").read_text().strip()

    @property
    def models(self) -> list[str]:
        """Names of the models that are there."""
        return sorted(file.name for file in (self.folder / "models").glob("*.tar.gz"))

    def environment(self) -> dict[str, str]:
        """For commands in this folder: none of the developer's own settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
        return {
            **inherited,
            "RAPPORT_HOME": str(self.folder),
            "RAPPORT_SERVER__RASA_PORT": str(self.rasa_port),
            "RAPPORT_SERVER__ACTIONS_PORT": str(self.actions_port),
            "COLUMNS": "200",
        }

    def run(self, *arguments: str, timeout_seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs `rapport …` to its end."""
        return subprocess.run(
            [str(RAPPORT), *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Starts `rapport …` as in a terminal of its own; what it prints goes into started.log."""
        with (self.folder / "started.log").open("ab") as log:
            program = subprocess.Popen(
                [str(RAPPORT), *arguments],
                cwd=self.folder,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.programs.append(program)
        return program

    def up(self) -> float:
        """Starts the assistant; returns the seconds until it can be spoken with."""
        return self.ready(self.start("up"), self.rasa_is_ready, self.actions_are_ready)

    def ready(self, program: subprocess.Popen[bytes], *answers: Callable[[], bool]) -> float:
        """Waits until all answer; returns the seconds."""
        began = time.monotonic()
        until(
            lambda: program.poll() is not None or all(answer() for answer in answers),
            "the program answers",
            timeout_seconds=180,
        )
        if program.poll() is not None:
            raise AssertionError(f"It ended by itself:\n{(self.folder / 'started.log').read_text()}")
        return time.monotonic() - began

    def rasa_is_ready(self) -> bool:
        """Whether Rasa has loaded its model."""
        return answers_ok(f"{self.rasa}/chat/health")

    def actions_are_ready(self) -> bool:
        """Whether the action server answers."""
        return answers_ok(f"{self.actions}/health")

    def running(self) -> list[psutil.Process]:
        """All processes that were started here, directly or not."""
        return [process for process in psutil.process_iter() if _runs_in(process, str(self.folder))]

    def kill(self) -> None:
        """Kills every program of this folder, as a power cut would."""
        processes = self.running()
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=10)
        for program in self.programs:
            program.wait()
        self.programs.clear()

    def rows(self, database: str, query: str, *values: object) -> list[tuple[object, ...]]:
        """What a query finds in a database of var/, read beside the running assistant."""
        file = self.folder / "var" / database
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def logs(self) -> str:
        """Everything that the programs have logged."""
        files = sorted((self.folder / "var/log").glob("*.log"))
        return "\n".join(file.read_text(errors="replace") for file in files)


def make_home(folder: Path, copied: tuple[str, ...] = ()) -> Home:
    """Makes a project folder.

    Args:
        folder: where; must not exist.
        copied: what of the checkout is copied instead of linked, so that a test may change it.
    """
    check_checkout()
    folder.mkdir(parents=True)
    for name in LINKED:
        if name in copied:
            shutil.copytree(CHECKOUT / name, folder / name)
        else:
            (folder / name).symlink_to(CHECKOUT / name)
    (folder / "models").mkdir()
    model = latest_model(CHECKOUT / "models")
    for file in (model, parts_file(model)) if model else ():
        shutil.copy2(file, folder / "models")
    (folder / "var").mkdir()
    (folder / "var/encoder").symlink_to(CHECKOUT / "var/encoder")
    for name in COPIED:
        source, target = CHECKOUT / "var" / name, folder / "var" / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    return Home(folder)


@lru_cache(maxsize=1)
def check_checkout() -> None:
    """Tests borrow the checkout's model, encoder and index; they never make them.

    Raises:
        RuntimeError: something is missing or old.
    """
    var = CHECKOUT / "var"
    problems = [f"var/{name} is missing" for name in ("encoder", *COPIED) if not (var / name).exists()]
    with chdir(CHECKOUT):
        old = why_train(Path("models"))
    if problems or old:
        raise RuntimeError(f"{'; '.join(problems) or old}: run `make setup` first")


def free_port() -> int:
    """A port that nobody has, below those that the system gives to outgoing connections at any moment."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def answers_ok(url: str) -> bool:
    """Whether an address answers with 200."""
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def until(holds: Callable[[], bool], what: str, timeout_seconds: float = 20) -> None:
    """Waits for something.

    Raises:
        AssertionError: it did not come in time.
    """
    end = time.monotonic() + timeout_seconds
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {timeout_seconds} seconds"
        time.sleep(0.1)


def _runs_in(process: psutil.Process, folder: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get("RAPPORT_HOME") == folder
    except psutil.Error:
        return False
