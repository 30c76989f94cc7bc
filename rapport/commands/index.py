"""`rapport index`: the knowledge index and the help pages."""

from __future__ import annotations

import typer


def command(
    rebuild: bool = typer.Option(False, "--rebuild", help="Throw the index away first: mends a damaged one."),
) -> None:
    """Bring the knowledge index and the help pages up to date with the knowledge folder.

    Only new and changed documents are read. Works while the assistant runs, too: it goes on answering from
    what it knows until the new index is ready.

    [bold]Examples[/bold]

        rapport index

        rapport index --rebuild
    """
    from rapport.console import progress_bar
    from rapport.knowledge import show_report, update
    from rapport.project import enter_project

    settings = enter_project()
    with progress_bar() as progress:
        report = update(settings, progress, rebuild)
    show_report(report)
