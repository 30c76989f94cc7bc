"""`rapport doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import typer


def command(as_json: bool = typer.Option(False, "--json", help="Print the findings as JSON.")) -> None:
    """Check settings, ports, models, knowledge, database and security switches; each finding names its fix.

    Exits with 1 if anything is red.

    [bold]Examples[/bold]

        rapport doctor

        rapport doctor --json
    """
    from rapport.doctor import examine, show

    if not show(examine(), as_json):
        raise typer.Exit(code=1)
