"""Rasa's view of sentiment: marks each message with how it sounds, and with the mood of the conversation."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import structlog
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import Restarted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    INTENT_NAME_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import ENCODER
from components.graph import Trained
from components.mood import Mood, MoodSettings, mood_after
from components.mood_examples import MoodFileError, fingerprint, read_moods
from components.sentiment_model import NEUTRAL, Sentiment, SentimentFileError, SentimentModel

logger = structlog.get_logger(__name__)

# Keys of a message; the slot and entity by which stories and responses see the mood.
SENTIMENT, MOOD = "sentiment", "mood"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentimentHead(Trained):
    """Sets `sentiment` and `mood` of each message, and the slot `mood` where the domain has one.

    Example (config.yml, after the router, which takes any entity for something the customer named):
        - name: components.sentiment.SentimentHead
          examples: data/moods
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`examples`: folder with the messages to learn from; the others: see `mood.MoodSettings`.

        `pleased` (0–1): from this running mean on, the slot `mood` is `pleased`. Messages of the intents in
        `unmoved` say nothing about how one feels: "not as described" is a reason that a form asked for.
        """
        own = {"examples": "data/moods", "random_seed": 42, "pleased": 0.4, "unmoved": []}
        return {**own, **asdict(MoodSettings())}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[SentimentModel] = None,
    ) -> None:
        self.config = config
        self.settings = _settings(config)
        self.model = model
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        """Rasa trains anew when the messages change, which are no part of its own training data."""
        return fingerprint(Path(config.get("examples") or cls.get_default_config()["examples"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on the messages of the folder, with the encoder of the pipeline."""
        encoder = next((e.get(ENCODER) for e in training_data.training_examples if e.get(ENCODER)), None)
        try:
            pairs = read_moods(Path(self.config["examples"]))
        except MoodFileError as error:
            raise InvalidConfigException(str(error)) from error
        if encoder is None or not pairs:
            hint = "put components.encoder.SentenceEncoder before it, and messages into its folder"
            logger.warning("sentiment.not_trained", examples=len(pairs), hint=hint)
            return self._resource
        texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
        self.model, report = SentimentModel.fit(
            texts, encoder.encode(texts), labels, self.config["random_seed"]
        )
        logger.info(
            "sentiment.trained", examples=report.examples, held_out_accuracy=round(report.accuracy, 3),
            held_out_macro_f1=round(report.macro_f1, 3), held_out_ece=round(report.ece, 3),
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
    ) -> SentimentHead:
        """Loads a trained head (see parent class); without one, all messages are neutral."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, SentimentModel.load(folder))
        except (SentimentFileError, ValueError) as error:  # ValueError: the storage holds nothing of ours
            logger.warning("sentiment.neutral", why=str(error), hint="run `rapport train --force`")
            return cls(config, model_storage, resource)

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Marks each message; Rasa passes the tracker as it was before it."""
        for message in messages:
            sentiment = self._judge(message)
            before = mood_of(tracker)
            mood = mood_after(before, sentiment, self.settings)
            if not sentiment.confidence or self._is_unmoved(message):  # nor does a tap on a button
                mood = replace(before or Mood(), upset_now=False)
            message.set(SENTIMENT, asdict(sentiment), add_to_output=True)
            message.set(MOOD, asdict(mood), add_to_output=True)
            self._fill_slot(message, mood.name(self.config["pleased"]), tracker)
        return messages

    def _judge(self, message: Message) -> Sentiment:
        text, encoder = message.get(TEXT), message.get(ENCODER)
        if self.model is None or not text or encoder is None or text.startswith("/"):
            return NEUTRAL
        vector = encoder.encode([text])[0]
        if len(vector) != self.model.dim:
            logger.warning("sentiment.other_encoder", hint="run `rapport train --force`")
            return NEUTRAL
        return self.model.judge(text, vector)

    def _is_unmoved(self, message: Message) -> bool:
        return (message.get(INTENT) or {}).get(INTENT_NAME_KEY) in self.config["unmoved"]

    def _fill_slot(self, message: Message, name: Text, tracker: Optional[DialogueStateTracker]) -> None:
        """Slots are filled from entities; this one stands nowhere in the text.

        Not where there is no conversation: Rasa's own test of entities wants a place of each.
        """
        if tracker is None or not tracker.events or MOOD not in tracker.slots:
            return
        if (tracker.get_slot(MOOD) or "calm") == name:
            return
        entity = {ENTITY_ATTRIBUTE_TYPE: MOOD, ENTITY_ATTRIBUTE_VALUE: name, "extractor": "SentimentHead"}
        message.set(ENTITIES, [*(message.get(ENTITIES) or []), entity], add_to_output=True)


def _settings(config: Dict[Text, Any]) -> MoodSettings:
    try:
        settings = MoodSettings(*(float(config[key]) for key in ("memory", "upset", "calm", "sure")))
    except (TypeError, ValueError) as error:
        raise InvalidConfigException(f"SentimentHead: {error}. Correct it in config.yml.") from error
    if not (0 <= settings.memory < 1 and -1 <= settings.upset <= settings.calm <= 0 <= settings.sure <= 1):
        raise InvalidConfigException(
            f"SentimentHead: {settings} must be 0 ≤ memory < 1, -1 ≤ upset ≤ calm ≤ 0 and 0 ≤ sure ≤ 1. "
            "Correct it in config.yml."
        )
    return settings


def mood_of(tracker: Optional[DialogueStateTracker]) -> Optional[Mood]:
    """The mood after the last message of the session, or None."""
    for event in reversed(tracker.events if tracker else []):
        if isinstance(event, (Restarted, SessionStarted)):
            return None
        mood = mood_from(event.parse_data) if isinstance(event, UserUttered) else None
        if mood is not None:  # a tap on a button passes the pipeline by
            return mood
    return None


def mood_from(parse_data: Optional[Dict[Text, Any]]) -> Optional[Mood]:
    """The mood that a message carries, or None."""
    found = (parse_data or {}).get(MOOD)
    return Mood(**found) if isinstance(found, dict) else None
