"""Real programs, short ones: what is promised is that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from rapport.errors import RapportError
from rapport.supervisor import read_procfile, readable

# Starts the programs given as NAME=COMMAND and prints how it ended.
RUNNER = """
import sys
from rapport.errors import RapportError
from rapport.supervisor import supervise
programs = dict(argument.split("=", 1) for argument in sys.argv[1:])
try:
    supervise(programs, lambda supervisor: None)
except RapportError as error:
    print(error)
    sys.exit(1)
print("stopped")
"""
STUBBORN = "trap '' TERM; while true; do sleep 0.2; done"


def start(project: Path, **programs: str) -> subprocess.Popen[str]:
    arguments = [f"{name}={command}" for name, command in programs.items()]
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, *arguments], cwd=project, stdout=subprocess.PIPE, text=True
    )


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def wait_for_pids(project: Path, *names: str) -> list[int]:
    """The programs write their own process numbers."""
    files = [project / f"{name}.pid" for name in names]
    wait_for(lambda: all(file.exists() and file.read_text().strip() for file in files))
    return [int(file.read_text()) for file in files]


def running(pids: list[int]) -> list[int]:
    return [
        pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_programs_and_what_they_started(project: Path, number: int) -> None:
    process = start(
        project,
        one="echo $$ > one.pid; sleep 60 & echo $! > child.pid; wait",
        two="echo $$ > two.pid; sleep 60",
    )
    pids = wait_for_pids(project, "one", "two", "child")
    assert running(pids) == pids
    process.send_signal(number)
    assert process.communicate(timeout=20)[0] == "stopped\n"
    assert process.returncode == 0
    assert running(pids) == []


def test_a_signal_in_the_first_moment_is_not_lost(project: Path) -> None:
    process = start(project, one="echo $$ > one.pid; sleep 60")
    wait_for(lambda: bool(psutil.Process(process.pid).children()))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    pids = [int(file.read_text()) for file in project.glob("*.pid") if file.read_text().strip()]
    assert running(pids) == []


def test_a_program_that_ignores_the_signal_is_killed(project: Path) -> None:
    process = start(project, stubborn=f"echo $$ > stubborn.pid; {STUBBORN}")
    pids = wait_for_pids(project, "stubborn")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert running(pids) == []


def test_a_program_that_dies_ends_all_and_its_last_lines_are_shown(project: Path) -> None:
    process = start(project, good="echo $$ > good.pid; sleep 60", bad="sleep 0.5; echo no model here; exit 3")
    pids = wait_for_pids(project, "good")
    said = process.communicate(timeout=20)[0]
    assert process.returncode == 1
    assert "The program 'bad' ended with exit code 3" in said
    assert "no model here" in said and "var/log/bad.log" in said
    assert "'good'" not in said
    assert running(pids) == []
    assert (project / "var/log/bad.log").read_text() == "no model here\n"


def test_a_killed_supervisor_takes_its_servers_along(project: Path) -> None:
    server = (
        "import os, time; from rapport.supervised import end_with_supervisor; end_with_supervisor(0.1);"
        "open('server.pid', 'w').write(str(os.getpid())); time.sleep(60)"
    )
    process = start(project, server=f'exec {sys.executable} -c "{server}"')
    pids = wait_for_pids(project, "server")
    process.kill()
    process.communicate(timeout=20)
    wait_for(lambda: running(pids) == [])


def test_without_a_supervisor_a_server_goes_on(project: Path) -> None:
    code = (
        "from rapport.supervised import end_with_supervisor as end; end(0.01); import time; time.sleep(0.3)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=dict(os.environ)).returncode == 0


def test_log_lines_are_readable_whether_json_or_not() -> None:
    assert readable("plain") == "plain"
    assert readable('{"event": "key", "event_info": "Loading model"}') == "Loading model"
    failure = '{"event": "failed", "exception": [{"exc_type": "OSError", "exc_value": "full"}]}'
    assert readable(failure) == "failed (OSError: full)"
    assert readable("[1, 2]") == "[1, 2]"


def test_a_procfile_without_programs_is_refused(project: Path) -> None:
    with pytest.raises(RapportError, match="Procfile cannot be read"):
        read_procfile()
    Path("Procfile").write_text("# nothing\n")
    with pytest.raises(RapportError, match="Procfile names no program"):
        read_procfile()
