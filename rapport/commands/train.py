"""`rapport train`: a new Rasa model."""

from __future__ import annotations

import typer


def command(
    force: bool = typer.Option(
        False, "--force", "-f", help="Train everything anew, even if nothing changed."
    ),
) -> None:
    """Train the Rasa model if config.yml, domain/, data/ or a component changed.

    What is wrong with the YAML is said with file and line, and the last good model stays.

    [bold]Examples[/bold]

        rapport train

        rapport train --force
    """
    from rapport.console import done, progress_bar
    from rapport.project import enter_project
    from rapport.steps import one_at_a_time, train_model

    settings = enter_project()
    with one_at_a_time(), progress_bar() as progress:
        said = train_model(settings, progress, force)
    done(said)
