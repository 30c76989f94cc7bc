"""Rules that every NLU file keeps, whoever edits it."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message

ROOT = Path(__file__).parents[3]
LEAST_EXAMPLES = 20


@pytest.fixture(scope="module")
def examples() -> list[Message]:
    return load_data(str(ROOT / "data/nlu")).intent_examples


def plain(message: Message) -> str:
    """Text without case and punctuation: "Refund?" and "refund" are one example."""
    return " ".join(re.sub(r"[^\w\s£&@-]", " ", message.get("text").lower()).split()) or message.get("text")


def test_every_intent_has_enough_examples(examples: list[Message]) -> None:
    counts: dict[str, int] = defaultdict(int)
    for message in examples:
        counts[message.get("intent")] += 1
    assert {intent: count for intent, count in counts.items() if count < LEAST_EXAMPLES} == {}


def test_no_example_stands_in_two_intents(examples: list[Message]) -> None:
    intents: dict[str, set[str]] = defaultdict(set)
    for message in examples:
        intents[plain(message)].add(message.get("intent"))
    assert {text: names for text, names in intents.items() if len(names) > 1} == {}


def test_held_out_examples_are_not_trained_on(examples: list[Message]) -> None:
    trained = {plain(message) for message in examples}
    held_out = load_data(str(ROOT / "tests/nlu")).intent_examples
    assert [message.get("text") for message in held_out if plain(message) in trained] == []
