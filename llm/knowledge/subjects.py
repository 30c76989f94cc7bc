"""What a dialogue is about: the products, places, people that articles are about and that somebody has named.

An article says what it is about with `product` in its front matter; a title that several documents share
(snippets of one hotel, say) is the name of what they are about, too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.words import STOPWORDS, stem, tokenize

# A name counts as said when its rarest word is there, and with it this share of its words by rarity: "the
# Alexander" for "Alexander Bed and Breakfast".
_ENOUGH = 0.3
# What was named before something else was counts half as much, and half again.
_FADING = 0.5
_REMEMBERED = 12


class Subjects:
    """Names of what chunks are about.

    Args:
        chunks: in the order of all results.
    """

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._rows = {name: np.array(rows) for name, rows in _rows_by_name(chunks).items()}
        self._n_chunks = len(chunks)
        of_subjects = np.unique(np.concatenate([*self._rows.values(), np.zeros(0, int)]))
        # Share of the chunks that are about something with a name, 0-1.
        self.share = len(of_subjects) / max(1, len(chunks))
        self._words = {name: list(dict.fromkeys(_words(name))) for name in self._rows}
        holding = Counter(word for words in self._words.values() for word in words)
        self._rarity = {word: float(np.log(1 + len(self._words) / n)) for word, n in holding.items()}
        self._by_rarest: dict[str, list[str]] = {}
        for name, words in self._words.items():
            self._by_rarest.setdefault(max(words, key=lambda word: self._rarity[word]), []).append(name)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def named_in(self, text: str) -> set[str]:
        """The names that a text holds, whole or by their telling part."""
        said = _words(text)
        found = set()
        for word in set(said) & self._by_rarest.keys():
            found |= {name for name in self._by_rarest[word] if self._is_named(name, word, said)}
        return found

    def strengths(self, turns: Sequence[str]) -> np.ndarray:
        """How much a dialogue is about what each chunk is about.

        Args:
            turns: what was said by both sides, oldest first; the last one is the question.

        Returns:
            float [n_chunks]: 1 for what was named last, less for what was named before, 0 for the rest. What
            the question itself names leaves nothing to what was named before.
        """
        strengths = np.zeros(self._n_chunks)
        strength = 1.0
        for place, turn in enumerate(reversed(turns[-_REMEMBERED:])):
            names = self.named_in(turn)
            for name in names:
                rows = self._rows[name]
                strengths[rows] = np.maximum(strengths[rows], strength)
            if names and place == 0:
                break
            strength *= _FADING if names else 1.0
        return strengths

    def _is_named(self, name: str, rarest: str, said: Sequence[str]) -> bool:
        words = self._words[name]
        if rarest in _EVERYDAY:  # "Ask Restaurant": only the whole name tells it from what anybody says
            return " ".join(words) in " ".join(said)
        shared = sum(self._rarity[word] for word in words if word in said)
        return shared >= _ENOUGH * sum(self._rarity[word] for word in words)


_EVERYDAY = frozenset(stem(word) for word in STOPWORDS)


def _rows_by_name(chunks: Iterable[Chunk]) -> Mapping[str, list[int]]:
    documents: dict[str, set[str]] = {}
    rows: dict[str, list[int]] = {}
    products: set[str] = set()
    for row, chunk in enumerate(chunks):
        products.update(chunk.products)
        for name in dict.fromkeys((chunk.title, *chunk.products)):
            documents.setdefault(name, set()).add(chunk.document)
            rows.setdefault(name, []).append(row)
    return {
        name: of_name
        for name, of_name in rows.items()
        if (name in products or len(documents[name]) > 1) and re.search(r"\w", name)
    }


def _words(text: str) -> list[str]:
    return [stem(word) for word in tokenize(text)]
