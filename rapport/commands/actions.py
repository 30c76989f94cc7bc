"""`rapport actions`: the action server alone."""

from __future__ import annotations


def command() -> None:
    """Run only the action server: shop, CRM and knowledge; `rapport up` does this and more.

    [bold]Example[/bold]

        rapport actions
    """
    from rapport.actions_process import run
    from rapport.project import enter_project

    run(enter_project(server=True))
