"""Questions that only name another thing: "and 1002?", "what about the jacket?", "the same for Ireland"."""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from components.phrases import Words, alternatives, phrase_pattern, spoken
from components.spans import placed

MAX_WORDS = 9


class ContinuationFinder:
    """Tells whether a message goes on with the question before.

    Args:
        words: of the languages spoken (see `components/phrases/en.yml`).
    """

    def __init__(self, words: Words) -> None:
        self._lead = phrase_pattern(words.get("continues", []), before=r"^\W*")
        too = alternatives(words.get("too", [])) or "(?!)"
        self._too = re.compile(rf"(?<!\w)(?:{too})\W*$", re.IGNORECASE)
        self._empty = frozenset(word for phrase in words.get("empty", []) for word in phrase.split())
        self._corrects = phrase_pattern(words.get("corrects", []))

    def continues(self, text: str, entities: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a message says nothing but that the same is asked about other things.

        Args:
            text: the message.
            entities: those it names or points at, with their places.
        """
        named = sorted(placed([dict(one) for one in entities]), key=lambda one: -int(one["start"]))
        if not named or len(text.split()) > MAX_WORDS or self._corrects.search(text):
            return False
        lead, too = self._lead.search(text), self._too.search(text)
        if not lead and not too:
            return False
        end = too.start() if too else len(text)
        rest = text[:end]
        for entity in named:
            rest = rest[: entity["start"]] + " " + rest[entity["end"] :]
        rest = self._lead.sub(" ", rest, count=1)
        return all(word in self._empty for word in spoken(rest))
