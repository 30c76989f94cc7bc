"""`rapport preview`: what an edit would change."""

from __future__ import annotations

from pathlib import Path

import typer


def command(
    turns: int = typer.Option(1000, min=1, help="Look at so many of the last turns."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON, with all messages."),
    html: Path | None = typer.Option(None, help="Write all of it into this page, too."),
    quick: bool = typer.Option(False, "--quick", help="Examples and bands only, without a training."),
) -> None:
    """Show which of the last turns your edit would take another way, before it goes live.

    A model of the files as they are now is trained into var/preview (seconds, where only words or rules were
    edited). It and the newest model read the last turns, and choose again what to do in them. Nothing that
    runs is touched.

    [bold]Examples[/bold]

        rapport preview

        rapport preview --turns 200 --html preview.html

        rapport preview --quick      (examples and bands alone; a look while you write)
    """
    from rapport.ending import ending_when_asked
    from rapport.preview import show
    from rapport.project import enter_project

    with ending_when_asked():
        show(enter_project(), turns, as_json, html, quick)
