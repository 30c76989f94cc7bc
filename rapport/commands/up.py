"""`rapport up`: set up, start everything, stop everything."""

from __future__ import annotations

import typer


def command(
    no_train: bool = typer.Option(
        False, "--no-train", help="Run the newest model even if it is not current."
    ),
    no_setup: bool = typer.Option(False, "--no-setup", help="Check nothing, only start."),
    only_setup: bool = typer.Option(False, "--only-setup", help="Set up, but start nothing."),
    quiet: bool = typer.Option(False, "--quiet", "-q", help="Print only what goes wrong."),
) -> None:
    """Set up what is missing, start Rasa, the action server and the web chat, and print the address.

    Ctrl-C stops everything.

    [bold]Examples[/bold]

        rapport up

        rapport up --no-train      (try the last model while the data is half edited)

        RAPPORT_SERVER__RASA_PORT=5015 rapport up      (another port)
    """
    from rapport.project import enter_project
    from rapport.running import start
    from rapport.steps import set_up
    from rapport.supervised import end_with_supervisor

    settings = enter_project()
    end_with_supervisor()
    if not no_setup:
        set_up(settings, training=not no_train, check_free=not only_setup, quiet=quiet)
    if not only_setup:
        start(settings, quiet=quiet)
