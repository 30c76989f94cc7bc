"""`rapport test`: the conversation suite."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    stories: Path = typer.Argument(Path("tests"), help="A folder with test_*.yml, or one such file."),
    live: bool = typer.Option(False, "--live", help="Run the real actions; they must answer as recorded."),
    record: bool = typer.Option(
        False, "--record", help="Run the real actions and record their answers anew."
    ),
) -> None:
    """Run the conversation suite: understanding, rules, forms and actions, without any server.

    Actions answer as they did when they were recorded (tests/recordings/). Failed stories and all transcripts
    are written to results/.

    [bold]Examples[/bold]

        rapport test                                  # all conversations, offline
        rapport test tests/test_orders.yml            # those of one file
        rapport test --live                           # with the real actions on a freshly seeded shop
        rapport test --record                         # after an action or a story was changed on purpose
    """
    from rapport.project import enter_project
    from rapport.suite import run

    settings = enter_project()
    run(settings, stories, "record" if record else "live" if live else "replay")
