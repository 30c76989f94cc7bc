"""`rapport bench …`: measurements."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Measure the assistant.")


@app.callback()
def group() -> None:
    """Measure the assistant."""


@app.command()
def turns(
    conversations: int = typer.Option(20, min=1, help="Conversations of each kind; one more warms up."),
) -> None:
    """Time whole turns over REST, the start, and the memory of both servers.

    Uses the running assistant, or starts one of its own (and then also says how soon Rasa was ready).

    [bold]Example[/bold]

        rapport bench turns --conversations 50
    """
    from bench.turns import run
    from rapport.project import enter_project

    run(enter_project(), conversations)


@app.command()
def knowledge(
    split: str = typer.Option("test", help="Which questions: dev or test (tune on dev only)."),
    show: bool = typer.Option(False, "--show", help="Print every question that went wrong."),
) -> None:
    """Measure how often the knowledge finds the right article, answers, and keeps silent where it should.

    [bold]Example[/bold]

        rapport bench knowledge --split dev --show
    """
    import sys

    from bench.knowledge import main
    from rapport.project import enter_project

    enter_project()
    sys.argv = ["rapport bench knowledge", "--split", split, *(["--show"] if show else [])]
    main()
