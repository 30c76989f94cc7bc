"""What went wrong in a turn, so that it can be told whether it still does."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from learning.errors import LearningError
from learning.stories.shrinking import smallest
from learning.turn import Turn

# Takes a customer's messages; gives the turns that come of them.
Try = Callable[[list[str]], list[Turn]]
# Routed intents that say that nothing was understood: which reading came first does not matter then.
LOST = frozenset({"nlu_fallback", "out_of_scope"})
# Where a message is cut: what surrounds a wish can be left out of it.
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


class NotShown(LearningError):
    """The conversation does not go wrong any more."""


@dataclass(frozen=True)
class Failure:
    """How a turn ended.

    Attributes:
        routed: the intent that was acted on.
        intent: what was understood; empty where that does not matter.
        said: responses, in order.
    """

    routed: str
    intent: str
    said: tuple[str, ...]

    def __str__(self) -> str:
        said = f", says {', '.join(self.said)}" if self.said else ""
        return f"taken for {self.intent or self.routed}{said}"


def failure_of(turn: Turn) -> Failure:
    """What a turn shows; two turns go wrong in the same way where it is equal."""
    return Failure(turn.routed, "" if turn.routed in LOST else turn.intent, turn.responses)


@dataclass(frozen=True)
class Smallest:
    """The shortest messages after which the last turn still goes wrong, and how many runs that took."""

    texts: tuple[str, ...]
    turn: Turn
    runs: int


def shrink(texts: Sequence[str], failure: Failure | None, attempt: Try) -> Smallest:
    """Leaves out messages, and sentences of the last one, while the last turn goes wrong in the same way.

    Args:
        texts: the customer's messages up to the turn that went wrong.
        failure: how it did; None takes what happens now.
        attempt: has the conversation with the assistant.

    Raises:
        NotShown: with all messages it ends otherwise now.
    """
    runs = 0

    def ends(some: list[str]) -> Failure | None:
        nonlocal runs
        runs += 1
        turns = attempt(some)
        return failure_of(turns[-1]) if turns else None

    now = ends(list(texts))
    wanted = failure or now
    if now is None or now != wanted:
        raise NotShown(
            f"This conversation no longer ends like that: then it was {wanted}, now it is "
            f"{now or 'silent'}. There is nothing to test, or read it once more: it may be wrong otherwise."
        )
    before = smallest(list(texts[:-1]), lambda some: ends([*some, texts[-1]]) == wanted)
    sentences = [one for one in _SENTENCE.split(texts[-1]) if one.strip()]
    last = smallest(sentences, lambda some: bool(some) and ends([*before, " ".join(some)]) == wanted)
    found = [*before, " ".join(last)]
    return Smallest(tuple(found), attempt(found)[-1], runs)
