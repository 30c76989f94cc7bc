"""`rapport forget`: erases a customer's conversation everywhere."""

from __future__ import annotations

import typer


def command(
    sender: str = typer.Argument("", help="The sender's id, as the channel gave it."),
    conversation: str = typer.Option("", help="The same: in Rasa a conversation is named by its sender."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Erase a conversation: events, turns, reviews, what was learned of it; and name the models that saw it.

    [bold]Examples[/bold]

        rapport forget 4f1c2a77

        rapport forget --conversation 4f1c2a77 --yes --json
    """
    from rapport.forgetting import show_forget
    from rapport.project import enter_project

    show_forget(enter_project(), sender or conversation, yes, as_json)
