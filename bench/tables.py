"""How benches show their figures."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from rapport.console import console


def show_figures(figures: Mapping[str, object]) -> None:
    """A table of names and values."""
    table = Table("what", "value")
    for name, value in figures.items():
        table.add_row(name, str(value))
    console.print(table)


def show_beside(title: str, means: Mapping[str, Mapping[str, float]]) -> None:
    """A table of what was measured beside each other: a column each, the rows are the first one's figures."""
    table = Table(title=title)
    table.add_column("")
    for name in means:
        table.add_column(name, justify="right")
    for key in next(iter(means.values())):
        table.add_row(key, *[f"{one[key]:.3f}" if key in one else "" for one in means.values()])
    console.print(table)
