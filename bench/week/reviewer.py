"""A simulated reviewer: knows what customers of the week wanted, and is wrong now and then."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.week.customers import Want


@dataclass
class Reviewer:
    """Answers as a person would who reads the messages.

    Args:
        wants: all that customers may want.
        wrong: share of the labels that are wrong on purpose (0–1).
        seed: of which ones.

    Attributes:
        reviews: how many times it was asked.
        mistakes: texts that got a wrong label, with that label.
    """

    wants: Sequence[Want]
    wrong: float = 0.05
    seed: int = 0
    reviews: int = 0
    mistakes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._labels = 0
        self._of = {plain(text): want for want in self.wants for text in want.week}

    def label(self, text: str) -> str | None:
        """The intent of a message; None if it is none of the week's wants, such as "hello"."""
        want = self._of.get(plain(text))
        self.reviews += 1
        if want is None:
            return None
        self._labels += 1
        if int(self._labels * self.wrong) == int((self._labels - 1) * self.wrong):
            return want.intent
        others = [other.intent for other in self.wants if other.intent != want.intent]
        self.mistakes[text] = self._rng.choice(others)
        return self.mistakes[text]

    def means(self, text: str, want: Want) -> bool:
        """Whether a message is one of those that want this."""
        return self._of.get(plain(text)) is want

    def new_intent(self, examples: Sequence[str]) -> Want | None:
        """The want that most of a cluster's messages share, if the assistant lacks it."""
        self.reviews += 1
        found = Counter(want.intent for text in examples if (want := self._of.get(plain(text))))
        if not found:
            return None
        name, count = found.most_common(1)[0]
        want = next(one for one in self.wants if one.intent == name)
        return want if want.is_new and count * 2 > len(examples) else None


def plain(text: str) -> str:
    """A text without case and spacing."""
    return " ".join(text.lower().split())
