"""Puts texts that ask the same into one group, so that one review serves all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learning.review.item import Encode
from learning.review.words import normalised

# Cosine from which two texts of one language ask the same (docs/learning.md tells how it was measured).
SAME = 0.92


@dataclass(frozen=True)
class Spoken:
    """A text and the two letters of its language."""

    text: str
    language: str = ""


def groups_of(texts: Sequence[Spoken], encode: Encode, same: float = SAME) -> list[int]:
    """For each text the place of the first one that asks the same: its own place, where it is the first.

    Every text is compared with the first ones alone: "a is like b, b is like c" makes no chain, so all of a
    group are like its first. Equal texts need no encoder.

    Args:
        texts: those that were grouped before should come first.
        encode: texts to unit vectors, [n_texts, dim].
        same: cosine from which two ask the same; above 1 only equal texts do.
    """
    first_equal: dict[Spoken, int] = {}
    leader = [
        first_equal.setdefault(Spoken(normalised(one.text), one.language), place)
        for place, one in enumerate(texts)
    ]
    different = [place for place, first in enumerate(leader) if place == first]
    if same > 1 or len(different) < 2:
        return leader
    joined: dict[int, int] = {}
    for language in dict.fromkeys(texts[place].language for place in different):
        theirs = [place for place in different if texts[place].language == language]
        joined |= _joined(theirs, np.asarray(encode([texts[place].text for place in theirs])), same)
    return [joined[first] for first in leader]


def _joined(places: Sequence[int], vectors: np.ndarray, same: float) -> dict[int, int]:
    """The first alike of each place; `vectors`: [n_places, dim]."""
    leaders = np.empty_like(vectors)
    names: list[int] = []
    found: dict[int, int] = {}
    for place, vector in zip(places, vectors, strict=True):
        likeness = leaders[: len(names)] @ vector
        best = int(likeness.argmax()) if len(names) else -1
        if best >= 0 and likeness[best] >= same:
            found[place] = names[best]
            continue
        leaders[len(names)] = vector
        names.append(place)
        found[place] = place
    return found
