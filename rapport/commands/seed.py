"""`rapport seed`: the demo shop's database."""

from __future__ import annotations

import typer


def command(
    fresh: bool = typer.Option(
        False, "--fresh", help="Throw the database away first, with all tickets and returns."
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
) -> None:
    """Create the shop's and CRM's database and fill it with the demo's customers and orders.

    [bold]Examples[/bold]

        rapport seed

        rapport seed --fresh --yes

        RAPPORT_SHOP__TODAY=2026-05-18 rapport seed --fresh      (the demo stands on that day)
    """
    from rapport.console import console, done
    from rapport.project import enter_project
    from rapport.steps import seed_shop

    settings = enter_project()
    if fresh and not yes:
        typer.confirm(f"Delete everything in {settings.shop.database_url}?", abort=True)
    with console.status("Filling the shop …"):
        said = seed_shop(settings, fresh)
    done(said)
