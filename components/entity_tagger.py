"""Rasa's view of the entity tagger: learns entities, roles and groups from the designer's examples."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Text, Tuple, Type

import numpy as np
import structlog
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import ENCODER
from components.entity_features import with_states, word_features
from components.entity_labels import OUTSIDE, entities_of, labels_of
from components.entity_model import EntityModel, Features, Projection
from components.graph import Trained
from llm.encoder import readable

logger = structlog.get_logger(__name__)

# So many examples, evenly spread, tell which of the encoder's states matter: their states take 100 MB.
PROJECTED_EXAMPLES = 3000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityTagger(EntityExtractorMixin, Trained):
    """A conditional random field over words, their neighbours and the sentence encoder's states of them.

    Put SentenceEncoder before it; without one it works from the words alone. With a RegexFeaturizer before
    it, the names of patterns and lookup tables count, too.

    Example (config.yml):
        - name: components.encoder.SentenceEncoder
        - name: components.entity_tagger.EntityTagger
    """

    # For `known_extractors`.
    learns_entities = True

    @classmethod
    def required_components(cls) -> List[Type]:
        """Needs words."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`state_dimensions`: numbers kept of the encoder's states of a word, 0 for none.

        `L1_c`, `L2_c`, `max_iterations`: of CRFsuite's training, as in Rasa's CRFEntityExtractor.
        """
        return {"state_dimensions": 64, "L1_c": 0.1, "L2_c": 0.1, "max_iterations": 60}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[EntityModel] = None,
    ) -> None:
        self.config = config
        self.model = model
        self._model_storage = model_storage
        self._resource = resource

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on all examples that have words; those without entities teach where there are none."""
        if not training_data.entity_examples:
            logger.warning("entity_tagger.not_trained", hint="annotate entities in data/nlu and train again")
            return self._resource
        self.check_correct_entity_annotations(training_data)
        examples = [e for e in self.filter_trainable_entities(training_data.nlu_examples) if _spans(e)]
        self.model = EntityModel.fit(
            self._sentences(examples, projection := self._projection(examples)),
            projection,
            self.config["L1_c"],
            self.config["L2_c"],
            self.config["max_iterations"],
        )
        with self._model_storage.write_to(self._resource) as folder:
            self.model.save(folder)
        return self._resource

    def _projection(self, examples: List[Message]) -> Projection:
        if not self.config["state_dimensions"] or examples[0].get(ENCODER) is None:
            return Projection.none()
        step = -(-len(examples) // PROJECTED_EXAMPLES)
        return Projection.fit(
            np.concatenate([_states(example) for example in examples[::step]]),
            self.config["state_dimensions"],
        )

    def _sentences(
        self, examples: List[Message], projection: Projection
    ) -> Iterator[Tuple[List[Features], List[Text]]]:
        for example in examples:
            yield _features(example, projection), labels_of(_spans(example), example.get(ENTITIES) or [])

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EntityTagger:
        """Loads a trained tagger (see parent class); one that had nothing to learn from finds nothing."""
        try:
            with model_storage.read_from(resource) as folder:
                return cls(config, model_storage, resource, EntityModel.load(folder))
        except ValueError:  # the storage holds nothing of ours
            return cls(config, model_storage, resource)

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds the entities found to those that each message has."""
        for message in messages:
            if self.model is None or not message.get(TEXT) or not _spans(message):
                continue
            labels, confidences = self.model.label(_features(message, self.model.projection))
            if any(label != OUTSIDE for label in labels):
                found = entities_of(message.get(TEXT), _spans(message), labels, confidences)
                known = message.get(ENTITIES) or []
                message.set(ENTITIES, [*known, *self.add_extractor_name(found)], add_to_output=True)
        return messages


def _features(message: Message, projection: Projection) -> List[Features]:
    spans = _spans(message)
    patterns = [
        [name for name, matched in (token.get("pattern") or {}).items() if matched]
        for token in message.get(TOKENS_NAMES[TEXT])
    ]
    names = word_features(readable(message.get(TEXT)), spans, patterns)
    states = projection.apply(_states(message)) if projection.dim else np.zeros((len(spans), 0))
    return with_states(names, states)


def _states(message: Message) -> np.ndarray:
    encoder = message.get(ENCODER)
    if encoder is None:
        raise InvalidConfigException(
            "EntityTagger was trained with the encoder's states of words and got a message without them: "
            "put components.encoder.SentenceEncoder before it in config.yml."
        )
    states: np.ndarray = encoder.token_states(message.get(TEXT), _spans(message))
    return states


def _spans(message: Message) -> List[Tuple[int, int]]:
    return [(token.start, token.end) for token in message.get(TOKENS_NAMES[TEXT]) or []]
