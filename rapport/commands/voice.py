"""`rapport voice …`: how the assistant sounds."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Hear how the assistant sounds (rapport.yml: style).")

LANGUAGE = typer.Option("en", help="Of the answers: en or de.")
MOOD = typer.Option("", help="Of the customer: upset, calm or pleased.")
CHANNEL = typer.Option("", help="The channel, as web or slack, if rapport.yml says that it differs there.")


@app.callback()
def group() -> None:
    """Hear how the assistant sounds (rapport.yml: style)."""


@app.command()
def preview(
    preset: list[str] = typer.Option([], help="Show this preset only; may be given several times."),
    language: str = LANGUAGE,
    mood: str = MOOD,
    channel: str = CHANNEL,
    scores: bool = typer.Option(False, "--scores", help="Also show how well the presets are told apart."),
) -> None:
    """Show the same ten answers in each preset, side by side, with a score for how well each keeps its voice.

    [bold]Examples[/bold]

        rapport voice preview

        rapport voice preview --preset trailmate --preset companion --language de

        rapport voice preview --preset neutral --preset companion --mood upset
    """
    from rapport.project import enter_project

    settings = enter_project()
    from rapport.voice import preview as show

    show(settings, preset, language, mood, channel, scores)


@app.command()
def check(
    text: str = typer.Argument(help="An answer, in quotes."),
    preset: str = typer.Option("", help="The voice it should keep; that of rapport.yml if not said."),
    language: str = LANGUAGE,
    mood: str = MOOD,
    source: str = typer.Option(
        "", help="What of it the help centre says: only the rest is judged by its words."
    ),
) -> None:
    """Score how well a text keeps a voice, 0 to 1, dimension by dimension, and say by what that was heard.

    [bold]Examples[/bold]

        rapport voice check "Sure thing! It's £3.95." --preset concierge

        rapport voice check "Das ist ärgerlich, tut mir leid." --preset companion --language de --mood upset
    """
    from rapport.project import enter_project

    settings = enter_project()
    from rapport.voice import judge

    judge(settings, text, preset or settings.style.preset, language, mood, source)


@app.command()
def words(
    preset: str = typer.Option("", help="The voice; that of rapport.yml if not said."),
    language: str = LANGUAGE,
    mood: str = MOOD,
    channel: str = CHANNEL,
) -> None:
    """Show how a language model is told of a voice: what stands in the prompt of generated answers.

    [bold]Example[/bold]

        rapport voice words --preset companion --mood upset
    """
    from rapport.project import enter_project

    settings = enter_project()
    from rapport.voice import tell

    tell(settings, preset, language, mood, channel)
