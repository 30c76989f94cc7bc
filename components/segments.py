"""Splits a message that holds more than one question, and decides which are worth answering."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from components.intent_model import Ranking

# A sentence ends at . ? ! or a line's end; "and also", "also," and "and" before a question word join two
# questions.
BOUNDARY = re.compile(
    r"(?<=[.?!])\s+|\n+|\s*;\s*|,?\s+(?:and|also|plus|btw|oh and)\s+"
    r"(?=(?:also|what|where|when|how|who|why|which|can|could|do|does|is|are|will|would|please"
    r"|i(?:'d| want| need| would))\b)",
    re.IGNORECASE,
)
MIN_WORDS = 2
MAX_SEGMENTS = 6


@dataclass(frozen=True)
class Segment:
    """One question of a message."""

    text: str
    ranking: Ranking

    @property
    def intent(self) -> str:
        """Its most likely intent."""
        return self.ranking.names[0]

    @property
    def confidence(self) -> float:
        """The probability that this is right."""
        return self.ranking.confidences[0]


def split_questions(text: str) -> List[Tuple[int, int]]:
    """Where the parts of a message that could be questions of their own begin and end; none if it has one."""
    borders = [0, *(place for found in BOUNDARY.finditer(text) for place in found.span()), len(text)]
    parts = [_stripped(text, start, end) for start, end in zip(borders[::2], borders[1::2])]
    parts = [(start, end) for start, end in parts if len(text[start:end].split()) >= MIN_WORDS]
    return parts[:MAX_SEGMENTS] if len(parts) > 1 else []


def _stripped(text: str, start: int, end: int) -> Tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


def two_questions(
    segments: Sequence[str], rankings: Sequence[Ranking], needed: float, small_talk: Sequence[str]
) -> Optional[Tuple[Segment, Segment]]:
    """The first two parts that are surely different questions, or None.

    Args:
        segments: parts of one message.
        rankings: what the intent head says about each.
        needed: the confidence from which a part counts.
        small_talk: intents that do not count ("hi", "thanks").
    """
    found: Dict[str, Segment] = {}
    for text, ranking in zip(segments, rankings):
        segment = Segment(text, ranking)
        if segment.confidence >= needed and segment.intent not in small_talk:
            found.setdefault(segment.intent, segment)
    first_two = list(found.values())[:2]
    return (first_two[0], first_two[1]) if len(first_two) == 2 else None
