"""Finds personal data in a text: the one detector of what is masked and of what messages carry.

Numbers with a checksum are Presidio's, phone numbers Google's library's. Names and addresses are found by
rules (`person_names`, `street_addresses`): no language model runs.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Iterable, Iterator, List, NamedTuple, Sequence, Tuple

from components.person_names import find_names
from components.personal_patterns import FINDERS, find_phones

KINDS = (
    *("person", "email", "phone", "card", "iban", "address", "postcode", "ip", "url"),
    *("date_of_birth", "national_id", "driver_license"),
)
# What is told apart by its form alone, never from other words: safe to mask in what the assistant says, too.
BY_FORM = ("email", "phone", "card", "iban", "national_id")
# Names, streets and the like are looked for so far: a longer text is not what a customer has typed.
MAX_CHARACTERS = 20_000


class PersonalSpan(NamedTuple):
    """Where personal data of a kind stands; not sure: known from a list of names alone."""

    start: int
    end: int
    kind: str
    sure: bool = True


class PersonalData:
    """Finds personal data.

    Args:
        region: two letters; how phone numbers without a country code are read.
        kinds: those of `KINDS` to find.
        patterns: more kinds, name to regular expression (customer numbers).

    Example:
        >>> PersonalData().find("it's for Emma Hartley")
        [PersonalSpan(start=9, end=21, kind='person', sure=True)]
    """

    def __init__(
        self,
        region: str = "GB",
        kinds: Sequence[str] = KINDS,
        patterns: Iterable[Tuple[str, str]] = (),
    ) -> None:
        unknown = sorted(set(kinds) - set(KINDS))
        if unknown:
            raise ValueError(f"personal data: kinds {unknown} are unknown; there are {', '.join(KINDS)}.")
        self.region = region
        self.kinds = frozenset(kinds)
        self.patterns = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in patterns]

    def find(self, text: str) -> List[PersonalSpan]:
        """All spans in order, without overlaps: of two, the longer one."""
        return without_overlaps(list(self._candidates(text)))

    def _candidates(self, text: str) -> Iterator[PersonalSpan]:
        for kind, pattern in self.patterns:
            yield from (PersonalSpan(match.start(), match.end(), kind) for match in pattern.finditer(text))
        digits = sum(character.isdigit() for character in text)
        for kind, find, fewest in FINDERS:
            if kind in self.kinds and digits >= fewest:
                part = text if kind in BY_FORM else text[:MAX_CHARACTERS]
                yield from (PersonalSpan(start, end, kind) for start, end in find(part))
        if "phone" in self.kinds and digits >= 6:
            yield from (PersonalSpan(start, end, "phone") for start, end in find_phones(text, self.region))
        if "person" in self.kinds:
            for name in find_names(text[:MAX_CHARACTERS]):
                yield PersonalSpan(name.start, name.end, "person", name.sure)


def without_overlaps(spans: Sequence[PersonalSpan]) -> List[PersonalSpan]:
    """In order; where two overlap, the longer one."""
    kept: List[PersonalSpan] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        place = bisect_left(kept, span)
        before, behind = kept[place - 1 : place], kept[place : place + 1]
        if not any(span.start < other.end and other.start < span.end for other in (*before, *behind)):
            kept.insert(place, span)
    return kept
