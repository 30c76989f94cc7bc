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
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import components.encoder
from components.emoji import spell_emoji
from components.encoder import ENCODER, MessageEncoder
from components.intent_model import IntentModel, ModelFileError, Ranking
from components.segments import split_questions, two_questions
from components.spans import entities_within, placed, replace_entities

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

        A message with two questions is split where both parts reach `second_question` (0–1); `small_talk`
        does not count.
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
        labels = [e.get(INTENT) for e in examples]
        if len(set(labels)) < 2:
            logger.warning("intent_head.not_trained", intents=sorted(set(labels)), needed=2)
            return self._resource
        texts = [e.get(TEXT) for e in examples]
        vectors = both_views(texts, [e.get(ENTITIES) or [] for e in examples], _encoder(examples))
        seed = self.config["random_seed"]
        self.model, report = IntentModel.fit([spell_emoji(text) for text in texts], vectors, labels, seed)
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
        """Loads a trained head (see parent class); one that had too little to learn from gives no intents."""
        try:
            with model_storage.read_from(resource) as folder:
                model = IntentModel.load(folder)
        except ModelFileError as error:
            raise RasaException(str(error)) from error
        except ValueError:  # the storage holds nothing of ours
            logger.warning("intent_head.untrained", hint="give two intents examples and run `rapport train`")
            return cls(config, model_storage, resource)
        return cls(config, model_storage, resource, model)

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets `intent` and `intent_ranking` of each message that has a text."""
        spoken = [message for message in messages if message.get(TEXT)]
        if self.model is None or not spoken:
            return messages
        for message in spoken:
            self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        """A message with two questions gets the first one's ranking; the second travels along as `also`."""
        parts = split_questions(message.get(TEXT))
        ranking, *of_parts = self._rank(message, [(0, len(message.get(TEXT))), *parts])
        texts = [message.get(TEXT)[start:end] for start, end in parts]
        found = two_questions(texts, of_parts, self.config["second_question"], self.config["small_talk"])
        if found is not None:
            ranking, second = found[0].ranking, found[1]
            also = {"text": second.text, "intent": second.intent, "confidence": second.confidence}
            first, later = (parts[texts.index(segment.text)] for segment in found)
            message.set(ALSO, {**also, "entities": _take_apart(message, first, later)}, add_to_output=True)
        pairs = list(zip(ranking.names, ranking.confidences))[: self.config["ranking_length"]]
        places = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence} for name, confidence in pairs]
        message.set(INTENT, dict(places[0]), add_to_output=True)
        message.set("intent_ranking", places, add_to_output=True)

    def _rank(self, message: Message, places: List[Tuple[int, int]]) -> List[Ranking]:
        """Ranks the intents of stretches of a message, all encoded together."""
        assert self.model is not None
        entities = placed(message.get(ENTITIES) or [])
        texts = [message.get(TEXT)[start:end] for start, end in places]
        inside = [entities_within(start, end, entities) for start, end in places]
        vectors = both_views(texts, inside, _encoder([message]))
        return self.model.rank([spell_emoji(text) for text in texts], vectors)


def both_views(
    texts: List[Text], entities: List[List[Dict[Text, Any]]], encoder: MessageEncoder
) -> np.ndarray:
    """Two sentence vectors a text, side by side: [n, 2 * dim], unit length.

    One is of the text as it was written, one of the text with every entity replaced by its kind: to "where is
    1001" and "where are my Catbells", what matters is often that there is an order number or a product, not
    which.
    """
    kinds = [replace_entities(text, found) for text, found in zip(texts, entities)]
    vectors = encoder.encode([*texts, *kinds])
    return np.hstack([vectors[: len(texts)], vectors[len(texts) :]]) / np.sqrt(2)


def _take_apart(message: Message, first: Tuple[int, int], later: Tuple[int, int]) -> Dict[Text, Any]:
    """Leaves a message the entities of its first question and returns those of the second, by name.

    "Where is 1001? And cancel 1002" is about 1001. What only the second question names stays: it may be meant
    for both.
    """
    entities = message.get(ENTITIES) or []
    kinds = {entity["entity"] for entity in entities_within(*first, placed(entities))}
    inside = [entity for entity in placed(entities) if later[0] <= entity["start"] < later[1]]
    kept = [entity for entity in entities if entity not in inside or entity["entity"] not in kinds]
    message.set(ENTITIES, kept, add_to_output=True)
    return {str(entity["entity"]): entity["value"] for entity in inside}


def _encoder(messages: List[Message]) -> MessageEncoder:
    encoder = messages[0].get(ENCODER)
    if encoder is None:
        raise InvalidConfigException(
            "IntentHead got a message without a sentence vector: "
            "put components.encoder.SentenceEncoder before it in config.yml."
        )
    found: MessageEncoder = encoder
    return found
