"""`rapport handback`: a conversation goes back from a person to the assistant."""

from __future__ import annotations

import typer


def command(
    conversation: str = typer.Argument(help="The conversation's id, as the hand-over in the CRM names it."),
) -> None:
    """Let the assistant answer again in a conversation that a person took over.

    [bold]Example[/bold]

        rapport handback web-2f9c41
    """
    from rapport.console import done
    from rapport.handing_back import hand_back
    from rapport.project import enter_project

    done(hand_back(enter_project(), conversation))
