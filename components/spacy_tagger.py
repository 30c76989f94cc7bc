"""Rasa's view of the spaCy pipeline: an entity extractor trained on the designer's examples."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text, Type

import numpy as np
import structlog
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import ENCODER
from components.entity_labels import kind_fields, kind_name
from components.graph import Trained
from components.spacy_model import Ent, SpacyModel, Words

logger = structlog.get_logger(__name__)

MODEL, STATES = "spacy.bin", "states.txt"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SpacyEntityTagger(EntityExtractorMixin, Trained):
    """A blank spaCy pipeline with a trained entity recogniser, roles and groups included.

    EntityTagger found more in less time wherever both were measured (docs/understanding.md); take this one to
    go on with spaCy's own tools, or both: EntityMerger keeps the best of their spans.

    Example (config.yml):
        - name: components.encoder.SentenceEncoder
        - name: components.spacy_tagger.SpacyEntityTagger
          epochs: 15
    """

    # For `known_extractors`.
    learns_entities = True

    @classmethod
    def required_components(cls) -> List[Type]:
        """Needs words."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`epochs`: rounds over all examples; `random_seed`: makes training repeatable."""
        return {"epochs": 15, "random_seed": 42}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[SpacyModel] = None,
    ) -> None:
        self.config = config
        self.model = model
        self._model_storage = model_storage
        self._resource = resource

    def train(self, training_data: TrainingData) -> Resource:
        """Trains on all examples that have words."""
        if not training_data.entity_examples:
            logger.warning("spacy_tagger.not_trained", hint="annotate entities in data/nlu and train again")
            return self._resource
        self.check_correct_entity_annotations(training_data)
        examples = [e for e in self.filter_trainable_entities(training_data.nlu_examples) if _tokens(e)]
        sentences = [(_words(example), _annotated(example)) for example in examples]
        self.model = SpacyModel.fit(sentences, self.config["epochs"], self.config["random_seed"])
        with self._model_storage.write_to(self._resource) as folder:
            (folder / MODEL).write_bytes(self.model.to_bytes())
            (folder / STATES).write_text(str(sentences[0][0][1].shape[1]))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SpacyEntityTagger:
        """Loads a trained tagger (see parent class); one that had nothing to learn from finds nothing."""
        try:
            with model_storage.read_from(resource) as folder:
                states = int((folder / STATES).read_text())
                model = SpacyModel.from_bytes((folder / MODEL).read_bytes(), states)
        except ValueError:  # the storage holds nothing of ours
            return cls(config, model_storage, resource)
        return cls(config, model_storage, resource, model)

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds the entities found to those that each message has."""
        for message in messages:
            if self.model is None or not message.get(TEXT) or not _tokens(message):
                continue
            found = [_entity(message, one) for one in self.model.find(_words(message))]
            if found:
                known = message.get(ENTITIES) or []
                message.set(ENTITIES, [*known, *self.add_extractor_name(found)], add_to_output=True)
        return messages


def _tokens(message: Message) -> List[Any]:
    return message.get(TOKENS_NAMES[TEXT]) or []


def _words(message: Message) -> Words:
    tokens, encoder = _tokens(message), message.get(ENCODER)
    if encoder is None:
        return [token.text for token in tokens], np.zeros((len(tokens), 0), dtype=np.float32)
    spans = [(token.start, token.end) for token in tokens]
    return [token.text for token in tokens], encoder.token_states(message.get(TEXT), spans)


def _annotated(message: Message) -> List[Ent]:
    """An example's entities as spans of words; where two overlap, the first."""
    spans: List[Ent] = []
    for entity in message.get(ENTITIES) or []:
        inside = [
            i
            for i, token in enumerate(_tokens(message))
            if token.start < entity["end"] and token.end > entity["start"]
        ]
        if inside and all(inside[0] >= end or inside[-1] < start for start, end, _ in spans):
            spans.append((inside[0], inside[-1] + 1, kind_name(entity)))
    return spans


def _entity(message: Message, found: Ent) -> Dict[Text, Any]:
    first, last, name = found
    start, end = _tokens(message)[first].start, _tokens(message)[last - 1].end
    return {**kind_fields(name), "start": start, "end": end, "value": message.get(TEXT)[start:end]}
