"""`rapport thresholds …`: from which confidence on the assistant acts."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="Fit the confidence bands of config.yml.")


@app.callback()
def group() -> None:
    """Fit the confidence bands of config.yml."""


@app.command("fit")
def command(
    error_budget: float = typer.Option(
        0.05, help="At most this share (0–1) of the messages that are acted on may be wrong."
    ),
    yes_share: float = typer.Option(
        0.5, help="Ask “would you like to …?” where at least this share (0–1) would say yes."
    ),
    reviewed: Path | None = typer.Option(
        None, help="Reviewed turns: CSV (text,intent), JSON lines or YAML; an empty intent: belongs to none."
    ),
    model: Path | None = typer.Option(None, help="The model; the newest one if not said."),
    own: bool = typer.Option(False, "--own", help="Also change bands that you wrote into `intents:`."),
    write: bool = typer.Option(False, "--write", help="Write the bands into config.yml."),
    examples: int = typer.Option(10, min=0, help="Show so many messages that would go another way."),
) -> None:
    """Propose bands for each intent from what training held out, and show what they would change.

    Bands that you wrote are shown and kept, unless --own is given. Nothing is written without --write.

    [bold]Examples[/bold]

        rapport thresholds fit --error-budget 0.05

        rapport thresholds fit --reviewed reviewed.csv --write && rapport train
    """
    from rapport.errors import RapportError
    from rapport.project import enter_project
    from rapport.thresholds import fit
    from rapport.training import latest_model

    # From here on paths count from the project's folder.
    model, reviewed = (file.absolute() if file else None for file in (model, reviewed))
    settings = enter_project()
    found = model or latest_model(settings.server.models_folder)
    if found is None:
        raise RapportError(f"There is no model in {settings.server.models_folder}/: run `rapport train`.")
    fit(found, error_budget, yes_share, reviewed, own, write, examples)
