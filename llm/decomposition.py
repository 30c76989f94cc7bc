"""Cuts a question that needs several articles into questions of their own.

"How do I book a boot fitting and what if the boots pinch later" is answered in two places, and neither
alone is like the whole. A cut is made only where something begins that asks; whether the parts are worth
being answered apart is for who looks them up to say.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from llm.knowledge.words import content_words

# A customer's message rarely asks more, and each part costs a search.
MAX_PARTS = 3
_WH = (
    "how|what|when|where|which|who|why|wie|was|wann|wo|wohin|woher|welche[nrsm]?|wer|warum|wieso|wozu|wieviel"
)
_AUXILIARY = (
    "is|are|was|were|do|does|did|can|could|will|would|should|may|must|has|have|am|what's|whats|how's|who's|isn't|don't|"
    "ist|sind|hat|haben|habt|habe|kann|können|könnt|darf|dürfen|muss|müssen|gibt|gibts|gibt's|wird|werden|bekomme|"
    "bekommt|bekommen|kriege|kriegt|nehmt|nimmt|macht|kostet|geht"
)
_PRONOUN = "i|we|you|he|she|it|they|ich|wir|du|ihr|er|sie|es"
_LEAD = (
    r"(?:(?:and|or|but|also|then|so|if not|if so|plus|"
    r"und|oder|aber|auch|dann|falls nicht|wenn nicht|wenn ja)\s+)*"
)
# "when do you open" asks, "when I come" does not.
_ASKING = rf"(?:how|wie|(?:{_AUXILIARY})|(?:{_WH})(?!\s+(?:{_PRONOUN})\b))\b"
_BOUNDARY = re.compile(
    rf"(?:[?!.;:,]+\s+|\s+(?=(?:and|or|but|also|plus|und|oder|aber)\s)|\s+[&+]\s+)(?={_LEAD}{_ASKING})",
    re.IGNORECASE,
)
_LEADING = re.compile(rf"^{_LEAD}", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|that|this|they|them|those|these|there|he|she|es|das|dort|dahin|die)\b", re.IGNORECASE
)
_ASKS = re.compile(rf"^{_LEAD}{_ASKING}|\?\s*$", re.IGNORECASE)


def sub_questions(question: str, rewrite: Callable[[str, Sequence[str]], str]) -> list[str]:
    """The questions that a message holds, each in words of its own.

    Example:
        >>> sub_questions("Can I return socks and how long does it take?", rewrite_follow_up)
        ['Can I return socks', 'How long does returning socks take?']

    Args:
        question: what the customer wrote, or what it was rewritten to.
        rewrite: makes a question stand on its own, given what was said before it.

    Returns:
        Two or three questions; only the given one if it holds no more.
    """
    pieces = _pieces(question)
    asking = [place for place, piece in enumerate(pieces) if _ASKS.search(piece)][:MAX_PARTS]
    if len(asking) < 2:
        return [question]
    alone = [_alone(pieces[place], pieces[:place], rewrite) for place in asking]
    parts = [part for part in dict.fromkeys(alone) if content_words(part)]
    return parts if len(parts) > 1 else [question]


def _alone(piece: str, before: Sequence[str], rewrite: Callable[[str, Sequence[str]], str]) -> str:
    """A piece that needs nothing from what stands before it."""
    piece = _LEADING.sub("", piece)
    rewritten = rewrite(piece, before)
    if rewritten != piece or not before or not _POINTS_BACK.search(piece):
        return rewritten
    return f"{piece} ({' '.join(content_words(before[0]))})"


def _pieces(question: str) -> list[str]:
    starts = [0, *(found.end() for found in _BOUNDARY.finditer(question)), len(question)]
    return [question[start:end].strip(" ,;:.") for start, end in pairwise(starts)]
