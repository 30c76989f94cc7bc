"""`rapport index`: the knowledge index and the help pages."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    file: Path | None = typer.Argument(None, help="Read only this file of the knowledge folder."),
    rebuild: bool = typer.Option(False, "--rebuild", help="Throw the index away first: mends a damaged one."),
) -> None:
    """Bring the knowledge index and the help pages up to date with the knowledge folder.

    Only new and changed documents are read. Works while the assistant runs, too: it goes on answering from
    what it knows until the new index is ready.

    [bold]Examples[/bold]

        rapport index

        rapport index knowledge/delivery/uk-delivery-costs.md

        rapport index --rebuild
    """
    from rapport.console import progress_bar
    from rapport.knowledge import show_report, update
    from rapport.project import enter_project

    if file and rebuild:
        raise typer.BadParameter("a rebuild reads all files: leave the file out.", param_hint="--rebuild")
    one = str(file.absolute()) if file else ""
    settings = enter_project()
    with progress_bar() as progress:
        report = update(settings, progress, rebuild, one)
    show_report(report)
