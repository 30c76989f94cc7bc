"""`rapport validate`: the designer's files, checked without training."""

from __future__ import annotations


def command() -> None:
    """Check config.yml, domain/ and data/ for mistakes and contradictions, without training.

    Examples that contradict each other, and intents with none or one, are errors; an example that stands
    twice is only a warning. All are named with file and line.

    [bold]Example[/bold]

        rapport validate
    """
    from rapport import training
    from rapport.console import console, done, warned
    from rapport.project import enter_project

    enter_project()
    with console.status("Checking domain and data …"):
        training.validate(lambda *_: None, warned)
    done("config.yml, domain/ and data/ are consistent")
