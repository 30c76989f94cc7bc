"""Rasa's view of the sentence encoder: a dense featurizer that adds one vector to each message."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import get_text_hash

import llm.encoder
from components.emoji import spell_emoji
from llm.encoder_files import knows_language
from llm.last_block import Block, block_knows, read_block

# The key under which a message carries the encoder that encoded it; later components compare texts with the
# same one.
ENCODER = "encoder"


class MessageEncoder:
    """Encodes what customers write: as the encoder does, with emoji spelled out and shouting quietened.

    Args:
        encoder: turns texts into vectors.
        precision: the one it was built with.
    """

    def __init__(self, encoder: llm.encoder.WordEncoder, precision: Text = "fp32") -> None:
        self.encoder = encoder
        # The models that stand side by side in it; of one, itself.
        self.parts: Sequence[llm.encoder.WordEncoder] = getattr(encoder, "encoders", [encoder])
        self.is_quantised = precision == "int8"
        self.name = f"{encoder.name} {precision}"

    def encode(self, texts: Sequence[Text]) -> np.ndarray:
        """Encodes texts: [n_texts, dim], each row of length 1."""
        return self.encoder.encode([_plain(text) for text in texts])

    def compare(self, texts: Sequence[Text]) -> np.ndarray:
        """Encodes texts with the first of joined models: what counts as alike was measured with one model.

        Returns:
            [n_texts, dim of that model], each row of length 1.
        """
        vectors: np.ndarray = self.parts[0].encode([_plain(text) for text in texts])
        return vectors

    def encode_with_states(self, texts: Sequence[Text]) -> Tuple[np.ndarray, List[np.ndarray]]:
        """Vectors, and what enters the encoder's last block: [n_tokens, dim] a text, if it has one."""
        return self.encoder.encode_with_states([_plain(text) for text in texts])

    def token_states(self, text: Text, spans: Sequence[Tuple[int, int]]) -> np.ndarray:
        """What the encoder knows of words in a text, emoji as they stand: [n_spans, width]."""
        return self.encoder.token_states(text, spans)

    def last_block(self) -> Optional[Block]:
        """That block as it was published, to be tuned."""
        return read_block(self.encoder.name)

    def tunes(self, language: Optional[Text]) -> bool:
        """Whether texts in a language (None: nobody knows) gain from tuning that block.

        They do not where its model lacks the language and one beside it has it.
        """
        return len(self.parts) == 1 or language is None or block_knows(self.encoder.name, language)

    def columns(self, language: Optional[Text]) -> np.ndarray:
        """[dim] which dimensions of a vector come from models that know a language; all if none does."""
        known = [language is None or knows_language(part.name, language) for part in self.parts]
        return np.repeat(known if any(known) else [True] * len(known), [part.dim for part in self.parts])

    def fingerprint(self) -> Text:
        """By this, Rasa's cache tells what a message carries; by an address, it would always train anew."""
        return str(get_text_hash(self.name))


def _plain(text: Text) -> Text:
    """Emoji in words, shouting in small letters: capitals are other tokens to a multilingual encoder."""
    return spell_emoji(text.lower() if text.isupper() else text)


@lru_cache(maxsize=4)
def shared_encoder(model: Text, cache_dir: Text, precision: Text) -> MessageEncoder:
    """The process's one copy of an encoder: loading a new Rasa model does not load the weights again."""
    return MessageEncoder(llm.encoder.load_encoder(model, Path(cache_dir), precision=precision), precision)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds the sentence vector of each message to its dense features.

    Example (config.yml):
        - name: components.encoder.SentenceEncoder
          model: all-MiniLM-L6-v2
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`model`: its name or folder; `cache_dir`: where the built encoder is kept; `precision`: `int8` or
        `fp32`.

        In 8 bits a message takes a third of the time; on the demo's data the intents come out the same (80.2%
        against 80.0% held out). Answers are looked up with an encoder of their own.
        """
        return {
            **DenseFeaturizer.get_default_config(),
            "model": llm.encoder.DEFAULT_MODEL,
            "cache_dir": "var/encoder",
            "precision": "int8",
        }

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        super().__init__(name, config)
        self.encoder = shared_encoder(config["model"], config["cache_dir"], config["precision"])

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Creates the component (see parent class)."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Loading the encoder checks its settings, with better words."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Encodes incoming messages."""
        self._add_vectors([message for message in messages if message.get(TEXT)])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encodes the training examples, in batches."""
        self._add_vectors([message for message in training_data.training_examples if message.get(TEXT)])
        return training_data

    def _add_vectors(self, messages: List[Message]) -> None:
        vectors = self.encoder.encode([message.get(TEXT) for message in messages])
        for message, vector in zip(messages, vectors):
            message.set(ENCODER, self.encoder)
            message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
