"""Runs the Procfile's programs together: one log file each, all end when one ends, nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from honcho.environ import parse_procfile
from honcho.manager import KILL_WAIT, SYSTEM_PRINTER_NAME, Manager

from rapport.environment import SERVING, SUPERVISOR, child_environment
from rapport.errors import ProcessDied, RapportError

PROCFILE = Path("Procfile")
LOGS = Path("var/log")
LAST_LINES = 12
LOG_BYTES = 5_000_000  # a larger log is put aside, once, when the assistant starts


class LogFiles:
    """What honcho prints to: a file for each program, and its last lines for when it dies."""

    def __init__(self, folder: Path = LOGS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.width = 0  # honcho sets it
        self.last: dict[str, deque[str]] = {}
        self._files: dict[str, IO[str]] = {}

    def write(self, message: Any) -> None:
        """Takes a line of a program (honcho calls this); honcho's own messages are not kept."""
        if message.name == SYSTEM_PRINTER_NAME:
            return
        text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        self.last.setdefault(message.name, deque(maxlen=LAST_LINES)).append(readable(text.rstrip()))
        file = self._files.get(message.name) or self._open(message.name)
        file.write(text)
        file.flush()

    def _open(self, name: str) -> IO[str]:
        path = self.folder / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
        self._files[name] = path.open("a", encoding="utf-8")
        return self._files[name]

    def close(self) -> None:
        """Closes the files."""
        for file in self._files.values():
            file.close()


def readable(line: str) -> str:
    """A log line for people: of JSON only its message and error."""
    try:
        event = json.loads(line)
    except ValueError:
        return line
    if not isinstance(event, dict):
        return line
    text = str(event.get("event_info") or event.get("event") or line)
    errors = event.get("exception")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        text += f" ({errors[0].get('exc_type')}: {errors[0].get('exc_value')})"
    return text


@dataclass
class Ending:
    """How it ended: asked to (a signal), because programs ended by themselves, or never became healthy."""

    signal: int | None = None
    died: dict[str, int] = field(default_factory=dict)
    gave_up: bool = False


class Supervisor(Manager):  # type: ignore[misc]
    """Honcho's manager, made to end well in every case.

    Added to it: a hang-up of the terminal counts as Ctrl-C, a program that ignores the signal is killed, and
    a signal in the first moment, before all programs run, is not lost.
    """

    def __init__(self, logs: LogFiles) -> None:
        super().__init__(printer=logs)
        self.logs = logs
        self.ending = Ending()

    def loop(self) -> None:
        """Runs all until the end."""
        signal.signal(signal.SIGHUP, lambda *_: self._signalled(signal.SIGHUP))
        super().loop()

    def _signalled(self, number: int) -> None:
        self.returncode = 128 + number
        self.terminate()

    def give_up(self) -> None:
        """Ends everything because it did not become healthy."""
        self.ending.gave_up = True
        self.terminate()

    def terminate(self) -> None:
        """Asks all programs to end, and kills after five seconds those that do not."""
        if self._terminating:
            return
        if not self._all_started():
            threading.Timer(0.1, self.terminate).start()
            return
        self.ending.died = {n: p["returncode"] for n, p in self._processes.items() if "returncode" in p}
        if self.returncode in (130, 143, 129):
            self.ending.signal = self.returncode - 128
        timer = threading.Timer(KILL_WAIT, self.kill)
        timer.daemon = True
        timer.start()
        super().terminate()


def read_procfile(file: Path = PROCFILE) -> dict[str, str]:
    """Commands by program name.

    Raises:
        RapportError: it is missing or holds none.
    """
    try:
        programs: dict[str, str] = dict(parse_procfile(file.read_text(encoding="utf-8")).processes)
    except (OSError, AssertionError) as error:
        raise RapportError(f"{file} cannot be read ({error}): restore it from the repository.") from error
    if not programs:
        raise RapportError(f"{file} names no program: restore it from the repository.")
    return programs


def supervise(programs: dict[str, str], watch: Callable[[Supervisor], None]) -> None:
    """Runs programs until Ctrl-C or until one of them ends.

    Args:
        programs: shell commands by name.
        watch: runs beside them in a thread: waits until they are healthy, and says so.

    Raises:
        ProcessDied: a program ended by itself; its last lines.
    """
    logs = LogFiles()
    supervisor = Supervisor(logs)
    for name, command in programs.items():
        more = {SUPERVISOR: str(os.getpid())}
        supervisor.add_process(name, command, env=child_environment(**SERVING, **more))
    thread = threading.Thread(target=watch, args=(supervisor,), daemon=True)
    thread.start()
    try:
        supervisor.loop()
    finally:
        logs.close()
    if supervisor.ending.signal is not None:
        return
    if supervisor.ending.died:
        raise ProcessDied(death_report(supervisor))
    if supervisor.ending.gave_up:
        raise ProcessDied("Everything was stopped; `rapport doctor` may know why it does not start.")


def death_report(supervisor: Supervisor) -> str:
    """Which program ended, with what code, and what it said last."""
    reports = []
    for name, code in supervisor.ending.died.items():
        lines = "\n".join(f"    {line}" for line in supervisor.logs.last.get(name, []) if line.strip())
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        said = f"The last it said:\n{lines}" if lines else "It said nothing."
        reports.append(
            f"The program {name!r} {how}, so everything was stopped; see {LOGS}/{name}.log and "
            f"`rapport doctor`. {said}"
        )
    return "\n".join(reports)
