"""What a trained model says about messages, outside of any conversation."""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Text, Tuple, Type

from rasa.core.agent import Agent
from rasa.engine.graph import GraphComponent
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, TEXT
from rasa.shared.utils.io import read_config_file

from components.confidence_router import ROUTE, ConfidenceRouter
from components.encoder import ENCODER, SentenceEncoder
from components.intent_head import UNKNOWN, IntentHead
from components.suite import load_agent


@dataclass(frozen=True)
class Opinion:
    """What a model makes of a message.

    Attributes:
        ranked, confidence: the first intent, and how probable it is that it is right (0–1).
        unknown: the probability that the message belongs to none (0–1).
        band, routed: what the router decides, and the intent that is acted on.
    """

    ranked: Text
    confidence: float
    unknown: float
    band: Text = ""
    routed: Text = ""


def opinions(
    model: Path, texts: Sequence[Text], progress: Callable[[int], None] = lambda done: None
) -> List[Opinion]:
    """Runs a model's whole NLU pipeline over texts.

    Args:
        model: the trained model's archive.
        texts: what customers wrote.
        progress: told how many are done.
    """
    return asyncio.run(_parse(load_agent(model), texts, progress))


def opinions_with(
    model: Path,
    config: Path,
    data: Path,
    texts: Sequence[Text],
    progress: Callable[[int], None] = lambda done: None,
) -> Tuple[List[Opinion], List[Opinion]]:
    """What a model makes of texts, and what it would with other examples and bands.

    The examples are learned by the classifier alone (`IntentModel.refitted`): the encoder is not tuned to
    them, and entities and all else stay as the model has them.

    Args:
        model: the trained model's archive.
        config: the config.yml with the bands.
        data: the folder with the examples.
        texts: what customers wrote.
        progress: told how many readings are done, of two for each text.
    """
    agent = load_agent(model)
    before = asyncio.run(_parse(agent, texts, progress))
    nodes = agent.processor.graph_runner._instantiated_nodes.values()  # Rasa gives no other way to them
    parts = {type(node._component): node for node in nodes}
    encoder = parts[SentenceEncoder]._component.encoder
    given = RasaFileImporter(training_data_paths=[str(data)]).get_nlu_data().intent_examples
    examples = [example for example in given if example.get(TEXT) and example.get(INTENT)]
    for example in examples:
        example.set(ENCODER, encoder)
    parts[IntentHead]._component.refit(examples)
    parts[ConfidenceRouter]._component = ConfidenceRouter(_settings_of(ConfidenceRouter, config))
    return before, asyncio.run(_parse(agent, texts, lambda done: progress(len(texts) + done)))


def _settings_of(component: Type[GraphComponent], config: Path) -> Dict[Text, Any]:
    """A component's settings as config.yml has them."""
    name = f"{component.__module__}.{component.__name__}"
    entries = [one for one in read_config_file(config)["pipeline"] if one["name"] == name]
    given = entries[0] if entries else {}
    return {**component.get_default_config(), **{key: value for key, value in given.items() if key != "name"}}


async def _parse(agent: Agent, texts: Sequence[Text], progress: Callable[[int], None]) -> List[Opinion]:
    found = []
    for text in texts:
        parsed = await agent.parse_message(text)
        top = (parsed.get("intent_ranking") or [{"name": "", "confidence": 0.0}])[0]
        unknown = float((parsed.get(UNKNOWN) or {}).get("probability", 0.0))
        routed = str((parsed.get(INTENT) or {}).get(INTENT_NAME_KEY) or "")
        band = str((parsed.get(ROUTE) or {}).get("band") or "")
        name = str(top["name"] or "")
        found.append(Opinion(name, float(top["confidence"]), unknown, band, routed))
        progress(len(found))
    return found


def responses_of(model: Path) -> Dict[Text, List[Dict[Text, Any]]]:
    """The responses that a model was trained with: name to variations.

    Args:
        model: the trained model's archive.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `rapport validate` tells them of the files
        domain = LocalModelStorage.metadata_from_archive(model).domain
    responses: Dict[Text, List[Dict[Text, Any]]] = domain.responses
    return responses
