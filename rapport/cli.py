"""The command `rapport`: one module for each command in rapport/commands, and one place where failures end.

Command modules import only what `--help` needs; the rest is imported when a command runs.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import typer

from rapport import __version__
from rapport.commands import (
    actions,
    ask,
    bench,
    doctor,
    forget,
    handback,
    index,
    knowledge,
    learn,
    model,
    preview,
    prompt,
    rasa,
    seed,
    talk,
    test,
    thresholds,
    train,
    up,
    validate,
    voice,
)
from rapport.environment import QUIET
from rapport.errors import RapportError

CRASH_LOG = Path("var/log/rapport.log")
# Bases of the rooms' own errors, whose text is a sentence for people. By name: importing them takes seconds.
SENTENCES = ("RapportError", "LlmError", "LearningError", "ShopError", "CrmError", "RasaException")

app = typer.Typer(
    name="rapport",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Run, train, check and question the assistant. `rapport COMMAND --help` shows examples.",
)
app.command("up")(up.command)
app.command("train")(train.command)
app.command("validate")(validate.command)
app.command("index")(index.command)
app.command("seed")(seed.command)
app.command("talk")(talk.command)
app.command("ask")(ask.command)
app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(test.command)
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(bench.app, name="bench")
app.add_typer(learn.app, name="learn")
app.add_typer(thresholds.app, name="thresholds")
app.add_typer(voice.app, name="voice")
app.add_typer(model.app, name="model")
app.add_typer(prompt.app, name="prompt")
app.command("preview")(preview.command)
app.command("doctor")(doctor.command)
app.command("forget")(forget.command)
app.command("handback")(handback.command)
app.command("actions")(actions.command)
app.command("rasa")(rasa.command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rapport {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Options of `rapport` itself."""


def main() -> None:
    """Runs a command; every failure is one sentence and exit code 1."""
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the process's edge
        _fail(error)


def _fail(error: Exception) -> None:
    from rapport.console import failed

    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, RapportError) or names.intersection(SENTENCES):
        for line in str(error).split("\n"):
            failed(line) if not line.startswith((" ", "(")) else failed_detail(line)
    else:
        failed(f"This should not happen: {type(error).__name__}: {error} (see {_write_crash(error)}).")
    sys.exit(1)


def failed_detail(line: str) -> None:
    """A line that belongs to the sentence above it."""
    from rapport.console import errors

    errors.print(line, markup=False, soft_wrap=True, style="dim")


def _write_crash(error: Exception) -> Path:
    """The traceback goes into a file: it says nothing to most users, and all to whoever mends it."""
    CRASH_LOG.parent.mkdir(parents=True, exist_ok=True)
    with CRASH_LOG.open("a", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return CRASH_LOG


if __name__ == "__main__":
    main()
