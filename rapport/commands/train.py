"""`rapport train`: a new Rasa model."""

from __future__ import annotations

import typer


def command(
    force: bool = typer.Option(
        False, "--force", "-f", help="Train everything anew, even if nothing changed."
    ),
) -> None:
    """Train the Rasa model if config.yml, domain/, data/ or a component changed.

    What is wrong with the YAML is said with file and line, and the last good model stays. A new model's
    held-out figures are printed and drawn into var/reports/reliability.png.

    [bold]Examples[/bold]

        rapport train

        rapport train --force
    """
    from rapport.console import done, progress_bar
    from rapport.ending import ending_when_asked
    from rapport.project import enter_project
    from rapport.reliability import show_training
    from rapport.steps import one_at_a_time, train_model
    from rapport.training import latest_model

    settings = enter_project()
    folder = settings.server.models_folder
    with ending_when_asked(), one_at_a_time(), progress_bar() as progress:
        before = latest_model(folder)
        said = train_model(settings, progress, force)
        model = latest_model(folder)
    done(said)
    if model is not None and model != before:
        show_training(model)
