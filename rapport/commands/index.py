"""`rapport index`: the knowledge index and the help pages."""

from __future__ import annotations


def command() -> None:
    """Bring the knowledge index and the help pages up to date with the knowledge folder.

    Only new and changed documents are read. Works while the assistant runs, too.

    [bold]Example[/bold]

        rapport index
    """
    from rapport.console import progress_bar
    from rapport.knowledge import show_report, update
    from rapport.project import enter_project

    settings = enter_project()
    with progress_bar() as progress:
        report = update(settings, progress)
    show_report(report)
