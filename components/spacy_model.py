"""A blank spaCy pipeline that is trained to find entities: no model is downloaded.

Its words are Rasa's. The usual hashed features of a word (Honnibal's `MultiHashEmbed`) stand beside the
sentence encoder's states of it, which travel as `doc.tensor`; convolutions over neighbours and spaCy's
transition-based parser come after.
"""

from __future__ import annotations

import random
from typing import Any, Callable, Iterable, List, Optional, Sequence, Tuple

import numpy as np
import spacy
from spacy.language import Language
from spacy.ml.models.tok2vec import MaxoutWindowEncoder, MultiHashEmbed
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Maxout, Model, chain, concatenate, fix_random_seed, with_array

ARCHITECTURE = "rapport.StatesTok2Vec.v1"
# Width of the hashed features, of all that follows, and rows of their tables.
HASHED, WIDTH, ROWS = 64, 96, [2000, 500, 1000, 500]

# A sentence: its words, the characters that follow each being a space, the encoder's states [n_words, width].
Words = Tuple[Sequence[str], np.ndarray]
Ent = Tuple[int, int, str]


@spacy.registry.architectures(ARCHITECTURE)
def states_tok2vec(states: int) -> Model:
    """Hashed features and states of words, mixed with those of their neighbours.

    Args:
        states: width of the encoder's states; 0 for none.
    """
    attributes = ["NORM", "PREFIX", "SUFFIX", "SHAPE"]
    hashed = MultiHashEmbed(width=HASHED, attrs=attributes, rows=ROWS, include_static_vectors=False)
    layer = hashed
    if states:
        layer = concatenate(hashed, chain(_read_states(states), _mix(states)))
    mixed: Model = chain(layer, _mix(HASHED + (WIDTH if states else 0)))
    whole: Model = chain(mixed, MaxoutWindowEncoder(width=WIDTH, window_size=1, maxout_pieces=2, depth=2))
    whole.set_dim("nO", WIDTH)
    return whole


def _mix(width: int) -> Model:
    return with_array(Maxout(nO=WIDTH, nI=width, nP=2, normalize=True, dropout=0.0))


def _read_states(width: int) -> Model:
    """Takes them as they are: the encoder is not trained."""

    def forward(
        model: Model, docs: List[Doc], is_train: bool
    ) -> Tuple[List[np.ndarray], Callable[[Any], Any]]:
        return [np.asarray(doc.tensor, dtype=np.float32) for doc in docs], lambda gradient: []

    return Model("encoder_states", forward, dims={"nO": width})


class SpacyModel:
    """Finds spans of words."""

    def __init__(self, pipeline: Language) -> None:
        self.pipeline = pipeline

    @classmethod
    def fit(
        cls, sentences: Sequence[Tuple[Words, Sequence[Ent]]], epochs: int, seed: int, batch: int = 16
    ) -> SpacyModel:
        """Trains on all sentences, `epochs` times, in an order that the seed decides.

        Args:
            sentences: words and the entities in them: first word, one past the last, label.
            epochs: rounds over all sentences.
            seed: of order, starting weights and dropout.
            batch: sentences for one step.
        """
        fix_random_seed(seed)
        width = sentences[0][0][1].shape[1]
        model = cls(_blank(width))
        recognizer = model.pipeline.get_pipe("ner")
        for label in sorted({label for _, entities in sentences for _, _, label in entities}):
            recognizer.add_label(label)  # type: ignore[attr-defined]
        examples = [model._example(words, entities) for words, entities in sentences]
        optimizer = model.pipeline.initialize(lambda: examples)
        optimizer.learn_rate = 0.002
        order = random.Random(seed)
        for _ in range(epochs):
            order.shuffle(examples)
            for start in range(0, len(examples), batch):
                model.pipeline.update(examples[start : start + batch], sgd=optimizer, drop=0.25)
        return model

    def find(self, words: Words) -> List[Ent]:
        """The entities of a sentence: first word, one past the last, label."""
        if not len(words[0]):
            return []
        doc = self.pipeline.get_pipe("ner")(self._doc(words))  # type: ignore[operator]
        return [(entity.start, entity.end, entity.label_) for entity in doc.ents]

    def _doc(self, words: Words) -> Doc:
        doc = Doc(self.pipeline.vocab, words=list(words[0]))
        doc.tensor = words[1]
        return doc

    def _example(self, words: Words, entities: Iterable[Ent]) -> Example:
        wanted = Doc(self.pipeline.vocab, words=list(words[0]))
        wanted.set_ents([Span(wanted, start, end, label=label) for start, end, label in entities])
        return Example(self._doc(words), wanted)

    def to_bytes(self) -> bytes:
        """All that was learned."""
        content: bytes = self.pipeline.to_bytes()
        return content

    @classmethod
    def from_bytes(cls, content: bytes, states: int) -> SpacyModel:
        """What `to_bytes` gave, for states of the same width."""
        return cls(_blank(states).from_bytes(content))


def _blank(states: Optional[int]) -> Language:
    pipeline = spacy.blank("xx")
    model = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": {"@architectures": ARCHITECTURE, "states": states},
    }
    pipeline.add_pipe("ner", config={"model": model})
    return pipeline
