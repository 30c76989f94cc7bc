"""Trains NLU pipelines and asks them, component by component as Rasa's graph does."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bench.labelled import Labelled


def train_pipeline(pipeline: list[dict[str, Any]], train: Labelled, folder: Path) -> list[GraphComponent]:
    """Trains the components one after the other and returns them as they are loaded for serving."""
    messages = [Message({TEXT: text, INTENT: label}) for text, label in zip(train.texts, train.labels)]
    data = TrainingData(messages)
    storage = LocalModelStorage.create(folder)
    loaded = []
    for place, settings in enumerate(pipeline):
        registered = DefaultV1Recipe._from_registry(settings["name"])
        kind = registered.clazz
        config = {**kind.get_default_config(), **{k: v for k, v in settings.items() if k != "name"}}
        resource = Resource(f"{place}_{kind.__name__}_{uuid.uuid4().hex[:6]}")
        context = ExecutionContext(GraphSchema({}), node_name=resource.name)
        component = kind.create(config, storage, resource, context)
        if registered.is_trainable:
            component.train(data)
            component = kind.load(config, storage, resource, context)
        if hasattr(component, "process_training_data"):
            data = component.process_training_data(data)
        loaded.append(component)
    return loaded


def parse(pipeline: list[GraphComponent], text: str) -> dict[str, Any]:
    """What the pipeline says about a text."""
    messages = [Message({TEXT: text})]
    for component in pipeline:
        messages = component.process(messages)  # type: ignore[attr-defined]
    found: dict[str, Any] = messages[0].as_dict(only_output_properties=True)
    return {"intent": {"name": None, "confidence": 0.0}, "intent_ranking": [], **found}
