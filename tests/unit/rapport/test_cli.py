"""The command as users call it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapport import __version__
from rapport.cli import _fail, app

COMMANDS = [
    "up",
    "train",
    "validate",
    "index",
    "seed",
    "talk",
    "ask",
    "voice",
    "test",
    "bench",
    "doctor",
    "handback",
    "actions",
    "rasa",
]


def rapport(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rapport", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=60,
    )


def test_help_lists_every_command_and_is_quick() -> None:
    started = time.perf_counter()
    shown = rapport("--help", COLUMNS="120").stdout
    seconds = time.perf_counter() - started
    assert all(f" {name} " in shown for name in COMMANDS)
    assert seconds < 2, f"{seconds:.1f} s: a command module imports too much"  # 0.3 s on an idle machine


def test_help_imports_nothing_heavy() -> None:
    heavy = "('pydantic', 'rasa', 'numpy', 'httpx')"
    code = f"import sys, rapport.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("bench", "test", "voice")])
def test_every_command_shows_an_example(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"]).output
    assert "Example" in shown and f"rapport {name}" in shown


def test_the_version_is_printed() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"rapport {__version__}\n"


def test_a_failure_is_one_sentence_and_exit_code_1(project: Path) -> None:
    done = rapport("ask", "hello", RAPPORT_HOME=str(project))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("✗ ") and "holds no rapport.yml" in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1


def test_commands_work_from_a_folder_below_the_project(project: Path) -> None:
    (project / "rapport.yml").write_text("server: 1\n")
    (project / "data/nlu").mkdir(parents=True)
    os.chdir(project / "data/nlu")
    assert "the section 'server' holds 1" in rapport("train").stderr


def test_an_unexpected_error_is_a_sentence_and_its_traceback_a_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        raise KeyError("surprise")
    except KeyError as error:
        with pytest.raises(SystemExit) as ended:
            _fail(error)
    assert ended.value.code == 1
    shown = capsys.readouterr().err
    assert "KeyError" in shown and "Traceback" not in shown
    assert "Traceback" in Path("var/log/rapport.log").read_text()


def test_errors_of_other_rooms_are_shown_as_they_are(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class LlmError(Exception):
        """As in the room llm."""

    with pytest.raises(SystemExit):
        _fail(LlmError("The folder is missing: make it."))
    assert capsys.readouterr().err == "✗ The folder is missing: make it.\n"
    assert not Path("var").exists()
