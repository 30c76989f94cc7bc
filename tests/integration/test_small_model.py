"""A model trained on little, with the real pipeline (odd messages: test_hard_messages.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.model_training import train_nlu

from components.judging import opinions
from rapport.model_report import read_report
from tests.integration.home import CHECKOUT
from tests.unit.components.conftest import EXAMPLES


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five intents of eight examples, and one with a single example."""
    folder = tmp_path_factory.mktemp("small")
    intents = {**EXAMPLES, "ask_jobs": ["do you have any jobs"]}
    entries = "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
        for intent, texts in intents.items()
    )
    (folder / "nlu.yml").write_text(f'version: "3.1"\nnlu:\n{entries}', encoding="utf-8")
    with chdir(CHECKOUT):  # the encoder's folder is that of the settings
        return Path(str(train_nlu("config.yml", str(folder / "nlu.yml"), str(folder / "models"))))


@pytest.fixture(scope="module")
def parse(model: Path) -> Iterator[Callable[[str], dict[str, Any]]]:
    with chdir(CHECKOUT):
        agent = Agent()
        agent.load_model(model)
        yield lambda text: asyncio.run(agent.parse_message(text))


def test_an_intent_with_one_example_is_learned(model: Path, parse: Callable[[str], dict[str, Any]]) -> None:
    assert "ask_jobs" in read_report(model).names
    assert parse("do you have any jobs")["intent_ranking"][0]["name"] == "ask_jobs"
    assert parse("where is my parcel")["intent_ranking"][0]["name"] == "track_order"


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_what_says_nothing_is_not_acted_on(parse: Callable[[str], dict[str, Any]], text: str) -> None:
    assert parse(text)["route"]["band"] == "fallback"


def test_reviewed_turns_get_the_models_opinion(model: Path) -> None:
    with chdir(CHECKOUT):
        said = opinions(model, ["where is my package", "qwertz uiop"])
    assert said[0].ranked == "track_order"
    assert said[0].confidence > said[1].confidence
    assert said[0].unknown < said[1].unknown
