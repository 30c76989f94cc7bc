"""`rapport validate`: the designer's files, checked without training."""

from __future__ import annotations


def command() -> None:
    """Check config.yml, domain/ and data/ for mistakes and contradictions, without training.

    [bold]Example[/bold]

        rapport validate
    """
    from rapport import training
    from rapport.console import console, done
    from rapport.project import enter_project

    enter_project()
    with console.status("Checking domain and data …"):
        training.validate(lambda *_: None)
    done("config.yml, domain/ and data/ are consistent")
