"""Who gets which phrase: the nearest take turns, the same way on every replay."""

import os
import subprocess
import sys
from pathlib import Path

from llm.voice.choosing import Turns, choose
from llm.voice.style import Style
from llm.voice.wording import Phrase

ROOT = Path(__file__).parents[4]
KIND = [Phrase(f"Kind {n}.", {"warmth": 0.8}) for n in range(3)]
COOL = Phrase("Cool.", {"warmth": -1.0})
JOKE = Phrase("Ha!", {"warmth": 0.8, "humour": 0.9})
WARM = Style({"warmth": 0.8})


def said(style: Style, conversation: str = "ada", turns: int = 6) -> list[str]:
    return [choose([COOL, *KIND, JOKE], style, Turns(conversation, n), "openings") for n in range(turns)]


def test_the_nearest_take_turns_and_none_is_said_twice_running() -> None:
    heard = said(WARM)
    assert set(heard) == {"Kind 0.", "Kind 1.", "Kind 2."}
    assert heard[:3] == heard[3:] and len(set(heard[:3])) == 3


def test_a_replay_says_the_same() -> None:
    assert said(WARM, "one") == said(WARM, "one")


def test_another_process_says_the_same() -> None:
    """Sets of words come in another order there: nothing may depend on it."""
    code = (
        "from llm.voice.samples import spoken\n"
        "from llm.voice.style import StyleSettings, built_in_presets\n"
        "said = [spoken(StyleSettings(), p, l) for p in built_in_presets() for l in ('en', 'de')]\n"
        "style = StyleSettings(dimensions={'warmth': 0.4, 'guidance': 0.5, 'presence': 0.9, 'humour': 0.9})\n"
        "print(said, spoken(style, 'neutral', 'de'))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_conversations_begin_with_different_phrases() -> None:
    assert len({said(WARM, f"customer {n}", 1)[0] for n in range(20)}) == 3


def test_a_joke_must_be_asked_for() -> None:
    assert "Ha!" not in said(Style({"warmth": 0.8, "humour": 0.2}), turns=20)
    assert said(Style({"warmth": 0.8, "humour": 0.9}), turns=1) == ["Ha!"]
    assert choose([JOKE], WARM, Turns(), "openings") == "Ha!"


def test_the_opposite_is_not_said() -> None:
    assert said(Style({"warmth": -1}), turns=3) == ["Cool."] * 3
