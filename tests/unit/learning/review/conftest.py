"""Turns and flags without a tracker store, and an encoder that counts words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from learning.review.propose import Helpers
from learning.review.voting import votes_on_turns
from learning.signals import PRIORITIES, Flag
from learning.store import LearningStore
from learning.turn import Turn

NOW = 1_000.0
INTENTS = ("track_order", "ask_shipping_cost", "cancel_order", "out_of_scope")
EXAMPLES = (
    ("where is my parcel", "track_order"),
    ("track my order", "track_order"),
    ("how much is delivery", "ask_shipping_cost"),
    ("cancel my order", "cancel_order"),
)

Add = Callable[..., Turn]


def encode(texts: Sequence[str]) -> np.ndarray:
    """Bags of words, of length 1: [n_texts, 64]."""
    found = np.zeros((len(texts), 64), np.float32)
    for row, text in zip(found, texts, strict=True):
        for word in re.findall(r"\w+", text.casefold()):
            row[crc32(word.encode()) % 64] += 1
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def helpers() -> Helpers:
    return Helpers(encode, votes_on_turns(encode, EXAMPLES))


@pytest.fixture
def add(store: LearningStore) -> Add:
    """Puts a turn with flags into the store: `add("where is it", "low_confidence", by="ann")`."""
    count = 0

    def put(text: str, *signals: str, by: str = "", **fields: Any) -> Turn:
        nonlocal count
        count += 1
        values: dict[str, Any] = {
            "intent": "track_order",
            "confidence": 0.5,
            "ranking": (("track_order", 0.5), ("cancel_order", 0.2)),
            "language": "en",
            "model": "model-1",
            "at": float(count),
        }
        turn = Turn(
            id=f"turn{count:03}",
            conversation=by or f"c{count:03}",
            number=count,
            text=text,
            **values | fields,
        )
        flags = [
            Flag(turn.id, name, f"because {name}", PRIORITIES[name], turn.conversation) for name in signals
        ]
        with store.writing() as connection:
            store.put_turns([turn], connection)
            known = [flag for flag in store.flags() if flag.conversation == turn.conversation]
            store.replace_flags([turn.conversation], [*known, *flags], connection)
        return turn

    return put
