"""Which of the configured languages a message is in, and whether it is in one that nobody here speaks.

Two witnesses are heard. Lingua knows what the letters of 75 languages look like, but a word or two tell it
little ("hallo" looks English to it). The designer's own examples know the words that customers use, but few
of them. Their log-odds are added up; what stays uncertain leaves the conversation's language as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from lingua import IsoCode639_1, Language, LanguageDetectorBuilder
from lingua import LanguageDetector as Lingua

# Neither says anything about the language: addresses, links, and whatever holds a digit.
NOT_WORDS = re.compile(r"\S*(?:@|://|www\.)\S*|\S*\d\S*")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# One word's share in the examples moves the odds by no more than a factor of e to this.
MOST_PER_WORD = 3.0
# So many words are needed for their letters to count in full: one alone looks like anything.
FULL_LETTERS = 3
# What no example of a language holds counts as so much of one, shared out by the languages' sizes.
UNSEEN = 0.25
# Beyond these the letters are no more certain, only more numerous.
MOST_BY_LETTERS = 6.0
# Longer messages are in the language of their beginning.
MAX_CHARACTERS = 400
# Lingua can tell these apart from each other and from English and German; with all 75 it takes every typo for
# Maori and a gigabyte of memory.
NOTICED = ("fr", "es", "it", "pt", "nl", "pl", "tr", "sv", "da", "cs", "ro", "hu")


class UnknownLanguage(Exception):
    """A language code that Lingua does not know."""


@dataclass(frozen=True)
class Thresholds:
    """When something is believed; probabilities and shares 0–1.

    `sure`: so probable must a language be to change the conversation's. `foreign`: so improbable must all
    configured ones be together, `known`: so few words may the examples hold, and `foreign_words`: so many
    words must there be, for a message to count as being in another one.

    `words`: fewer say nothing against the conversation's language. `in_form`: the same while a form asks, for
    names and addresses look like any language.
    """

    sure: float = 0.8
    words: int = 2
    in_form: int = 4
    foreign: float = 0.08
    known: float = 0.34
    foreign_words: int = 4


@dataclass(frozen=True)
class Finding:
    """`language`: what the conversation is in, None while that is open; `foreign`: the code of a language (or
    the name of a script) that is not configured, where the message is in one.
    """

    language: Optional[str]
    foreign: Optional[str] = None


def languages_of(codes: Iterable[str]) -> Dict[str, Language]:
    """Lingua's languages by their codes (ISO 639-1).

    Raises:
        UnknownLanguage: with the code.
    """
    found: Dict[str, Language] = {}
    for code in codes:
        try:
            found[code] = Language.from_iso_code_639_1(IsoCode639_1.from_str(code.upper()))
        except (ValueError, AttributeError) as error:
            raise UnknownLanguage(code) from error
    return found


class Vocabulary:
    """How many of the designer's examples of each language hold a word.

    Args:
        counts: word to number of examples, by language.
        totals: number of examples by language.
    """

    def __init__(self, counts: Mapping[str, Mapping[str, int]], totals: Mapping[str, int]) -> None:
        self.counts = counts
        self.totals = totals

    @classmethod
    def fit(cls, examples: Sequence[Tuple[str, str]]) -> Vocabulary:
        """Counts words.

        Args:
            examples: pairs of text and language code.
        """
        counts: Dict[str, Counter[str]] = {}
        for text, code in examples:
            counts.setdefault(code, Counter()).update(set(words_of(text)))
        return cls(counts, Counter(code for _, code in examples))

    def odds(self, words: Iterable[str], codes: Sequence[str]) -> np.ndarray:
        """Log-odds of each language: [n_codes]. A word that no example holds says nothing."""
        total = np.zeros(len(codes))
        sizes = np.array([self.totals.get(code, 0) for code in codes], dtype=float)
        if not sizes.all():
            return total
        for word in words:
            seen = np.array([self.counts[code].get(word, 0) for code in codes], dtype=float)
            if seen.sum():
                share = np.log((seen + UNSEEN * sizes / sizes.sum()) / (sizes + UNSEEN))
                total += np.clip(share - share.mean(), -MOST_PER_WORD, MOST_PER_WORD)
        return total

    def known(self, words: Sequence[str]) -> float:
        """Share of words (0–1) that examples hold."""
        return sum(any(word in held for held in self.counts.values()) for word in words) / max(len(words), 1)


class LanguageModel:
    """Tells languages apart.

    Args:
        codes: the configured languages, the default one first.
        noticed: further ones that are recognised, to say that nobody speaks them.
        vocabulary: the words of the designer's examples.
        thresholds: how sure to be.

    Raises:
        UnknownLanguage: a code means nothing.
    """

    def __init__(
        self, codes: Sequence[str], noticed: Sequence[str], vocabulary: Vocabulary, thresholds: Thresholds
    ) -> None:
        self.codes = list(codes)
        self.languages = languages_of(codes)
        self.foreign = languages_of(code for code in noticed if code not in codes)
        self.vocabulary = vocabulary
        self.thresholds = thresholds

    @cached_property
    def _own(self) -> Lingua:
        return LanguageDetectorBuilder.from_languages(*self.languages.values()).build()

    @cached_property
    def _wide(self) -> Lingua:
        """Only wanted for a message without a known word, so its tables are only read then."""
        every = [*self.languages.values(), *self.foreign.values()]
        return LanguageDetectorBuilder.from_languages(*every).build()

    def detect(self, text: str, current: str, in_form: bool = False) -> Finding:
        """What language to speak after a message.

        Args:
            text: the message, without the names of things.
            current: the conversation's language so far, "" at its beginning.
            in_form: a form is asking.
        """
        words = words_of(text)
        foreign = self._foreign(text, words)
        if foreign is not None:
            return Finding(current or None, foreign)
        needed = self.thresholds.in_form if in_form else self.thresholds.words if current else 1
        if len(words) < needed:
            return Finding(current or None)
        probabilities = self.probabilities(words)
        best = int(probabilities.argmax())
        sure = probabilities[best] >= self.thresholds.sure
        return Finding(self.codes[best] if sure else current or None)

    def probabilities(self, words: Sequence[str]) -> np.ndarray:
        """How probable each configured language is: [n_codes], sums to 1."""
        by_letters = self._log_letters(self._own, list(self.languages.values()), " ".join(words))
        odds = by_letters * min(1.0, len(words) / FULL_LETTERS) + self.vocabulary.odds(words, self.codes)
        shares = np.exp(odds - odds.max())
        result: np.ndarray = shares / shares.sum()
        return result

    def _log_letters(self, lingua: Lingua, languages: List[Language], text: str) -> np.ndarray:
        values = {one.language: one.value for one in lingua.compute_language_confidence_values(text)}
        logs = np.log(np.array([values.get(language, 0.0) for language in languages]) + 1e-9)
        clipped: np.ndarray = np.clip(logs - logs.max(), -MOST_BY_LETTERS, 0.0)
        return clipped

    def _foreign(self, text: str, words: Sequence[str]) -> Optional[str]:
        script = _other_script(text, self._scripts)
        if script is not None:
            return script
        limits = self.thresholds
        if not self.foreign or len(words) < limits.foreign_words:
            return None
        if self.vocabulary.known(words) > limits.known:
            return None
        values = self._wide.compute_language_confidence_values(" ".join(words))
        own = sum(one.value for one in values if one.language in self.languages.values())
        if own > limits.foreign:
            return None
        return values[0].language.iso_code_639_1.name.lower()

    @cached_property
    def _scripts(self) -> FrozenSet[str]:
        """Of what the examples are written in; Latin always, for names are."""
        letters = {letter for held in self.vocabulary.counts.values() for word in held for letter in word}
        return frozenset({"LATIN", *map(_script, letters)})


def words_of(text: str) -> List[str]:
    """Words in lower case, without addresses, links and numbers; of a long text those of its beginning."""
    return [word.casefold() for word in WORD.findall(NOT_WORDS.sub(" ", text[:MAX_CHARACTERS]))]


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0].split("-")[0]


def _other_script(text: str, own: FrozenSet[str]) -> Optional[str]:
    """The script of most letters in lower case, where it is none of ours."""
    letters = [letter for letter in text[:MAX_CHARACTERS] if letter.isalpha()]
    scripts = Counter(_script(letter) for letter in letters)
    script, count = scripts.most_common(1)[0] if scripts else ("", 0)
    if not script or script in own or count < 2 or 2 * count < len(letters):
        return None
    return script.lower()
