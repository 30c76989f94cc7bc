"""Splits a message that holds more than one question, and decides which are worth answering."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from components.intent_model import Ranking

# A sentence ends at . ? ! or a line's end; "and also", "also," and "and" before a question word join two questions.
BOUNDARY = re.compile(
    r"(?<=[.?!])\s+|\n+|\s*;\s*|,?\s+(?:and|also|plus|btw|oh and)\s+"
    r"(?=(?:also|what|where|when|how|who|why|which|can|could|do|does|is|are|will|would|i(?:'d| want| need| would)|please)\b)",
    re.IGNORECASE,
)
MIN_WORDS = 2
MAX_SEGMENTS = 6


@dataclass(frozen=True)
class Segment:
    """One question of a message."""

    text: str
    intent: str
    confidence: float


def split_questions(text: str) -> List[str]:
    """The parts of a message that could be questions of their own; one part if it is a single one."""
    parts = [part.strip() for part in BOUNDARY.split(text) if part and len(part.split()) >= MIN_WORDS]
    return parts[:MAX_SEGMENTS] if len(parts) > 1 else [text]


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
    found: List[Segment] = []
    for text, ranking in zip(segments, rankings):
        segment = Segment(text, ranking.names[0], ranking.confidences[0])
        if (
            segment.confidence >= needed
            and segment.intent not in small_talk
            and segment.intent not in [s.intent for s in found]
        ):
            found.append(segment)
    return (found[0], found[1]) if len(found) >= 2 else None
