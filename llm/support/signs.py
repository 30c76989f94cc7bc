"""The words of a text by what they do in a claim: content, negation, sweeping words, opposites."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from llm.knowledge.words import STOPWORDS, stem
from llm.support.quantities import Quantity, is_number_word, quantities

_WORD = re.compile(r"[^\W\d_]+(?:[_'][^\W\d_]+)*|[;,:.!?–]|\d+(?:[.,:]\d+)*\w*")
_LONGEST_CONDITION, _LONGEST_PHRASE = 6, 2
_NAME = re.compile(r"(?<=[^\s.!?:;] )[\"'(]*([A-Z][\w&-]*[a-z]\w*|[A-Z]{2,}\w*)")


@dataclass(frozen=True)
class Signs:
    """What a text says, in the parts that a claim can be wrong in.

    Attributes:
        words: stems that carry meaning, light ones left out; `light` are those.
        numbers: quantities.
        negations: how many words turn the claim round.
        negated: stems that stand right behind one of them, or behind "without"; `affirmed` those that do not.
        sweeping: words as "always", "free".
        small: all words, as written in small letters.
        digits: numbers as written.
        opposites: words of which only one of a group can be meant, as (group, word).
        names: stems of words in capitals within a sentence.
        condition: stems and numbers of what stands behind "if", "over", "within", …; empty without one.
        is_only: the condition is one that nothing goes without ("only with …").
        subject: the first stem that carries meaning.
        points_back: a pronoun stands for something that was named before.
    """

    words: frozenset[str]
    light: frozenset[str]
    numbers: tuple[Quantity, ...]
    negations: int
    negated: frozenset[str]
    affirmed: frozenset[str]
    sweeping: frozenset[str]
    small: frozenset[str]
    digits: frozenset[str]
    opposites: frozenset[tuple[int, str]]
    names: frozenset[str]
    condition: frozenset[str]
    is_only: bool
    subject: str
    points_back: bool


class _Words:
    """`words.yml`, ready to look up."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.phrases = [(re.compile(pattern), with_) for pattern, with_ in raw["phrases"]]
        self.negations = frozenset(raw["negations"])
        self.lacking = frozenset(raw["lacking"])
        self.sweeping = frozenset(raw["sweeping"])
        self.sweeping_same = {word: frozenset(same) for word, same in raw["sweeping_same"].items()}
        self.directions = {word: frozenset(same) for word, same in raw["directions"].items()}
        self.groups: dict[str, list[int]] = {}
        for place, group in enumerate(raw["opposites"]):
            for word in group:
                self.groups.setdefault(word, []).append(place)
        self.conditions = frozenset(raw["conditions"])
        self.clauses = frozenset(raw["condition_clauses"])
        self.light = frozenset(stem(word) for word in raw["light"])
        self.pronouns = frozenset(raw["pronouns"])
        self.german = frozenset(raw["german"])
        self.function = frozenset(raw["function"]) | STOPWORDS
        self.function |= self.negations | self.lacking | self.conditions


@lru_cache(maxsize=1)
def known_words() -> _Words:
    """The word lists; read with the first sentence."""
    return _Words(yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8")))


def plain(text: str) -> str:
    """A text in small letters, phrases that mean one thing as one word."""
    low = text.lower().replace("’", "'")
    for pattern, with_ in known_words().phrases:
        low = pattern.sub(with_, low)
    return low


@lru_cache(maxsize=4_000)
def read(text: str) -> Signs:
    """The signs of a text."""
    known = known_words()
    low = plain(text)
    words = [word for word in _WORD.findall(low) if word[0].isalpha()]
    content = [_stem(word) for word in words if _carries(word, known)]
    turned = _turned(words, known)
    heavy = [word for word in content if word not in known.light]
    names = [] if known.german & set(words) else _NAME.findall(text)
    return Signs(
        words=frozenset(heavy),
        light=frozenset(word for word in content if word in known.light),
        numbers=tuple(quantities(low)),
        negations=sum(word in known.negations for word in words),
        negated=frozenset(_stem(words[place]) for place in turned),
        affirmed=frozenset(
            _stem(word) for place, word in enumerate(words) if place not in turned and _carries(word, known)
        ),
        sweeping=frozenset(word for word in words if word in known.sweeping),
        small=frozenset(words),
        digits=frozenset(word for word in _WORD.findall(low) if word[0].isdigit()),
        opposites=frozenset((group, word) for word in words for group in known.groups.get(word, ())),
        names=frozenset(_stem(name.lower()) for name in names),
        condition=_condition(low, known),
        is_only=bool({"only", "nur"} & set(words)),
        subject=heavy[0] if heavy else "",
        points_back=bool(known.pronouns & set(words)),
    )


def _turned(words: list[str], known: _Words) -> set[int]:
    """Places of the words that a negation before them turns round."""
    turning = [place for place, word in enumerate(words) if word in known.negations or word in known.lacking]
    behind = ([i for i in range(p + 1, min(p + 4, len(words))) if _carries(words[i], known)] for p in turning)
    return {places[0] for places in behind if places}


def _carries(word: str, known: _Words) -> bool:
    return word not in known.function and len(word) > 1 and not is_number_word(word)


def _stem(word: str) -> str:
    return stem(word.removesuffix("'s").replace("'", ""))


def _condition(low: str, known: _Words) -> frozenset[str]:
    """Content words and digits behind the first word that begins a condition, up to the next comma."""
    words = _WORD.findall(low)
    start = next((place for place, word in enumerate(words) if word in known.conditions), None)
    if start is None:
        return frozenset()
    ends = (place for place in range(start, len(words)) if words[place] in (",", ";", "."))
    behind = words[start + 1 : next(ends, len(words))]
    said = [word for word in behind if word[0].isdigit() or (word[0].isalpha() and _carries(word, known))]
    # What stands behind a preposition is short, and no comma ends it.
    said = said[: _LONGEST_CONDITION if words[start] in known.clauses else _LONGEST_PHRASE]
    return frozenset(word if word[0].isdigit() else _stem(word) for word in said)
