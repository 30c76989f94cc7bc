"""Which learned examples most likely broke something: those like the message that is read otherwise now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# What is less like the message than this has hardly moved it: of the demo's own examples, over 97 of 100 of
# other intents are less alike (97 of 100 are below 0.31).
NEAR = 0.35
# So many examples are suspected of one thing that broke.
MOST = 3


@dataclass(frozen=True)
class Broken:
    """Something that went well with the stable model and does not with a candidate.

    Attributes:
        what: its name, for people.
        text: the message that is read otherwise.
        was, now: the intent that is held for likeliest, before and now. They are the same where only the
            confidence has changed.
        figure: of the gate, in which it counts.
    """

    what: str
    text: str
    was: str
    now: str
    figure: str = ""


@dataclass(frozen=True)
class Suspect:
    """A learned example that most likely broke something: its place, and how like the message it is (0–1)."""

    place: int
    similarity: float


def suspects(
    broken: Broken, similarities: np.ndarray, intents: Sequence[str], most: int = MOST, near: float = NEAR
) -> list[Suspect]:
    """The learned examples that most likely broke something, the likeliest first.

    Where the message is taken for another intent now, they are those of that intent. Where the same intent is
    only less sure, they are those of any other one.

    Args:
        broken: what broke.
        similarities: [n] of the learned examples to its message.
        intents: of the learned examples.
        most: at most so many.
        near: less alike ones are not suspected.
    """
    moved = broken.now != broken.was
    eligible = [
        Suspect(place, float(similarities[place]))
        for place, intent in enumerate(intents)
        if similarities[place] >= near and (intent == broken.now if moved else intent != broken.was)
    ]
    return sorted(eligible, key=lambda one: -one.similarity)[:most]
