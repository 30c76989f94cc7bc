"""`rapport rasa`: the Rasa process alone."""

from __future__ import annotations


def command() -> None:
    """Run only the Rasa server with the newest model; `rapport up` does this and more.

    [bold]Example[/bold]

        rapport rasa
    """
    from rapport.project import enter_project
    from rapport.rasa_process import run

    run(enter_project(server=True))
