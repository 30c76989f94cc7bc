"""What the intent head sees of a text: sentence vectors of two views of it, as published and as tuned to the
intents at hand, and its spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from components.characters import Characters
from components.emoji import spell_emoji
from components.encoder import MessageEncoder
from components.spans import replace_entities
from llm.last_block import BlockEncoder

# How much spelling counts beside meaning.
CHARACTERS_WEIGHT = 0.6


@dataclass(frozen=True)
class Seen:
    """What is known of n texts before anything is learned.

    Args:
        texts: as they were written, emoji spelled out.
        vectors: [n, views * dim] published sentence vectors of the views side by side, unit length.
        states: [views * n] what enters the encoder's last block for each, view by view; empty where the
            encoder has no such block.
        views: how many there are of each text.
        tunable: [n] whether the model with that block knows the text's language; without, all do.
    """

    texts: List[str]
    vectors: np.ndarray
    states: List[np.ndarray]
    views: int
    tunable: Optional[np.ndarray] = None

    def take(self, places: np.ndarray) -> Seen:
        """Some of the texts."""
        states = list(self.states)
        if states:
            starts = range(0, len(states), len(self.texts))
            states = [states[start + place] for start in starts for place in places]
        tunable = None if self.tunable is None else self.tunable[places]
        return Seen([self.texts[i] for i in places], self.vectors[places], states, self.views, tunable)

    @property
    def is_tunable(self) -> np.ndarray:
        """[n] which texts the tuned block may speak of."""
        return np.ones(len(self.texts), bool) if self.tunable is None else self.tunable


def see(
    texts: Sequence[str],
    entities: Sequence[List[Dict[str, Any]]],
    encoder: MessageEncoder,
    two_views: bool,
    languages: Optional[Sequence[Optional[str]]] = None,
) -> Seen:
    """Encodes texts as they were written and, with `two_views`, with every entity replaced by its kind.

    To "where is 1001" and "where are my Catbells", what matters is often that there is an order number or a
    product, not which. `languages` says what each text is in, where that is known.
    """
    views = [list(texts)]
    if two_views:
        views.append([replace_entities(text, found) for text, found in zip(texts, entities)])
    vectors, states = encoder.encode_with_states([text for view in views for text in view])
    side_by_side = np.hstack(np.split(vectors, len(views))) / np.sqrt(len(views))
    tunable = None if languages is None else np.array([encoder.tunes(one) for one in languages], bool)
    return Seen([spell_emoji(text) for text in texts], side_by_side, states, len(views), tunable)


def spoken_name(intent: str) -> str:
    """An intent's name as words ("faq/ask_deliveryCost" → "faq ask delivery cost"): it says what is meant."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", intent)
    return " ".join(re.split(r"[\W_]+", apart)).strip().lower() or intent


class Features:
    """Turns what is seen of texts into what the classifier learns from.

    Args:
        characters: what the spelling adds.
        block: the encoder's last block, tuned; `None` where there is none.
    """

    def __init__(self, characters: Characters, block: Optional[BlockEncoder]) -> None:
        self.characters = characters
        self.block = block

    def tuned(self, seen: Seen) -> np.ndarray:
        """Tuned vectors of the views side by side, unit length; the published ones without a tuned block.

        Texts whose language the tuned model does not know get zeros: it would only guess.
        """
        if self.block is None or not seen.states:
            return seen.vectors
        places = np.flatnonzero(seen.is_tunable)
        tuned = np.zeros((len(seen.texts), seen.views * seen.states[0].shape[1]), np.float32)
        if len(places):
            vectors = self.block.encode(seen.take(places).states)
            tuned[places] = np.hstack(np.split(vectors, seen.views)) / np.sqrt(seen.views)
        return tuned

    def __call__(self, seen: Seen, tuned: np.ndarray) -> np.ndarray:
        """All that the classifier sees: [n, dims] float32."""
        spelling = CHARACTERS_WEIGHT * self.characters(seen.texts)
        if tuned is seen.vectors:
            return np.hstack([seen.vectors, spelling]).astype(np.float32)
        half = np.sqrt(np.where(seen.is_tunable, 0.5, 1.0))[:, None]
        return np.hstack([half * seen.vectors, half * tuned, spelling]).astype(np.float32)
