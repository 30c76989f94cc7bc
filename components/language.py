"""Rasa's view of the language: what each message is in, and what the conversation goes on in."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Text

import structlog
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, ENTITY_ATTRIBUTE_TYPE, ENTITY_ATTRIBUTE_VALUE, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.graph import Trained
from components.languages import NOTICED, LanguageModel, Thresholds, UnknownLanguage, Vocabulary

logger = structlog.get_logger(__name__)

# Keys of a message, and the slot that keeps the first of them; the slot is filled from an entity of its name.
LANGUAGE, FOREIGN_LANGUAGE = "language", "foreign_language"
EXTRACTOR = "LanguageDetector"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageDetector(Trained):
    """Sets `language` on each message, and `foreign_language` on one that nobody here can answer.

    Example (config.yml):
        - name: components.language.LanguageDetector
          languages: [en, de]
          default: en
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`languages`: those that the assistant speaks, as two letters; `default`: the one it begins in.

        `noticed`: others that it recognises, to say that it does not speak them. `names`: entities that are
        spelt alike in every language. `sure` (0–1): how probable another language must be to go on in it.
        """
        return {
            "languages": ["en"],
            "default": None,
            "noticed": list(NOTICED),
            "names": [],
            "sure": Thresholds.sure,
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        vocabulary: Optional[Vocabulary] = None,
    ) -> None:
        self.config = config
        self._model_storage = model_storage
        self._resource = resource
        self.model = _model(config, vocabulary or Vocabulary({}, {}))

    def train(self, training_data: TrainingData) -> Resource:
        """Learns the words of the examples; those of another language than the default one say so.

        In data/nlu: `metadata: {language: de}` beside the intent's name.
        """
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        pairs = [(str(example.get(TEXT)), language_of(example, self.model.codes[0])) for example in examples]
        strange = sorted({code for _, code in pairs} - set(self.model.codes))
        if strange:
            logger.warning("language.not_configured", found=strange, languages=self.model.codes)
        self.model = _model(self.config, Vocabulary.fit(pairs))
        counts, totals = self.model.vocabulary.counts, self.model.vocabulary.totals
        with self._model_storage.write_to(self._resource) as folder:
            words = json.dumps({"counts": counts, "totals": totals}, ensure_ascii=False)
            (folder / "words.json").write_text(words, encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageDetector:
        """Loads a trained detector (see parent class)."""
        with model_storage.read_from(resource) as folder:
            words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, Vocabulary(words["counts"], words["totals"]))

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Marks each message; Rasa passes the tracker as it was before it."""
        current = conversation_language(tracker)
        in_form = tracker is not None and tracker.active_loop_name is not None
        for message in messages:
            found = self.model.detect(self._without_names(message), current, in_form)
            message.set(LANGUAGE, found.language, add_to_output=True)
            message.set(FOREIGN_LANGUAGE, None if in_form else found.foreign, add_to_output=True)
        return messages

    def _without_names(self, message: Message) -> Text:
        text = str(message.get(TEXT) or "")
        for entity in message.get(ENTITIES) or []:
            if entity[ENTITY_ATTRIBUTE_TYPE] in self.config["names"] and "start" in entity:
                start, end = entity["start"], entity["end"]
                text = text[:start] + " " * (end - start) + text[end:]
        return text


def _model(config: Dict[Text, Any], vocabulary: Vocabulary) -> LanguageModel:
    codes = list(config["languages"] or [])
    default = config["default"] or (codes[0] if codes else None)
    if default not in codes:
        raise InvalidConfigException(
            f"LanguageDetector: the default {default!r} is none of the languages {codes}: name it there too."
        )
    ordered = [default, *(code for code in codes if code != default)]
    try:
        thresholds = Thresholds(sure=float(config["sure"]))
        return LanguageModel(ordered, config["noticed"], vocabulary, thresholds)
    except UnknownLanguage as error:
        raise InvalidConfigException(
            f"LanguageDetector: {error} is no language that can be told apart; give two letters, as in 'de'."
        ) from error


def language_of(example: Message, default: Text) -> Text:
    """The language that the designer gave an example."""
    return str(((example.get(METADATA) or {}).get("intent") or {}).get(LANGUAGE) or default)


def conversation_language(tracker: Optional[DialogueStateTracker]) -> Text:
    """What the last message was in; "" as long as none was sure."""
    if tracker is None:
        return ""
    spoken = (event for event in reversed(tracker.events) if isinstance(event, UserUttered))
    found = (str((event.parse_data or {}).get(LANGUAGE) or "") for event in spoken)
    return next((language for language in found if language), "")


def language_entity(message: Message, tracker: Optional[DialogueStateTracker]) -> List[Dict[Text, Any]]:
    """What fills the slot `language` where the language changes: an entity without a place in the text."""
    language = message.get(LANGUAGE)
    # A tracker without a domain, as for parsing alone, says that it has every slot: ask for what it holds.
    if tracker is None or not language or LANGUAGE not in set(tracker.slots):
        return []
    if tracker.get_slot(LANGUAGE) == language:
        return []
    return [{ENTITY_ATTRIBUTE_TYPE: LANGUAGE, ENTITY_ATTRIBUTE_VALUE: language, "extractor": EXTRACTOR}]
