"""Rasa's view of the intent head: trains on the designer's examples, ranks the intents of each message."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Dict, List, Optional, Text, Tuple, Type

import numpy as np
import structlog
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    METADATA,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tqdm import tqdm

import components.encoder
from components.encoder import ENCODER, MessageEncoder
from components.graph import Trained
from components.intent_features import Seen, see, spoken_name
from components.intent_model import FitReport, IntentModel, ModelFileError, Ranking
from components.language import LANGUAGE, language_of
from components.questions import QuestionReader, of_first
from components.spans import placed

logger = structlog.get_logger(__name__)

# The keys under which a message carries its further questions, and the words of its first one.
ALSO, ASKED = "also", "asked"
# The key under which it carries the probability that it belongs to no intent.
UNKNOWN = "unknown"
# What training found, beside the model.
REPORT = "report.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentHead(IntentClassifier, Trained):
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

        A message with several questions is split where each part reaches `second_question` (0–1);
        `small_talk` does not count, and `courtesy` around a single question is left out of its ranking. Of
        the entities in `one_at_a_time` a question names one ("where is 1001 and 1002" asks twice). The second
        question is answered at once unless its intent is in `asked_first`; then, like all further ones, it
        is offered. While a form asks, a message may begin with one of the `replies` ("yes. And how long …?").
        `languages`: whose little words cut a message (components/phrases/).

        `tune_encoder` tunes the encoder's last block to the intents. `give_up` (0–1) is the
        share of right rankings that may be lost for noticing unknown questions; the examples of
        `unknown_intent` show what those look like, and it becomes the intent of what is unknown.
        """
        return {
            "random_seed": 42,
            "ranking_length": 10,
            "second_question": 0.7,
            "small_talk": [],
            "courtesy": [],
            "replies": [],
            "one_at_a_time": [],
            "asked_first": [],
            "languages": ["en"],
            "tune_encoder": True,
            "give_up": 0.02,
            "unknown_intent": None,
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[IntentModel] = None,
    ) -> None:
        self.config = config
        self.model = model
        self.reader = QuestionReader(config)
        self._model_storage = model_storage
        self._resource = resource

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on the examples that have an intent and a text, and keeps the result."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        labels = [e.get(INTENT) for e in examples]
        if len(set(labels)) < 2:
            logger.warning("intent_head.not_trained", intents=sorted(set(labels)), needed=2)
            return self._resource
        self.model, report = self._fit(examples, labels)
        logger.info(
            "intent_head.trained", examples=report.examples, intents=report.intents,
            held_out_accuracy=round(report.accuracy, 3), held_out_ece=round(report.ece, 3),
            unknown_auroc=round(report.unknown_auroc, 3), unknown_caught=round(report.unknown_caught, 3),
        )  # fmt: skip
        with self._model_storage.write_to(self._resource) as folder:
            self.model.save(folder)
            (folder / REPORT).write_text(json.dumps(asdict(report)), encoding="utf-8")
        return self._resource

    def _fit(self, examples: List[Message], labels: List[Text]) -> Tuple[IntentModel, FitReport]:
        encoder, nobody = _encoder(examples), self.config["unknown_intent"]
        known = [place for place, label in enumerate(labels) if label != nobody]
        strange = [place for place, label in enumerate(labels) if label == nobody]
        spread = np.array([_is_spread(examples[place]) for place in known])
        two_views = any(placed(example.get(ENTITIES) or []) for example in examples)
        seen = self._see(examples, two_views)
        names = sorted({labels[place] for place in known})
        words = see([spoken_name(name) for name in names], [[]] * len(names), encoder, two_views)
        with tqdm(total=100, desc="Intents", unit="%", disable=None, leave=False) as bar:
            return IntentModel.fit(
                seen.take(np.array(known)),
                [labels[place] for place in known],
                words,
                encoder.last_block() if self.config["tune_encoder"] else None,
                seen.take(np.array(strange)) if strange else None,
                encoder.is_quantised,
                spread,
                self.config["give_up"],
                self.config["random_seed"],
                lambda share: bar.update(int(100 * share) - bar.n) and None,
            )

    def _see(self, examples: List[Message], two_views: bool) -> Seen:
        default = self.config["languages"][0]
        return see(
            [example.get(TEXT) for example in examples],
            [example.get(ENTITIES) or [] for example in examples],
            _encoder(examples),
            two_views,
            [language_of(example, default) for example in examples],
        )

    def refit(self, examples: List[Message]) -> None:
        """Ranks as other examples say from now on; see `IntentModel.refitted`. Nothing is kept.

        Args:
            examples: messages with a text, an intent and their encoder.
        """
        assert self.model is not None
        known = [example for example in examples if example.get(INTENT) != self.config["unknown_intent"]]
        labels = [example.get(INTENT) for example in known]
        views, names = self.model.two_views, sorted(set(labels))
        words = see([spoken_name(name) for name in names], [[]] * len(names), _encoder(known), views)
        self.model = self.model.refitted(self._see(known, views), labels, words)

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

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Sets `intent` and `intent_ranking` of each message that has a text."""
        spoken = [message for message in messages if message.get(TEXT)]
        if self.model is None or not spoken:
            return messages
        for message in spoken:
            self._understand(message, tracker is not None and tracker.active_loop_name is not None)
        return messages

    def _understand(self, message: Message, in_form: bool) -> None:
        """A message with several questions gets the first one's ranking; the others travel as `also`."""
        entities = message.get(ENTITIES) or []

        def rank(texts: List[Text], inside: List[List[Dict[Text, Any]]]) -> List[Ranking]:
            assert self.model is not None
            languages = [message.get(LANGUAGE)] * len(texts)
            return self.model.rank(see(texts, inside, _encoder([message]), self.model.two_views, languages))

        reading = self.reader.read(message.get(TEXT), entities, rank, in_form)
        ranking = reading.ranking
        if reading.asked:
            message.set(ENTITIES, of_first(reading.asked, entities), add_to_output=True)
            message.set(ASKED, reading.asked[0].text, add_to_output=True)
            message.set(ALSO, self.reader.further(reading.asked), add_to_output=True)
        unknown = {"probability": ranking.unknown, "is_unknown": ranking.is_unknown}
        message.set(UNKNOWN, unknown, add_to_output=True)
        pairs = list(zip(ranking.names, ranking.confidences))[: self.config["ranking_length"]]
        if ranking.is_unknown and self.config["unknown_intent"]:
            pairs = [(self.config["unknown_intent"], max(ranking.unknown, ranking.confidences[0])), *pairs]
        places = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence} for name, confidence in pairs]
        message.set(INTENT, dict(places[0]), add_to_output=True)
        message.set("intent_ranking", places, add_to_output=True)


def _is_spread(example: Message) -> bool:
    """Whether nobody gave an example its label: `metadata: {spread: true}` beside the intent's name."""
    return bool(((example.get(METADATA) or {}).get("intent") or {}).get("spread"))


def _encoder(messages: List[Message]) -> MessageEncoder:
    encoder = messages[0].get(ENCODER)
    if encoder is None:
        raise InvalidConfigException(
            "IntentHead got a message without a sentence vector: "
            "put components.encoder.SentenceEncoder before it in config.yml."
        )
    found: MessageEncoder = encoder
    return found
