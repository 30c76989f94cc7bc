"""Real models in this process that choose what a message means: held to numbers, and taught three of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from learning.review.queue import find_items
from llm.errors import GeneratorCutOff
from llm.generators.base import LanguageModel
from llm.generators.choosing import Meaning, choice_prompt, choose
from llm.prompts.prompt import Prompt
from rapport.review import open_store, propose
from rapport.settings import Answers, LlamaCpp, Settings, Transformers
from tests.generators.conftest import NEEDS, Tiny
from tests.generators.test_local_models import BOTH, Make
from tests.unit.learning.review.conftest import encode
from tests.unit.rapport.test_review import put

MEANINGS = [
    Meaning("cancel order", ("cancel it", "stop it")),
    Meaning("track order", ("where is it", "parcel")),
]
KNOWN = {"the parcel": 1, "cancel the order": 0, "a poem": None}
NLU = """version: "3.1"
nlu:
- intent: cancel_order
  examples: |
    - cancel it
    - stop it
- intent: track_order
  examples: |
    - where is it
    - parcel
"""


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """A model that knows three choices by heart."""
    for package in ("llama_cpp", "gguf", "torch", "peft"):
        pytest.importorskip(package, reason=NEEDS)
    import torch

    from tests.generators import tiny_llama

    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("chooser")
    lessons = [
        (choice_prompt(text, MEANINGS), str(3 if number is None else number + 1))
        for text, number in KNOWN.items()
    ]
    base = tiny_llama.train(lessons, place / "model")
    return Tiny(base, base, tiny_llama.write_gguf(base, place / "model.gguf"), base, {})


def reply(model: LanguageModel, prompt: Prompt) -> str:
    pieces: list[str] = []
    with suppress(GeneratorCutOff):
        model.write(prompt, pieces.append)
    return "".join(pieces).strip()


@BOTH
def test_a_model_that_would_say_something_else_is_held_to_the_numbers(tiny: Tiny, make: Make) -> None:
    model = make(tiny, max_tokens=20)
    many = [Meaning(f"meaning {place}") for place in range(11)]
    for text in ("parcel", "£3.95", "Grüße 🙂"):
        held = choice_prompt(text, many)
        assert reply(model, held) in held.choices
        assert reply(model, replace(held, choices=())) not in held.choices


@BOTH
def test_a_model_chooses_what_it_was_taught_however_freely_it_writes(taught: Tiny, make: Make) -> None:
    model = make(taught, temperature=1.5)
    assert {text: choose(model, text, MEANINGS, 60) for text in KNOWN} == KNOWN


def of_llama_cpp(taught: Tiny) -> Settings:
    return Settings(
        answers=Answers(generator="llama_cpp", timeout_seconds=60), llama_cpp=LlamaCpp(model=taught.gguf)
    )


def of_transformers(taught: Tiny) -> Settings:
    chosen = Transformers(model=str(taught.folder))
    return Settings(answers=Answers(generator="transformers", timeout_seconds=60), transformers=chosen)


@pytest.mark.parametrize("settings_of", [of_llama_cpp, of_transformers])
def test_the_model_of_the_settings_votes_on_labels(
    taught: Tiny, settings_of: Callable[[Tiny], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(NLU, encoding="utf-8")
    settings = settings_of(taught)
    store = open_store(settings)
    for text in KNOWN:
        ranking = (("cancel_order", 0.5), ("track_order", 0.4))
        put(store, text[:5], text, "low_confidence", intent="cancel_order", ranking=ranking)
    propose(settings, encode)
    said = {
        item.text: vote.label
        for item in find_items(store)
        for vote in item.votes
        if vote.voter == "generator"
    }
    assert said == {
        "the parcel": "track_order", "cancel the order": "cancel_order", "a poem": "none of these"
    }  # fmt: skip
