"""`rapport test`: the conversation suite."""

from __future__ import annotations

import typer

from rapport.errors import RapportError


def command(context: typer.Context) -> None:
    """Run the conversation suite."""
    raise RapportError("The conversation suite has no runner in this checkout: run `rasa test` instead.")
