"""What commands print with: one console, marks for good and bad, progress for whatever takes a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def done(text: str) -> None:
    """A line for something that is as it should be."""
    console.print("[green]✓[/green]", text, soft_wrap=True, markup=True)


def warned(text: str) -> None:
    """A sentence about what looks wrong, on standard error; never read as markup."""
    errors.print("! ", style="yellow", end="")
    errors.print(text, markup=False, soft_wrap=True)


def failed(text: str) -> None:
    """A sentence about what went wrong, on standard error; never read as markup."""
    errors.print("✗ ", style="red", end="")
    errors.print(text, markup=False, soft_wrap=True)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar that vanishes when it is done; without a terminal nothing is drawn."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress
