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
        elsewhere: [n, views * dim] what `vectors` would be if no text were tunable; only with texts that are
            not.
    """

    texts: List[str]
    vectors: np.ndarray
    states: List[np.ndarray]
    views: int
    tunable: Optional[np.ndarray] = None
    elsewhere: Optional[np.ndarray] = None

    def take(self, places: np.ndarray) -> Seen:
        """Some of the texts."""
        states = list(self.states)
        if states:
            starts = range(0, len(states), len(self.texts))
            states = [states[start + place] for start in starts for place in places]
        tunable = None if self.tunable is None else self.tunable[places]
        elsewhere = None if self.elsewhere is None else self.elsewhere[places]
        texts = [self.texts[i] for i in places]
        return Seen(texts, self.vectors[places], states, self.views, tunable, elsewhere)

    def untuned(self) -> Seen:
        """The tunable texts as if they were in a language that the tuned model does not know."""
        assert self.elsewhere is not None
        none = np.zeros(len(self.texts), bool)
        other = Seen(self.texts, self.elsewhere, self.states, self.views, none)
        return other.take(np.flatnonzero(self.is_tunable))

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
    product, not which. `languages` says what each text is in, where that is known: of a joined encoder, only
    the models that know it are asked.
    """
    views = [list(texts)]
    if two_views:
        views.append([replace_entities(text, found) for text, found in zip(texts, entities)])
    vectors, states = encoder.encode_with_states([text for view in views for text in view])
    side_by_side = np.hstack(np.split(vectors, len(views))) / np.sqrt(len(views))
    plain = [spell_emoji(text) for text in texts]
    tunable = np.array([encoder.tunes(one) for one in languages or [None] * len(texts)], bool)
    if tunable.all():
        return Seen(plain, side_by_side, states, len(views))
    unread = next(one for one, is_tunable in zip(languages or (), tunable) if not is_tunable)
    kept = side_by_side * np.tile(encoder.columns(unread), len(views))
    elsewhere = kept / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-9)
    vectors = np.where(tunable[:, None], side_by_side, elsewhere)
    return Seen(plain, vectors, states, len(views), tunable, elsewhere)


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
        tuned = np.zeros((len(seen.texts), seen.views * seen.states[0].shape[1]), np.float32)
        if seen.is_tunable.any():
            known = seen if seen.tunable is None else seen.take(np.flatnonzero(seen.tunable))
            vectors = self.block.encode(known.states)
            tuned[seen.is_tunable] = np.hstack(np.split(vectors, seen.views)) / np.sqrt(seen.views)
        return tuned

    def __call__(self, seen: Seen, tuned: np.ndarray) -> np.ndarray:
        """All that the classifier sees: [n, dims] float32."""
        spelling = CHARACTERS_WEIGHT * self.characters(seen.texts)
        if tuned is seen.vectors:
            return np.hstack([seen.vectors, spelling]).astype(np.float32)
        half = np.sqrt(np.where(seen.is_tunable, 0.5, 1.0))[:, None]
        return np.hstack([half * seen.vectors, half * tuned, spelling]).astype(np.float32)
