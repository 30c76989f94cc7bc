"""`rapport learn …`: what reviewers are asked, what they accepted, and where it is written."""

from __future__ import annotations

from pathlib import Path

import typer


def propose(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Make items for reviewers of what is worth a look; turns that are alike are one item.

    [bold]Example[/bold]

        rapport learn propose
    """
    from rapport.project import enter_project
    from rapport.review import show_proposals

    show_proposals(enter_project(), as_json)


def items(
    kind: str = typer.Option("", help="Only label, intent, answer, article, story or preference."),
    status: str = typer.Option("", help="open, disputed, accepted or rejected; the first two if not said."),
    limit: int = typer.Option(20, min=1, help="Show so many, the most urgent first."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show what reviewers are asked, the most urgent first.

    [bold]Examples[/bold]

        rapport learn items

        rapport learn items --kind answer --status accepted --json
    """
    from rapport.project import enter_project
    from rapport.review import show_items

    show_items(enter_project(), kind, status, limit, as_json)


def review(
    reviewer: str = typer.Option("", envvar="USER", help="Your name, which is kept with what you accept."),
    kind: str = typer.Option("", help="Only label, intent, answer, article, story or preference."),
    limit: int = typer.Option(0, min=0, help="Ask about so many; all if not said."),
    settle: bool = typer.Option(False, "--settle", help="End disputes of others; your verdict counts alone."),
) -> None:
    """Judge items one after the other: accept, change, reject or skip.

    [bold]Examples[/bold]

        rapport learn review

        rapport learn review --reviewer rita --kind label --limit 20

        printf 'a\\ns\\nq\\n' | rapport learn review --reviewer rita
    """
    from rapport.project import enter_project
    from rapport.review_terminal import review_items

    review_items(enter_project(), reviewer, kind, limit, settle)


def write(
    dry_run: bool = typer.Option(False, "--dry-run", help="Show the diff, write nothing."),
    reverted: bool = typer.Option(False, "--reverted", help="data/learned was deleted: reject all it held."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Write what was accepted into data/learned, domain/learned.yml and tests/test_learned.yml.

    A line that you delete there counts as rejected; one that you add or change stays as it is.

    [bold]Examples[/bold]

        rapport learn write --dry-run

        rapport learn write
    """
    from rapport.learned import show_write
    from rapport.project import enter_project

    show_write(enter_project(), dry_run, reverted, as_json)


def datasets(
    version: str = typer.Option("", help="Write this dataset again."),
    to: Path = typer.Option(None, help="Into this empty folder; var/datasets/VERSION if not said."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """List the datasets that were written, or write one of them again.

    [bold]Examples[/bold]

        rapport learn datasets

        rapport learn datasets --version 4f53cda18c2baa0c --to var/then
    """
    from rapport.learned import show_datasets
    from rapport.project import enter_project

    show_datasets(enter_project(), version, to, as_json)


def serve(port: int = typer.Option(5065, min=1024, max=65535, help="Listen on this port.")) -> None:
    """Serve reviews as JSON over HTTP, on this machine alone, for whoever has the key.

    [bold]Example[/bold]

        rapport learn serve --port 5065
    """
    from rapport.project import enter_project
    from rapport.review_server import serve as run

    run(enter_project(server=True), port)


def overrides(
    check: bool = typer.Option(False, "--check", help="Retire those that the assistant gives by itself."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show the corrected answers that are served, and who approved them.

    [bold]Examples[/bold]

        rapport learn overrides

        rapport learn overrides --check
    """
    from rapport.learned_answers import show_overrides
    from rapport.project import enter_project

    show_overrides(enter_project(), check, as_json)


def compare(
    limit: int = typer.Option(20, min=1, max=1_000, help="Make so many items."),
    other: str = typer.Option(
        "settings", help="Prompt of the second answer, as answer/1 or settings+shots=0."
    ),
    temperature: float = typer.Option(0.8, min=0, max=2, help="How freely the second answer is written."),
    generator: str = typer.Option("", help="llama_cpp, transformers or openai, not answers.generator."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Have customers' last questions answered twice, for reviewers to say which answer is better.

    The order in which the two are shown is drawn, and reviewers are not told who wrote which.
    Needs a language model (docs/generators.md); works while the assistant runs.

    [bold]Examples[/bold]

        rapport learn compare --limit 20

        rapport learn compare --other answer/1 --temperature 0
    """
    from rapport.comparing import Second, show_compare
    from rapport.project import enter_project

    show_compare(enter_project(), limit, Second(other, temperature), generator, as_json)


COMMANDS = (propose, items, review, write, datasets, serve, overrides, compare)
