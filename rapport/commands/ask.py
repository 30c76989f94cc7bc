"""`rapport ask`: a question to the knowledge alone."""

from __future__ import annotations

import typer


def command(
    question: str = typer.Argument(help="The question, in quotes."),
    as_of: str = typer.Option("", help="A day, as 2026-05-01: answer from what stood there then."),
    as_json: bool = typer.Option(False, "--json", help="Print the answer as JSON."),
) -> None:
    """Answer a question from the knowledge, with citations and confidence.

    [bold]Examples[/bold]

        rapport ask "Can I return a climbing rope?"

        rapport ask --json "How long does delivery to Ireland take?"

        rapport ask --as-of 2026-05-01 "How much is delivery to Ireland?"
    """
    from rapport.knowledge import ask, show_answer
    from rapport.project import enter_project

    show_answer(ask(enter_project(), question, as_of), as_json, as_of)
