"""`rapport voice` as designers call it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from llm.voice.samples import samples
from llm.voice.style import built_in_presets
from rapport import voice
from rapport.cli import app
from rapport.errors import RapportError
from rapport.settings import Settings, Style

ROOT = Path(__file__).parents[3]


@pytest.fixture
def printed(project: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console so wide that no word is broken."""
    shutil.copy(ROOT / "rapport.yml", project)
    console = Console(width=400, record=True, highlight=False, file=open(project / "out.txt", "w"))  # noqa: SIM115
    monkeypatch.setattr(voice, "console", console)
    return console


def run(*arguments: str) -> None:
    result = CliRunner().invoke(app, ["voice", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_preview_shows_the_ten_answers_in_every_preset(printed: Console, language: str) -> None:
    run("preview", "--language", language)
    text = printed.export_text()
    assert all(text.splitlines()[1].count(name) == 1 for name in built_in_presets())
    for sample in samples(language):
        figures = [word for word in sample.text.split() if any(letter.isdigit() for letter in word)]
        assert all(text.count(figure) >= 4 for figure in figures)
    assert text.count("keeps its voice: 0.") == 4


def test_one_preset_may_be_chosen_and_neutral_shows_the_answers_as_they_are(printed: Console) -> None:
    run("preview", "--preset", "neutral")
    text = printed.export_text()
    assert "companion" not in text and all(sample.text in text for sample in samples("en"))


def test_a_preset_of_ones_own_is_shown_too(printed: Console) -> None:
    style = Style(presets={"fernhill": {"about": "ours", "warmth": 0.9}})
    voice.preview(Settings(style=style), [], "en", "", "", False)
    assert "fernhill" in printed.export_text()


def test_who_is_upset_hears_sympathy_first(printed: Console) -> None:
    run("preview", "--preset", "companion", "--mood", "upset")
    assert "I'm sorry" in printed.export_text()


def test_on_a_narrow_terminal_voices_stand_in_groups() -> None:
    assert voice._groups(["a", "b", "c", "d"], 80) == [["a", "b", "c"], ["d"]]
    assert voice._groups(["a", "b"], 10) == [["a"], ["b"]]
    assert voice._groups(["a", "b", "c", "d"], 200) == [["a", "b", "c", "d"]]


def test_how_well_presets_are_told_apart_is_shown_on_request(printed: Console) -> None:
    run("preview", "--preset", "trailmate", "--preset", "concierge", "--scores")
    text = printed.export_text()
    assert "keep each voice" in text and "0.89" in text


def test_a_text_is_judged_and_the_reasons_are_said(printed: Console) -> None:
    run("check", "Sure thing! It's £3.95.", "--preset", "concierge")
    text = printed.export_text()
    assert "formality 0.00: wanted +0.9, heard -1.0" in text and "overall 0." in text


def test_a_neutral_voice_asks_for_nothing(printed: Console) -> None:
    run("check", "Sure thing!")
    assert "asks for nothing" in printed.export_text()
    run("words")
    assert "Nothing: the voice is neutral." in printed.export_text()


def test_what_a_language_model_is_told_is_shown(printed: Console) -> None:
    run("words", "--preset", "companion", "--mood", "upset", "--language", "de")
    assert "Der Kunde ist verärgert" in printed.export_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["preview", "--preset", "x"], "--preset is 'x', which there is not: take one of neutral, concierge"),
        (["preview", "--language", "fr"], "--language is 'fr', which there is not: take one of de, en"),
        (
            ["preview", "--mood", "sad"],
            "--mood is 'sad', which there is not: take one of upset, calm, pleased",
        ),
        (["preview", "--channel", "fax"], "--channel is 'fax', which there is not: take one of web, rest"),
        (["check", "Hi.", "--preset", "x"], "--preset is 'x'"),
        (["check", "Hi.", "--language", "fr"], "cannot be checked in the language 'fr'"),
        (["check", "  "], "The text is empty"),
        (["words", "--preset", "x"], "--preset is 'x'"),
    ],
)
def test_a_name_that_there_is_not_is_said_with_those_there_are(
    printed: Console, arguments: list[str], sentence: str
) -> None:
    error = CliRunner().invoke(app, ["voice", *arguments]).exception
    assert error is not None and sentence in str(error)
    assert isinstance(error, RapportError) or type(error).__name__ == "VoiceError"


@pytest.mark.parametrize("name", ["preview", "check", "words"])
def test_every_command_shows_an_example(name: str) -> None:
    shown = CliRunner().invoke(app, ["voice", name, "--help"]).output
    assert "Example" in shown and f"rapport voice {name}" in shown
