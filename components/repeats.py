"""Whether a customer asks again what was asked before: by meaning, by spelling, and never across different
things.

Precision comes first: "you asked that already", said wrongly, annoys more than a repeat that goes unnoticed.
So two messages that name different things (order numbers, sizes, any digits) are never the same question,
however alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, FrozenSet, List, Optional, Sequence, Tuple

import numpy as np
from rapidfuzz import fuzz, utils
from rapidfuzz.distance import OSA

from components.pair_model import MAX_CHARACTERS, WORD, shipped_model, words_of

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
# Texts less alike than this (cosine) never ask the same; most of a conversation is left at that.
LEAST_COSINE = 0.4
# What turns a word into its opposite.
OPPOSITE = ("un", "dis", "in", "im", "non")


@dataclass(frozen=True)
class Question:
    """Something a customer asked: what it means comes from `intent`, what it is about from `entities`."""

    text: str
    intent: Optional[str]
    entities: FrozenSet[Tuple[str, str]]
    tier: int = 1


@dataclass(frozen=True)
class Repeat:
    """A question asked again. `tier` counts how often it has been asked, this time included: 2, 3, …

    `similarity` is the probability (0–1) that both ask the same, `spelling` how alike their letters are.
    """

    tier: int
    similarity: float
    spelling: float
    question: str
    intent: Optional[str]


@dataclass(frozen=True)
class Likeness:
    """How sure it must be, 0–1: probability (see `pair_model`) by what the intents say, or rapidfuzz's ratio.

    `meaning_single_question` is for intents that hold one question only (`single_question_intents`).
    """

    meaning: float = 0.9
    meaning_same_intent: float = 0.7
    meaning_single_question: float = 0.2
    spelling: float = 0.92
    single_question_intents: FrozenSet[str] = frozenset()

    def needed(self, one: Optional[str], other: Optional[str]) -> float:
        """The probability that two messages with these intents must reach."""
        if one is None or one != other:
            return self.meaning
        return (
            self.meaning_single_question if one in self.single_question_intents else self.meaning_same_intent
        )


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
    for question, cosine in zip(candidates, (vectors[1:] @ vectors[0]).tolist()):
        spelling = spelling_likeness(current.text, question.text)
        similarity = same_question(current.text, question.text, cosine)
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


def same_question(one: str, other: str, cosine: float) -> float:
    """0–1: how likely two texts ask the same, from their words and the cosine of their vectors."""
    return shipped_model().probability(one, other, cosine) if cosine >= LEAST_COSINE else 0.0


def _alike(one: Question, other: Question, similarity: float, spelling: float, likeness: Likeness) -> bool:
    """Same letters, or same meaning and nothing new: what says more than before narrows the question down."""
    if spelling >= likeness.spelling:
        return True
    return similarity >= likeness.needed(one.intent, other.intent) and not _says_more(one, other)


def _says_more(current: Question, earlier: Question) -> bool:
    """True if the current question names something of a kind that the earlier one did not name."""
    new_kinds = {name for name, _ in current.entities} - {name for name, _ in earlier.entities}
    return bool(new_kinds or (words_of(current.text).values and not words_of(earlier.text).values))


def _about_different_things(one: Question, other: Question) -> bool:
    """True if they name different values of an entity, other numbers or days, or differ in one word that
    matters."""
    for entity in {name for name, _ in one.entities} & {name for name, _ in other.entities}:
        ours = {value for name, value in one.entities if name == entity}
        theirs = {value for name, value in other.entities if name == entity}
        if not ours & theirs:
            return True
    here, there = words_of(one.text).values, words_of(other.text).values
    if here and there and here != there:
        return True
    return _opposites(one.text, other.text) or _one_word_exchanged(one.text, other.text)


def _opposites(one: str, other: str) -> bool:
    """As in "subscribe" and "unsubscribe": one typo for the spelling, the contrary in meaning."""
    ours, theirs = words_of(one).all, words_of(other).all
    return any(
        prefix + word in there and prefix + word not in here
        for here, there in ((ours, theirs), (theirs, ours))
        for word in here - there
        for prefix in OPPOSITE
    )


def _one_word_exchanged(one: str, other: str) -> bool:
    """As in "do you repair tents" and "do you sell tents": nearly the same to an encoder only."""
    ours, theirs = (WORD.findall(text[:MAX_CHARACTERS].lower()) for text in (one, other))
    if len(ours) != len(theirs) or len(ours) < 3:
        return False
    exchanged = [pair for pair in zip(ours, theirs) if pair[0] != pair[1]]
    if len(exchanged) != 1 or LITTLE_WORDS.issuperset(exchanged[0]):
        return False
    shorter, longer = sorted(exchanged[0], key=len)
    # One slip in a word, two in a long one, are a typo.
    return OSA.distance(shorter, longer) > (1 if len(longer) < 8 else 2)
