"""`rapport learn …`: what conversations that were held have to teach."""

from __future__ import annotations

import typer

from rapport.commands import models, reviewing, stories

app = typer.Typer(no_args_is_help=True, help="Learn from conversations: take turns, review, write.")


@app.callback()
def group() -> None:
    """Learn from conversations: take turns out of them, review, write what was accepted."""


@app.command()
def harvest(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Take what came since the last harvest out of the conversations, and mark what is worth a look.

    Personal data is masked already; whose a conversation is cannot be read from what is kept. Nothing is
    taken twice, and nothing without consent (`learning` in rapport.yml).

    [bold]Example[/bold]

        rapport learn harvest
    """
    from rapport.learning import show_harvest
    from rapport.project import enter_project

    show_harvest(enter_project(), as_json)


@app.command()
def flags(
    signal: str = typer.Option("", help="Only turns with this reason, as low_confidence."),
    limit: int = typer.Option(20, min=1, help="Show so many turns, the most urgent first."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show the turns that are worth a look, the most urgent first, and why.

    [bold]Examples[/bold]

        rapport learn flags

        rapport learn flags --signal meant_otherwise --limit 100
    """
    from rapport.learning import show_flags
    from rapport.project import enter_project

    show_flags(enter_project(), signal, limit, as_json)


for command in (*reviewing.COMMANDS, *models.COMMANDS, *stories.COMMANDS):
    app.command(command.__name__.replace("_", "-"))(command)
