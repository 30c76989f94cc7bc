"""Turns that ask for what articles tell, and turns that want something done."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from llm.answering import Answerer
from llm.encoder import load_encoder
from llm.knowledge.index import KnowledgeIndex
from llm.seeking import Seeking, read_examples

ROOT = Path(__file__).resolve().parents[3]
# Written apart from the examples that it learns from.
SEEKS = (
    "would I need to bring a lock for the lockers",
    "Sounds lovely. Is the garden open in winter though?",
    "do the walls let every sound through",
    "which hut has the friendlier warden?",
    "how strict are they about quiet hours",
    "wird man da auch ohne Reservierung satt",
    "Ist der Weg zur Hütte mit Kindern machbar?",
)
ACTS = (
    "right, two bunks for the 3rd of May then",
    "Could I get the hut's number please",
    "no, the week after",
    "that's everything, thank you",
    "find me a hut further north",
    "dann bitte zwei Betten für Freitag",
    "nein, lieber die andere Hütte",
)


@pytest.fixture(scope="module")
def seeking() -> Seeking:
    return Seeking(load_encoder(cache_dir=ROOT / "var" / "encoder"))


@pytest.mark.parametrize("turn", SEEKS)
def test_a_turn_that_asks_how_something_is_seeks_knowledge(seeking: Seeking, turn: str) -> None:
    assert seeking.probability(turn) > 0.5


@pytest.mark.parametrize("turn", ACTS)
def test_a_turn_that_wants_something_done_does_not(seeking: Seeking, turn: str) -> None:
    assert seeking.probability(turn) < 0.5


@pytest.mark.parametrize("turn", ["", "   ", "🙂", "x" * 100_000])
def test_odd_turns_have_a_probability_too(seeking: Seeking, turn: str) -> None:
    assert 0 <= seeking.probability(turn) <= 1


def test_no_example_stands_on_both_sides() -> None:
    seeks, acts = read_examples()
    assert not {text.casefold() for text in seeks} & {text.casefold() for text in acts}
    assert not {*seeks, *acts} & {*SEEKS, *ACTS}
    assert yaml.safe_load((ROOT / "llm" / "seeking.yml").read_text(encoding="utf-8")).keys() == {
        "seeks",
        "acts",
    }


def test_in_a_dialogue_about_a_place_only_what_asks_is_answered(huts: KnowledgeIndex) -> None:
    answerer = Answerer(huts)
    said = ["Shall I tell you about the Honister House?"]
    sure = 0.9
    assert answerer.needs_knowledge("are dogs allowed there?", said, 0.1)[1]
    assert not answerer.needs_knowledge("book it for three nights please", said, sure)[1]
    # Nothing was said, nothing is named: whether an article fits is all that there is to go by.
    assert answerer.needs_knowledge("book it for three nights please", [], sure) == (sure, True)
    assert not answerer.needs_knowledge("book the Honister House for three nights please", [], sure)[1]
    assert answerer.needs_knowledge("are dogs allowed at the Honister House?", [], sure)[1]
    assert not answerer.needs_knowledge("are dogs allowed at the Honister House?", [], 0.01)[1]


def test_where_articles_are_about_nothing_by_name_what_fits_decides(index: KnowledgeIndex) -> None:
    answerer = Answerer(index)
    assert answerer.needs_knowledge("book it please", ["Hello, what can I do for you?"], 0.9) == (0.9, True)
