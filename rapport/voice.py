"""Shows voices: the same ten answers in each, how well a text keeps one, how a language model is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from statistics import fmean

from rich import box
from rich.table import Table
from rich.text import Text

from llm.voice.checking import check
from llm.voice.prompting import instructions
from llm.voice.samples import confusion, samples, spoken
from llm.voice.style import MOODS, NEUTRAL, StyleSettings, built_in_presets, presets_of, style_for
from llm.voice.wording import languages
from rapport.console import console
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.voice_settings import known_channels, style_settings

# Columns narrower than this are no pleasure to read; then voices stand in groups, one group under the other.
NARROWEST = 26


def preview(
    settings: Settings, wanted: list[str], language: str, mood: str, channel: str, scores: bool
) -> None:
    """Prints the ten answers in each preset side by side, and below each how well it keeps its voice (0–1).

    Args:
        settings: whose style may define presets, channels and moods of its own.
        wanted: presets; none means all ready-made ones and those of the settings.
        language, mood, channel: of the conversation; mood and channel may be empty.
        scores: also print how well each preset's answers keep every other preset's voice.

    Raises:
        RapportError: a name that there is not.
    """
    style = style_settings(settings.style)
    names = wanted or [
        *built_in_presets(),
        *(name for name in style.presets if name not in built_in_presets()),
    ]
    known = list(presets_of(style))
    for name in names:
        _known("--preset", name, known)
    _known("--language", language, languages())
    _known("--mood", mood, ("", *MOODS))
    _known("--channel", channel, ("", *known_channels()))
    for group in _groups(names, console.width):
        console.print(answers_table(style, group, language, mood, channel))
    if scores:
        console.print("How well the answers in each voice (row) keep each voice (column), 0 to 1:")
        console.print(confusion_table(style, names, language))


def answers_table(style: StyleSettings, names: list[str], language: str, mood: str, channel: str) -> Table:
    """One column a preset, one row a sample; the last row is the mean score of the column."""
    said = {name: spoken(replace(style, preset=name), name, language, mood, channel) for name in names}
    table = Table(box=box.ROUNDED, show_lines=True, show_footer=True, expand=True)
    for name in names:
        wanted = style_for(replace(style, preset=name), channel, mood)
        scored = [
            check(text, wanted, language, sample.text, mood).overall
            for text, sample in zip(said[name], samples(language))
        ]
        table.add_column(
            Text(name, style="bold"),
            footer=Text(f"keeps its voice: {fmean(scored):.2f}", style="dim"),
            ratio=1,
        )
    for row in zip(*said.values()):
        table.add_row(*(Text(text) for text in row))
    return table


def confusion_table(style: StyleSettings, names: list[str], language: str) -> Table:
    """How well the answers of each preset (row) keep the voice of each (column)."""
    table = Table(box=box.SIMPLE)
    table.add_column("")
    for name in names:
        table.add_column(name, justify="right")
    for name, row in zip(names, confusion(style, names, language)):
        cells = [Text(f"{value:.2f}", style="bold green" if value == max(row) else "") for value in row]
        table.add_row(Text(name, style="bold"), *cells)
    return table


def judge(settings: Settings, text: str, preset: str, language: str, mood: str, source: str) -> None:
    """Prints how well a text keeps a voice, and by what that was heard.

    Raises:
        RapportError: a name that there is not, or no text.
    """
    style = style_settings(settings.style)
    _known("--preset", preset, list(presets_of(style)))
    _known("--mood", mood, ("", *MOODS))
    if not text.strip():
        raise RapportError('The text is empty: write it in quotes, as in rapport voice check "Sure thing!".')
    wanted = style_for(replace(style, preset=preset or style.preset), mood=mood)
    verdict = check(text, wanted, language, source, mood)
    for one in verdict.judged:
        colour = "green" if one.score >= 0.75 else "yellow" if one.score >= 0.4 else "red"
        console.print(f"  {one.sentence}", style=colour, markup=False, soft_wrap=True)
    if not verdict.judged:
        console.print("  This voice asks for nothing that can be heard.", style="dim")
    console.print(f"overall {verdict.overall:.2f}", style="bold")


def tell(settings: Settings, preset: str, language: str, mood: str, channel: str) -> None:
    """Prints what a language model is told of a voice.

    Raises:
        RapportError: a name that there is not.
    """
    style = style_settings(settings.style)
    _known("--preset", preset, ("", *presets_of(style)))
    _known("--mood", mood, ("", *MOODS))
    _known("--channel", channel, ("", *known_channels()))
    wanted = style_for(replace(style, preset=preset or style.preset), channel, mood)
    told = instructions(wanted, language, mood)
    console.print(told or f"Nothing: the voice is {NEUTRAL}.", markup=False, soft_wrap=True)


def _groups(names: list[str], width: int) -> list[list[str]]:
    """Presets that stand side by side on a console so many characters wide."""
    most = max(1, min(len(names), width // NARROWEST))
    return [names[start : start + most] for start in range(0, len(names), most)]


def _known(option: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        listed = ", ".join(name for name in known if name)
        raise RapportError(f"{option} is {value!r}, which there is not: take one of {listed}.")
