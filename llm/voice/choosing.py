"""Which phrase of a list is said: those nearest to the style take turns, the same ones on a replay."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from llm.voice.style import Style
from llm.voice.wording import Phrase

# A phrase may be so much further (squared distance) from the style than the nearest one, and so many times:
# where nothing is near, what is about as far will do.
_ALSO_NEAR, _RELATIVELY = 0.5, 1.5
# At most so many take turns.
_TAKE_TURNS = 4
# A joke must be asked for.
_HUMOUR = "humour"
_LEAST_HUMOUR = 0.3


@dataclass(frozen=True)
class Turns:
    """Whose turn it is: a conversation's id, and how many messages the customer has written in it."""

    conversation: str = ""
    number: int = 0


def choose(phrases: Sequence[Phrase], style: Style, turns: Turns, purpose: str) -> str:
    """One of the phrases that fit the style best.

    Args:
        phrases: at least one.
        style: what is wanted.
        turns: decides among equally good ones: another one each turn, another first one each conversation.
        purpose: name of the list.
    """
    serious = [one for one in phrases if one.positions.get(_HUMOUR, 0.0) < _LEAST_HUMOUR]
    # A list of jokes alone is no reason to tell one: then the nearest must do.
    allowed = phrases if style[_HUMOUR] >= _LEAST_HUMOUR else serious or phrases
    # What no phrase of the list has a colour in cannot tell them apart.
    names = sorted({name for phrase in allowed for name in phrase.positions})
    ranked = sorted(allowed, key=lambda phrase: distance(phrase, style, names))
    limit = round(distance(ranked[0], style, names) * _RELATIVELY + _ALSO_NEAR, 6)
    near = [phrase for phrase in ranked[:_TAKE_TURNS] if distance(phrase, style, names) <= limit]
    return near[(_start(turns.conversation, purpose) + turns.number) % len(near)].say


def distance(phrase: Phrase, style: Style, names: Collection[str]) -> float:
    """How far a phrase is from a style: squared differences of the positions on some dimensions.

    Rounded, so that two that are equally far are so on every machine.
    """
    return round(sum((phrase.positions.get(name, 0.0) - style[name]) ** 2 for name in names), 6)


def _start(conversation: str, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{purpose}\0{conversation}".encode()).digest()[:4], "big")
