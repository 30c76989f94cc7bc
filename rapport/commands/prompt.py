"""`rapport prompt …`: what language models are asked."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="See and try what a language model is asked.")

LANGUAGE = typer.Option("en", help="Of the question, two letters.")
MOOD = typer.Option("", help="Of the customer: upset, calm or pleased.")
VERSION = "A version such as answer/2+role=technician+shots=3+thinking, or `settings`: what rapport.yml says."


@app.callback()
def group() -> None:
    """See and try what a language model is asked (docs/prompts.md)."""


@app.command("list")
def list_() -> None:
    """List templates, roles, and how many approved answers there are.

    [bold]Example[/bold]

        rapport prompt list
    """
    from rapport.project import enter_project

    settings = enter_project()
    from rapport.prompts import show_list

    show_list(settings)


@app.command()
def show(
    version: str = typer.Argument("settings", help=VERSION),
    question: str = typer.Option("How much is delivery to Ireland?", help="What the customer asks."),
    language: str = LANGUAGE,
    mood: str = MOOD,
    fact: list[str] = typer.Option([], help="What is known of the customer, a sentence; several times."),
) -> None:
    """Print what a model would be asked for a question. No model is asked.

    [bold]Examples[/bold]

        rapport prompt show

        rapport prompt show answer/2+role=technician --question "can I wash my down jacket?"
    """
    from rapport.project import enter_project

    settings = enter_project()
    from rapport.asked_questions import Asked
    from rapport.prompts import context_for
    from rapport.prompts import show as print_prompt

    asked = Asked(question, (), language)
    print_prompt(settings, version, asked, context_for(settings, asked, mood, fact))


@app.command()
def check() -> None:
    """Check settings, templates and approved answers: does every example stand in the articles that it names?

    [bold]Example[/bold]

        rapport prompt check
    """
    from rapport.project import enter_project

    settings = enter_project()
    from rapport.prompt_checks import check as check_all

    check_all(settings)


@app.command("try")
def try_(
    first: str = typer.Argument(help=VERSION),
    second: str = typer.Argument(help="Another one."),
    questions: list[str] = typer.Argument(None, help="Questions, each in quotes."),
    file: Path | None = typer.Option(None, help="A file of questions, one a line, or a YAML list."),
    recorded: int = typer.Option(0, min=0, help="So many of the last questions of recorded conversations."),
    language: str = LANGUAGE,
    generator: str = typer.Option(
        "", help="llama_cpp, transformers or openai, instead of answers.generator."
    ),
    html: Path | None = typer.Option(None, help="Also write the answers as a web page."),
    json: bool = typer.Option(False, "--json", help="Print a summary as JSON, as the last line."),
) -> None:
    """Answer questions with two versions of the prompt, side by side, as a customer would be answered.

    Shows what was found, what each version made of it, which sentences were cut because nothing supports
    them, length and time. Works while the assistant runs.

    [bold]Examples[/bold]

        rapport prompt try answer/1 answer/2 "was kostet der Versand?" --language de

        rapport prompt try settings settings+thinking --recorded 20 --html var/reports/prompts.html

        rapport prompt try answer/2 answer/2+shots=3 --file questions.txt --generator openai --json
    """
    from rapport.project import enter_project

    settings = enter_project()
    from rapport.prompts import questions_of, try_versions, with_generator

    asked = questions_of(questions or [], file, recorded, language)
    try_versions(with_generator(settings, generator), [first, second], asked, html, json)
