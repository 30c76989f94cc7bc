"""How likely two messages ask the same: the cosine of their vectors, corrected by what their words tell.

An encoder is nearly blind to the one word that turns a question into another ("how long", "how much"). Among
pairs that it finds equally alike, those that share nearly all their words are more often near-misses, those
that share few are paraphrases; a negation, a number or a question word on one side only says "another
question". The weights are fitted on pairs written for it (`bench/repeat_pairs.yml`, `rapport bench repeat
--fit`); no feature depends on a shop. In a language other than English some of them only stay at 0.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Dict, FrozenSet, List, Set, Tuple

import numpy as np

FILE = Path(__file__).with_name("pair_model.json")


def _words(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


WORD = re.compile(r"[\w']+")
NUMBER = re.compile(r"\d+")
# Words that, like digits, say which: two messages that name different ones ask different things.
VALUE_WORDS = _words("""
    two three four five six seven eight nine ten eleven twelve monday tuesday wednesday thursday
    friday saturday sunday january february march april june july august september october november
    december today tonight tomorrow yesterday
    """)
# Beyond this, two long messages are compared by their beginnings.
MAX_CHARACTERS = 500
QUESTION_WORDS = {"how": "how", "why": "why", "when": "when", "where": "where", "who": "who"}
QUESTION_WORDS.update(dict.fromkeys(("what", "what's", "whats", "which"), "what"))
VERB_FIRST = _words("""
    is are was were am do does did can could should would will has have may must isn't aren't don't
    doesn't didn't can't won't
    """)
NEGATIONS = _words("""
    not no never without nothing nobody none stop avoid cannot can't cant don't dont doesn't doesnt
    didn't didnt won't wont isn't isnt aren't wasn't wouldn't shouldn't couldn't haven't hasn't
    """)
LITTLE_WORDS = _words("""
    a an the this that these those my our your his her their it its i you we he she they me us him
    them some any there is are was were be been being am do does did doing have has had having will
    would can could shall should may might must to of in on at for from by with about as into than
    then so and or but if not no nor just please really very too also how what why when where who
    which whom whose ways way one ones best good get
    """)


@dataclass(frozen=True)
class Words:
    """What the features need of one text; `values` are its numbers, days and months, `asks` how it asks."""

    all: FrozenSet[str]
    content: FrozenSet[str]
    bigrams: FrozenSet[Tuple[str, str]]
    trigrams: FrozenSet[str]
    values: FrozenSet[str]
    length: int
    negated: bool
    asks: str


@dataclass(frozen=True)
class PairModel:
    """Logistic regression over `features`: what is subtracted, divided by, and each feature's weight."""

    mean: Tuple[float, ...]
    scale: Tuple[float, ...]
    weights: Tuple[float, ...]
    bias: float

    def probability(self, one: str, other: str, cosine: float) -> float:
        """0–1 that both texts ask the same, if a third of the pairs do."""
        values = (features(one, other, cosine) - self.mean) / self.scale
        return float(1 / (1 + np.exp(-(values @ self.weights + self.bias))))


@lru_cache(maxsize=1)
def shipped_model() -> PairModel:
    """The model fitted on the pairs of the project."""
    values = json.loads(FILE.read_text(encoding="utf-8"))
    mean, scale, weights = (
        tuple(float(part[key]) for part in values["features"].values()) for key in ("mean", "scale", "weight")
    )
    return PairModel(mean, scale, weights, float(values["bias"]))


def named_features(one: str, other: str, cosine: float) -> Dict[str, float]:
    """The features of a pair by name; shares are 0–1, flags 0 or 1, symmetric in the two texts."""
    ours, theirs = words_of(one), words_of(other)
    unmatched = ours.content ^ theirs.content
    both_ask = "" not in (ours.asks, theirs.asks)
    return {
        "cosine": cosine,
        "shared_content": _jaccard(ours.content, theirs.content),
        "shared_words": _jaccard(ours.all, theirs.all),
        "shared_trigrams": _jaccard(ours.trigrams, theirs.trigrams),
        "shared_bigrams": _jaccard(ours.bigrams, theirs.bigrams),
        "length_ratio": abs(float(np.log((ours.length + 1) / (theirs.length + 1)))),
        "other_values": float(bool(ours.values and theirs.values) and ours.values != theirs.values),
        "value_on_one_side": float(bool(ours.values) != bool(theirs.values)),
        "negated_on_one_side": float(ours.negated != theirs.negated),
        "other_question_word": float(both_ask and ours.asks != theirs.asks),
        "why_on_one_side": float((ours.asks == "why") != (theirs.asks == "why")),
        "verb_first_on_one_side": float((ours.asks == "verb") != (theirs.asks == "verb")),
        "unmatched_words": float(np.log1p(len(unmatched))),
        "only_one_says_more": float(ours.content < theirs.content or theirs.content < ours.content),
    }


def features(one: str, other: str, cosine: float) -> np.ndarray:
    """The features of a pair: [n_features]."""
    return np.array(list(named_features(one, other, cosine).values()))


@lru_cache(maxsize=512)
def words_of(text: str) -> Words:
    """What the features need of a text; a conversation's earlier questions are looked at again and again."""
    lower = text[:MAX_CHARACTERS].lower().replace("’", "'")
    words: List[str] = WORD.findall(lower)
    spaced = f" {' '.join(words)} "
    asks = [QUESTION_WORDS[word] for word in words if word in QUESTION_WORDS]
    return Words(
        all=frozenset(words),
        content=frozenset(words) - LITTLE_WORDS,
        bigrams=frozenset(pairwise(words)),
        trigrams=frozenset(spaced[place : place + 3] for place in range(len(spaced) - 2)),
        values=frozenset(NUMBER.findall(lower))
        | {word for word in map(_singular, words) if word in VALUE_WORDS},
        length=len(words),
        negated=not NEGATIONS.isdisjoint(words),
        asks=asks[0] if asks else "verb" if words and words[0] in VERB_FIRST else "",
    )


def _singular(word: str) -> str:
    """ "sundays" → "sunday"."""
    return word[:-1] if word.endswith("days") else word


def _jaccard(ours: FrozenSet, theirs: FrozenSet) -> float:
    union: Set = set(ours | theirs)
    return len(ours & theirs) / len(union) if union else 1.0
