"""`rapport talk`: a chat in the terminal."""

from __future__ import annotations

import typer


def command(
    conversation: str = typer.Option("", "--conversation", "-c", help="Go on with this conversation."),
    plain: bool = typer.Option(False, "--plain", help="Only the messages, not what the assistant thought."),
) -> None:
    """Chat with the assistant; each answer shows intent, confidence, route, entities and actions.

    If the assistant is not running, it is started for the time of the chat. A number chooses a button;
    an empty line or Ctrl-D ends the chat.

    [bold]Examples[/bold]

        rapport talk

        rapport talk --plain

        rapport talk --conversation talk-1f2e3d
    """
    from rapport.project import enter_project
    from rapport.talking import talk

    talk(enter_project(), conversation, plain)
