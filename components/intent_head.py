"""Rasa's view of the intent head: trains on the designer's examples, ranks the intents of each message."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text, Tuple, Type

import numpy as np
import structlog
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import components.encoder
from components.encoder import ENCODER
from components.intent_model import IntentModel, Ranking
from components.segments import Segment, split_questions, two_questions
from components.spans import entities_within, replace_entities
from llm.encoder import SentenceEncoder

logger = structlog.get_logger(__name__)

# The key under which a message carries its second question.
ALSO = "also"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentHead(IntentClassifier, GraphComponent):
    """Ranks the intents of a message; the first one's confidence is the probability that it is right.

    Example (config.yml):
        - name: components.intent_head.IntentHead
          random_seed: 42
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        """Needs sentence vectors."""
        return [components.encoder.SentenceEncoder]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`random_seed`: makes training repeatable; `ranking_length`: how many intents a message carries.

        A message with two questions is split where both parts reach `second_question` (0–1); `small_talk` does not count.
        """
        return {"random_seed": 42, "ranking_length": 10, "second_question": 0.7, "small_talk": []}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[IntentModel] = None,
    ) -> None:
        self.config = config
        self.model = model
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentHead:
        """Creates an untrained head (see parent class)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on the examples that have an intent and a text, and keeps the result."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        vectors = both_views(
            [e.get(TEXT) for e in examples], [e.get(ENTITIES) or [] for e in examples], _encoder(examples)
        )
        labels = [e.get(INTENT) for e in examples]
        self.model, report = IntentModel.fit(
            [e.get(TEXT) for e in examples], vectors, labels, self.config["random_seed"]
        )
        logger.info(
            "intent_head.trained", examples=report.examples, intents=report.intents,
            held_out_accuracy=round(report.accuracy, 3), held_out_ece=round(report.ece, 3),
        )  # fmt: skip
        with self._model_storage.write_to(self._resource) as folder:
            self.model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentHead:
        """Loads a trained head (see parent class)."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder))

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets `intent` and `intent_ranking` of each message that has a text."""
        spoken = [message for message in messages if message.get(TEXT)]
        if self.model is None or not spoken:
            return messages
        for message in spoken:
            self._set_intent(message, self._rank(message, [message.get(TEXT)])[0])
        return messages

    def _set_intent(self, message: Message, ranking: Ranking) -> None:
        """A message with two questions gets the first one's ranking; the second travels along as `also`."""
        both = self._two_questions(message)
        if both is not None:
            ranking, second = both
            message.set(
                ALSO,
                {"text": second.text, "intent": second.intent, "confidence": second.confidence},
                add_to_output=True,
            )
        pairs = list(zip(ranking.names, ranking.confidences))[: self.config["ranking_length"]]
        places = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence} for name, confidence in pairs]
        message.set(INTENT, dict(places[0]), add_to_output=True)
        message.set("intent_ranking", places, add_to_output=True)

    def _two_questions(self, message: Message) -> Optional[Tuple[Ranking, Segment]]:
        parts = split_questions(message.get(TEXT))
        if len(parts) < 2:
            return None
        rankings = self._rank(message, parts)
        found = two_questions(parts, rankings, self.config["second_question"], self.config["small_talk"])
        if found is None:
            return None
        return rankings[parts.index(found[0].text)], found[1]

    def _rank(self, message: Message, parts: List[Text]) -> List[Ranking]:
        """Ranks the intents of a message's parts (the whole text is one part too)."""
        assert self.model is not None
        entities = [entities_within(part, message.get(TEXT), message.get(ENTITIES) or []) for part in parts]
        return self.model.rank(parts, both_views(parts, entities, _encoder([message])))


def both_views(
    texts: List[Text], entities: List[List[Dict[Text, Any]]], encoder: SentenceEncoder
) -> np.ndarray:
    """Two sentence vectors a text, side by side: [n, 2 * dim], unit length.

    One is of the text as it was written, one of the text with every entity replaced by its kind: to "where is 1001" and
    "where are my Catbells", what matters is often that there is an order number or a product, not which.
    """
    kinds = [replace_entities(text, found) for text, found in zip(texts, entities)]
    vectors = encoder.encode([*texts, *kinds])
    return np.hstack([vectors[: len(texts)], vectors[len(texts) :]]) / np.sqrt(2)


def _encoder(messages: List[Message]) -> SentenceEncoder:
    encoder = messages[0].get(ENCODER)
    if encoder is None:
        raise ValueError(
            "The message has no encoder: put components.encoder.SentenceEncoder before IntentHead in config.yml."
        )
    found: SentenceEncoder = encoder
    return found
