"""The pipelines that `rapport bench entities` compares, built of Rasa's own graph components."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.featurizers.sparse_featurizer.lexical_syntactic_featurizer import LexicalSyntacticFeaturizer
from rasa.nlu.featurizers.sparse_featurizer.regex_featurizer import RegexFeaturizer
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_yaml_file

from bench.entity_data import Sentence
from components.encoder import SentenceEncoder
from components.entity_tagger import EntityTagger
from components.spacy_tagger import SpacyEntityTagger

Settings = dict[str, Any]
Step = tuple[type[Any], Settings]

# The words and character n-grams of Rasa's default pipeline.
_COUNTS: list[Step] = [
    (RegexFeaturizer, {}),
    (LexicalSyntacticFeaturizer, {}),
    (CountVectorsFeaturizer, {}),
    (CountVectorsFeaturizer, {"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}),
]
PIPELINES: dict[str, list[Step]] = {
    "rapport": [(WhitespaceTokenizer, {}), (SentenceEncoder, {}), (EntityTagger, {})],
    "spacy": [(WhitespaceTokenizer, {}), (SentenceEncoder, {}), (SpacyEntityTagger, {})],
    "crf": [(WhitespaceTokenizer, {}), (LexicalSyntacticFeaturizer, {}), (CRFEntityExtractor, {})],
    # 100 epochs, as in the pipeline that Rasa proposes; no intents, since spans come without.
    "diet": [
        (WhitespaceTokenizer, {}),
        *_COUNTS,
        (DIETClassifier, {"epochs": 100, "intent_classification": False}),
    ],
}


def project_settings(config: Path) -> dict[str, Settings]:
    """Settings of our own components in a project's config.yml, by the name of the class."""
    steps = read_yaml_file(config).get("pipeline") or [] if config.is_file() else []
    own = [step for step in steps if str(step.get("name")).startswith("components.")]
    return {step["name"].rpartition(".")[2]: {k: v for k, v in step.items() if k != "name"} for step in own}


class Pipeline:
    """A row of graph components, trained and then loaded as a server loads them.

    Args:
        name: one of PIPELINES.
        seed: for those components that leave something to chance.
        own: settings by the name of a component; they come before those here.
    """

    def __init__(self, name: str, seed: int, own: Mapping[str, Settings]) -> None:
        self.steps = [
            (kind, {**settings, **own.get(kind.__name__, {})}) for kind, settings in PIPELINES[name]
        ]
        self.seed = seed
        self.components: list[Any] = []
        self.train_seconds = 0.0

    def train(self, sentences: Sequence[Sentence]) -> None:
        """Trains each component on what those before it have added."""
        with tempfile.TemporaryDirectory() as folder:
            storage = LocalModelStorage.create(Path(folder))
            data = TrainingData([_message(sentence) for sentence in sentences])
            started = time.perf_counter()
            for number, (kind, settings) in enumerate(self.steps):
                data = self._train(kind, settings, f"{number}_{kind.__name__}", storage, data)
            self.train_seconds = time.perf_counter() - started

    def _train(
        self, kind: type[Any], settings: Settings, name: str, storage: LocalModelStorage, data: TrainingData
    ) -> TrainingData:
        config = {**kind.get_default_config(), **settings}
        if "random_seed" in config:
            config["random_seed"] = self.seed
        context = ExecutionContext(GraphSchema({}), node_name=name)
        given = (config, storage, Resource(name), context)
        component = kind.create(*given)
        if hasattr(component, "train"):
            component.train(data)
            component = kind.load(*given)
        if hasattr(component, "process_training_data"):
            data = component.process_training_data(data)
        self.components.append(component)
        return data

    def find(self, text: str) -> set[tuple[int, int, str]]:
        """The spans found in a text."""
        messages = [Message({TEXT: text})]
        for component in self.components:
            messages = component.process(messages)
        return {(e["start"], e["end"], e["entity"]) for e in messages[0].get(ENTITIES) or []}


def _message(sentence: Sentence) -> Message:
    entities = [
        {"start": start, "end": end, "value": sentence.text[start:end], "entity": entity}
        for start, end, entity in sentence.spans
    ]
    return Message({TEXT: sentence.text, INTENT: "said", ENTITIES: entities})
