"""`rapport learn …`: tests of what went wrong, drafts for what is asked often, the whole loop to watch."""

from __future__ import annotations

import typer


def demo() -> None:
    """Show the whole loop on the demo shop: a week of made-up customers, one cycle, before and after.

    Works in var/learn-demo, on copies: your conversations, data and models are not touched. Takes some ten
    minutes on two cores; every run begins anew.

    [bold]Example[/bold]

        rapport learn demo
    """
    from rapport.learn_demo import run
    from rapport.project import enter_project

    run(enter_project())


def test_for(
    name: str = typer.Argument(help="A turn (`rapport learn flags --json` names them), or a conversation."),
    expect: str = typer.Option("", help="The intent, action or response that would have been right."),
) -> None:
    """Make a test of a conversation that went wrong: the shortest one that still shows it.

    The conversation is had again with the newest model, without the messages, and the sentences of the last
    one, that do not matter. What reviewers said of the message is what the test expects, unless you say so.

    [bold]Examples[/bold]

        rapport learn test-for 3f9a1c

        rapport learn test-for 3f9a1c --expect ask_repair_service
    """
    from rapport.failing import make_test
    from rapport.project import enter_project

    make_test(enter_project(), name, expect)


def ratchet(
    turns: int = typer.Option(5000, min=1, help="Look at so many of the last turns."),
    fewest: int = typer.Option(3, min=2, help="Leave what was asked less often to the model."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Draft responses and articles for what the answering model is asked again and again.

    Says which share of the turns each draft would take over, and how long the model took for those. The
    drafts are put before reviewers.

    [bold]Example[/bold]

        rapport learn ratchet --fewest 5
    """
    from rapport.project import enter_project
    from rapport.ratchet import show

    show(enter_project(), turns, fewest, as_json)


COMMANDS = (demo, test_for, ratchet)
