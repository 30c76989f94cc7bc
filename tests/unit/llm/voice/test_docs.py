"""docs/voice.md says what is so."""

from pathlib import Path

import pytest

from llm.voice.checking import check
from llm.voice.dimensions import dimensions
from llm.voice.hearing import hear
from llm.voice.samples import confusion, samples, spoken
from llm.voice.style import StyleSettings, built_in_presets, presets_of
from llm.voice.wording import wording_of
from tests.unit.llm.voice.letters import LETTERS

PAGE = (Path(__file__).parents[4] / "docs/voice.md").read_text(encoding="utf-8")


def row(name: str, values: list[float]) -> str:
    """A line of a table of scores, the highest in bold."""
    cells = [f"**{value:.2f}**" if value == max(values) else f"{value:.2f}" for value in values]
    return f"| {name} | {' | '.join(cells)} |"


# So that every dimension has something to act on.
SOME_VOICE = {"warmth": 0.4, "guidance": 0.5, "attribution": 0.4, "paragraphs": 0.3}


def heard_moves(dimension: str, language: str) -> str:
    """In how many samples the checker hears that a dimension was moved from -0.9 to 0.9; `9/10`."""
    wording, mood = wording_of(language), "upset" if dimension == "empathy" else ""
    assert wording
    ends = []
    for end in (-0.9, 0.9):
        style = StyleSettings(dimensions={**SOME_VOICE, dimension: end})
        texts = spoken(style, "neutral", language, mood)
        ends.append(
            [hear(t, wording, one.text, mood).get(dimension) for t, one in zip(texts, samples(language))]
        )
    pairs = [(low, high) for low, high in zip(*ends) if low and high]
    return f"{sum(high.position > low.position for low, high in pairs)}/{len(pairs)}"


@pytest.mark.parametrize("language", ["en", "de"])
def test_moving_a_dimension_is_heard_as_often_as_is_said(language: str) -> None:
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {language} |")]
    heard = [heard_moves(name, language) for name, one in dimensions().items() if one.heard]
    assert line == f"| {language} | {' | '.join(heard)} |"
    assert not [share for share in heard if share.startswith("0/")]


def test_every_dimension_and_preset_stands_in_the_tables() -> None:
    for name, one in dimensions().items():
        assert (
            f"| `{name}` | {one.low} | {one.high} | {one.changes} | {one.heard or 'not in a text'} |" in PAGE
        )
    for name, entry in built_in_presets().items():
        assert f"| `{name}` | {entry['about']} |" in PAGE


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_scores_are_those_that_are_measured(language: str) -> None:
    styles, names = presets_of(StyleSettings()), list(built_in_presets())
    for name, values in zip(names, confusion(StyleSettings(), names, language)):
        assert row(name, values) in PAGE
    for name, text in LETTERS[language].items():
        assert row(name, [check(text, styles[other], language).overall for other in names]) in PAGE
