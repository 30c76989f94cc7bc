"""What two models make differently of the same messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learning.stories.failure import LOST
from learning.turn import Turn

# What may have become of a message, the worst first.
NO_LONGER, NEWLY, OTHERWISE, ASKED = "falls back now", "understood now", "taken otherwise", "asked or done"
KINDS = (NO_LONGER, OTHERWISE, ASKED, NEWLY)


@dataclass(frozen=True)
class Read:
    """What a model makes of a message: intent, confidence (0–1), band, and the intent that is acted on."""

    intent: str
    confidence: float
    band: str
    routed: str

    @property
    def fell_back(self) -> bool:
        """Whether it is not understood."""
        return self.band == "fallback" or self.routed in LOST


@dataclass(frozen=True)
class Change:
    """A message that goes another way, and in how many of the turns it was written."""

    text: str
    turns: int
    before: Read
    after: Read

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        if self.before.fell_back != self.after.fell_back:
            return NEWLY if self.before.fell_back else NO_LONGER
        return OTHERWISE if self.before.intent != self.after.intent else ASKED


def changes(counts: Mapping[str, int], before: Sequence[Read], after: Sequence[Read]) -> list[Change]:
    """The messages that go another way: the worst first, then those of the most turns.

    Args:
        counts: messages, and how many turns each is of.
        before, after: what the models make of them, in the same order.
    """
    found = [
        Change(text, count, old, new)
        for (text, count), old, new in zip(counts.items(), before, after, strict=True)
        if (old.routed, old.band) != (new.routed, new.band) and not (old.fell_back and new.fell_back)
    ]
    return sorted(found, key=lambda change: (KINDS.index(change.kind), -change.turns, change.text))


def by_intent(found: Iterable[Change]) -> list[tuple[str, int, int]]:
    """Intents with how many turns they lose and gain, those with the most first."""
    lost, gained = Counter[str](), Counter[str]()
    for change in found:
        if change.before.routed != change.after.routed:
            lost[change.before.routed] += change.turns
            gained[change.after.routed] += change.turns
    names = sorted({*lost, *gained}, key=lambda name: (-lost[name] - gained[name], name))
    return [(name, lost[name], gained[name]) for name in names]


def is_readable(turn: Turn) -> bool:
    """Whether a message means the same outside of its conversation; a form's answer and a button do not."""
    return bool(turn.text.strip()) and not (turn.is_button or turn.is_answer_to_form or turn.repeat_tier > 1)


def reworded(
    before: Mapping[str, Sequence[Mapping[str, Any]]], after: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, tuple[list[str], list[str]]]:
    """Responses that read otherwise, or are gone or new: their texts before and after."""
    found = {}
    for name in sorted({*before, *after}):
        old, new = before.get(name) or [], after.get(name) or []
        if list(old) != list(new):
            found[name] = ([_text(one) for one in old], [_text(one) for one in new])
    return found


def turns_with(responses: Collection[str], some: Iterable[Turn]) -> Counter[str]:
    """How many turns each of these responses was said in."""
    return Counter(name for turn in some for name in set(turn.responses) if name in responses)


def _text(variation: Mapping[str, Any]) -> str:
    return str(variation.get("text") or "")
