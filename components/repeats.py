"""Whether a customer asks again what was asked before: by meaning, by spelling, and never across different
things.

Precision comes first: "you asked that already", said wrongly, annoys more than a repeat that goes unnoticed.
So two messages that name different things (order numbers, sizes, any digits) are never the same question,
however alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Callable, FrozenSet, List, Optional, Sequence, Tuple

import numpy as np
from rapidfuzz import fuzz, utils

NUMBER = re.compile(r"\d+")
WORD = re.compile(r"[\w']+")
# Words whose exchange leaves a question what it was.
LITTLE_WORDS = frozenset(
    {
        *(
            "a",
            "an",
            "the",
            "this",
            "that",
            "these",
            "those",
            "my",
            "our",
            "your",
            "it",
            "some",
            "any",
            "i",
            "we",
        ),
        *(
            "is",
            "are",
            "was",
            "will",
            "would",
            "can",
            "could",
            "do",
            "does",
            "did",
            "to",
            "for",
            "of",
            "at",
            "in",
        ),
        *(
            "please",
            "pls",
            "now",
            "just",
            "then",
            "so",
            "and",
            "but",
            "again",
            "still",
            "really",
            "hi",
            "hello",
        ),
    }
)
# Two words this alike (0–1) are one word and its typo.
TYPO = 0.7
# Comparing letter by letter takes the product of two lengths; what two long messages ask, their beginnings
# tell.
MAX_CHARACTERS = 500


@dataclass(frozen=True)
class Question:
    """Something a customer asked: what it means comes from `intent`, what it is about from `entities`."""

    text: str
    intent: Optional[str]
    entities: FrozenSet[Tuple[str, str]]
    tier: int = 1


@dataclass(frozen=True)
class Repeat:
    """A question asked again. `tier` counts how often it has been asked, this time included: 2, 3, …"""

    tier: int
    similarity: float
    spelling: float
    question: str
    intent: Optional[str]


@dataclass(frozen=True)
class Likeness:
    """How alike two messages must be: cosine of their vectors (0–1), or rapidfuzz's ratio (0–1)."""

    meaning: float = 0.88
    meaning_same_intent: float = 0.79
    spelling: float = 0.92


def find_repeat(
    current: Question,
    earlier: Sequence[Question],
    encode: Callable[[List[str]], np.ndarray],
    likeness: Likeness,
) -> Optional[Repeat]:
    """Finds the earlier question that the current one repeats.

    Args:
        current: the question at hand.
        earlier: the questions of this conversation before it, oldest first.
        encode: texts to [n, dim] unit vectors.
        likeness: the thresholds.

    Returns:
        The most alike earlier question with the tier of this repetition, or None.
    """
    candidates = [question for question in earlier if not _about_different_things(current, question)]
    if not candidates:
        return None
    vectors = encode([current.text, *(question.text for question in candidates)])
    matches = []
    for question, similarity in zip(candidates, (vectors[1:] @ vectors[0]).tolist()):
        spelling = spelling_likeness(current.text, question.text)
        if _alike(current, question, similarity, spelling, likeness):
            matches.append(Repeat(question.tier + 1, similarity, spelling, question.text, question.intent))
    if not matches:
        return None
    closest = max(matches, key=lambda match: max(match.similarity, match.spelling))
    return replace(closest, tier=max(match.tier for match in matches))


def spelling_likeness(one: str, other: str) -> float:
    """0–1: how alike two texts are letter by letter, whatever their case and punctuation."""
    texts = one[:MAX_CHARACTERS], other[:MAX_CHARACTERS]
    return fuzz.ratio(*texts, processor=utils.default_process) / 100


def _alike(one: Question, other: Question, similarity: float, spelling: float, likeness: Likeness) -> bool:
    """Same letters, or same meaning and nothing new: what says more than before narrows the question down."""
    if spelling >= likeness.spelling:
        return True
    same_intent = one.intent is not None and one.intent == other.intent
    needed = likeness.meaning_same_intent if same_intent else likeness.meaning
    return similarity >= needed and not _says_more(one, other)


def _says_more(current: Question, earlier: Question) -> bool:
    """True if the current question names something of a kind that the earlier one did not name."""
    new_kinds = {name for name, _ in current.entities} - {name for name, _ in earlier.entities}
    return bool(new_kinds or (NUMBER.search(current.text) and not NUMBER.search(earlier.text)))


def _about_different_things(one: Question, other: Question) -> bool:
    """True if they name different values of an entity, other numbers, or differ in one word that matters."""
    for entity in {name for name, _ in one.entities} & {name for name, _ in other.entities}:
        ours = {value for name, value in one.entities if name == entity}
        theirs = {value for name, value in other.entities if name == entity}
        if not ours & theirs:
            return True
    ours, theirs = set(NUMBER.findall(one.text)), set(NUMBER.findall(other.text))
    return bool(ours and theirs and ours != theirs) or _one_word_exchanged(one.text, other.text)


def _one_word_exchanged(one: str, other: str) -> bool:
    """As in "do you repair tents" and "do you sell tents": nearly the same to an encoder only."""
    ours, theirs = (WORD.findall(text[:MAX_CHARACTERS].lower()) for text in (one, other))
    if len(ours) != len(theirs) or len(ours) < 3:
        return False
    exchanged = [pair for pair in zip(ours, theirs) if pair[0] != pair[1]]
    if len(exchanged) != 1 or LITTLE_WORDS.issuperset(exchanged[0]):
        return False
    return fuzz.ratio(*exchanged[0]) / 100 < TYPO
