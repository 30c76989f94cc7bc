"""Mends misspelt words of a question where the knowledge has the word that was meant."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from llm.knowledge.words import STOPWORDS

_WORD = re.compile(r"[^\W\d_]+")
# Shorter ones have too many neighbours; long ones few, so any slip is mended there, and two in the longest.
_SHORTEST, _LONG, _LONGEST = 5, 8, 10


class Spelling:
    """The words of some texts, as what a misspelt word may have been meant as.

    Example:
        >>> Spelling(["You can return boots"], is_word=english.__contains__).mend("can i retrun boats")
        'can i return boats'

    Args:
        texts: what the knowledge says, and how customers ask it.
        is_word: whether a word in small letters is one of the language, in the knowledge or not.
    """

    def __init__(self, texts: Iterable[str], is_word: Callable[[str], bool]) -> None:
        self._is_word = is_word
        self._words = Counter(word for text in texts for word in _WORD.findall(text.lower()))
        self._by_letter: dict[str, list[str]] = {}
        # Of two words that are as near, the one that is said more often.
        for word in [*sorted(STOPWORDS), *(word for word, _ in self._words.most_common())]:
            if len(word) >= _SHORTEST - 1:
                self._by_letter.setdefault(word[0], []).append(word)

    def mend(self, question: str) -> str:
        """A question with words that nobody knows replaced by the nearest one that the knowledge has."""
        return _WORD.sub(lambda match: self._mended(match.group()), question)

    def _mended(self, word: str) -> str:
        low = word.lower()
        if len(low) < _SHORTEST or low in self._words or any(self._is_word(form) for form in _forms(low)):
            return word
        # Hardly anybody misspells the first letter.
        like = self._by_letter.get(low[0], ())
        slips = 1 + (len(low) >= _LONGEST)
        near = process.extract(low, like, scorer=OSA.distance, score_cutoff=slips, limit=5)
        return next((other for other, _, _ in near if len(low) >= _LONG or _is_slip(low, other)), word)


def _forms(word: str) -> Iterator[str]:
    """A word, and what it may be a form of: "drips" is none of "drops" if "drip" is a word."""
    yield word
    for ending in ("s", "d", "ed", "er", "ing", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST - 2:
            yield word[: -len(ending)]


def _is_slip(word: str, other: str) -> bool:
    """A letter too many or too few, or two that changed places; another letter makes another word."""
    return len(word) != len(other) or sorted(word) == sorted(other)
