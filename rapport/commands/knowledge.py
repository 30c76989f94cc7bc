"""`rapport knowledge …`: what stood in the help centre when, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="Look after the help centre: its versions and its faults.")

DOCUMENT = typer.Argument(help="Its path in the knowledge folder, as delivery/costs.md.")


@app.callback()
def group() -> None:
    """Look after the help centre: its versions and its faults."""


@app.command()
def history(
    document: str = typer.Argument("", help="Its path in the knowledge folder; all articles if not said."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """List the versions of an article that were ever indexed, and from when to when each was in force.

    The first one counts from the article's own date (`updated` or `date` in its front matter), later ones
    from when they were indexed.

    [bold]Examples[/bold]

        rapport knowledge history

        rapport knowledge history delivery/uk-delivery-costs.md
    """
    from rapport.knowledge_past import show_history
    from rapport.project import enter_project

    show_history(enter_project(), document, as_json)


@app.command()
def show(
    document: str = DOCUMENT,
    version: str = typer.Option("", help="The hash of a citation, or its beginning; else the newest."),
    against: str = typer.Option("", help="Another version: show only what differs from it."),
) -> None:
    """Show a version of an article, or what differs between two.

    [bold]Examples[/bold]

        rapport knowledge show delivery/uk-delivery-costs.md --version 3f2a

        rapport knowledge show delivery/uk-delivery-costs.md --against 3f2a
    """
    from rapport.knowledge_past import show_version
    from rapport.project import enter_project

    show_version(enter_project(), document, version, against)


@app.command()
def prune(
    days: int | None = typer.Option(None, min=0, help="Those replaced longer ago than this; else as set."),
) -> None:
    """Forget versions that were replaced long ago; the present ones stay.

    [bold]Example[/bold]

        rapport knowledge prune --days 730
    """
    from rapport.knowledge_past import prune as forget
    from rapport.project import enter_project

    forget(enter_project(), days)


@app.command()
def report(
    stale_months: int = typer.Option(12, min=1, help="An article whose own date is older is stale."),
    days: int = typer.Option(90, min=1, help="Unanswered questions of so many last days count."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    html: Path | None = typer.Option(None, help="Also write a web page into this file."),
) -> None:
    """List contradictions, duplicates, stale articles, and questions that nobody could answer.

    An article is stale after its `valid_until`, when its own date is older than --stale-months, or when it
    has none.

    [bold]Examples[/bold]

        rapport knowledge report

        rapport knowledge report --stale-months 6 --html report.html
    """
    from rapport.knowledge_report import report as make
    from rapport.knowledge_report import show as print_report
    from rapport.project import enter_project

    file = html.resolve() if html else None
    print_report(make(enter_project(), stale_months, days), as_json, file)
