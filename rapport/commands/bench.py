"""`rapport bench …`: measurements."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Measure the assistant.")


@app.callback()
def group() -> None:
    """Measure the assistant."""
