"""The real encoder, and small helpers to drive graph components as Rasa does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import MessageEncoder, SentenceEncoder, shared_encoder

ENCODER_FOLDER = str(Path(__file__).parents[3] / "var/encoder")

TRACKING = [
    "where is my order",
    "where is my parcel",
    "track my package please",
    "when will my order arrive",
    "has my parcel been shipped yet",
    "my delivery has not come",
    "can you tell me where my package is",
    "what is the status of my order",
]
RETURNS = [
    "i want to return these boots",
    "i would like to send the jacket back",
    "how do i return an item",
    "this does not fit, i want to give it back",
    "please start a return for me",
    "can i send something back",
    "return my tent",
    "i need to return a pair of socks",
]
YES = ["yes", "yes please", "yep", "sure", "that's right", "correct", "yeah go ahead", "👍"]
NO = ["no", "no thanks", "nope", "not really", "that's wrong", "no way", "nah", "👎"]
WARRANTY = [
    "how long is the warranty",
    "is there a guarantee on tents",
    "what does the warranty cover",
    "is my backpack still under warranty",
    "tell me about your guarantee",
    "do you offer a warranty",
    "how many years of guarantee do i get",
    "warranty on boots",
]
EXAMPLES = {
    "track_order": TRACKING,
    "start_return": RETURNS,
    "affirm": YES,
    "deny": NO,
    "ask_warranty": WARRANTY,
}


class Rasa:
    """Makes and loads graph components in a folder, as a training and a server do."""

    def __init__(self, folder: Path) -> None:
        self.storage = LocalModelStorage.create(folder)
        self.context = ExecutionContext(GraphSchema({}), node_name="node")

    def create(self, kind: Any, **config: Any) -> Any:
        settings = {**kind.get_default_config(), **config}
        return kind.create(settings, self.storage, Resource(kind.__name__), self.context)

    def load(self, kind: Any, **config: Any) -> Any:
        settings = {**kind.get_default_config(), **config}
        return kind.load(settings, self.storage, Resource(kind.__name__), self.context)


@pytest.fixture
def rasa(tmp_path: Path) -> Rasa:
    folder = tmp_path / "model"
    folder.mkdir()
    return Rasa(folder)


@pytest.fixture(scope="session")
def encoder() -> MessageEncoder:
    return shared_encoder("all-MiniLM-L6-v2", ENCODER_FOLDER, "int8")


@pytest.fixture
def featurizer(rasa: Rasa) -> SentenceEncoder:
    component: SentenceEncoder = rasa.create(SentenceEncoder, cache_dir=ENCODER_FOLDER)
    return component


@pytest.fixture
def training_data(featurizer: SentenceEncoder) -> TrainingData:
    return encoded_examples(featurizer, EXAMPLES)


def encoded_examples(featurizer: SentenceEncoder, examples: dict[str, list[str]]) -> TrainingData:
    messages = [
        Message(data={TEXT: text, INTENT: intent, ENTITIES: []})
        for intent, texts in examples.items()
        for text in texts
    ]
    return featurizer.process_training_data(TrainingData(messages))


def said(text: str, **fields: Any) -> Message:
    return Message(data={TEXT: text, **fields})


def entity(kind: str, value: str, text: str = "", **fields: Any) -> dict[str, Any]:
    """An entity as an extractor gives it; with a text, where the value stands in it."""
    start = text.find(value)
    place = {"start": start, "end": start + len(value)} if text else {}
    return {"entity": kind, "value": value, **place, **fields}


@pytest.fixture
def domain() -> Domain:
    return Domain.from_yaml(
        """
version: "3.1"
intents: [greet, track_order, inform]
entities: [order_number]
slots:
  identity: {type: text, mappings: [{type: custom}]}
  new_address: {type: text, mappings: [{type: custom}]}
  readings: {type: any, mappings: [{type: custom}]}
forms:
  order_form: {required_slots: [identity]}
actions: [action_shop, validate_order_form]
responses:
  utter_ask_identity:
  - text: "What is your e-mail address?"
  utter_action_failed:
  - text: "Something on our side isn't answering."
  - text: "I can't reach our systems."
  utter_greet:
  - text: "Hello {name}!"
  - text: "Hi {name}!"
  - text: "Good day, {name}."
"""
    )
