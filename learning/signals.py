"""Why a turn is worth a person's look, and how urgent that is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from learning.turn import DOWN, Turn

# 10 is looked at first. In the order of active learning: what customers and colleagues object to, what
# the model was unsure of, what matters most, what keeps coming back, what may do harm, and a sample of
# the rest.
PRIORITIES = {
    "correction": 10,
    "thumbs_down": 10,
    "meant_otherwise": 9,
    "low_confidence": 8,
    "fallback": 8,
    "valuable": 7,
    "third_repeat": 6,
    "handover": 6,
    "abandoned_form": 5,
    "negative": 4,
    "denied": 3,
    "safety": 3,
    "random": 1,
}
PHRASES = Path(__file__).with_name("phrases.yml")


@dataclass(frozen=True)
class SignalSettings:
    """From where on something counts.

    Attributes:
        low_confidence: below it a message was not understood well (0–1).
        negative: below it a customer is angry (-1 to 1).
        repeat: from this asking of the same on.
        fallbacks: intents and responses that say that the assistant did not know.
        valuable: intents that matter most; they are looked at when they were not sure.
        unsure: below it a valuable intent was not sure (0–1).
        safety: intents that may do harm.
        silent_seconds: after so long a conversation has ended, and a form left open is abandoned.
        sample: share of the other turns that is looked at (0–1).
    """

    low_confidence: float = 0.6
    negative: float = -0.5
    repeat: int = 3
    fallbacks: tuple[str, ...] = ("nlu_fallback", "utter_dont_know", "utter_dont_know_offer")
    valuable: tuple[str, ...] = ()
    unsure: float = 0.8
    safety: tuple[str, ...] = ()
    silent_seconds: float = 3_600.0
    sample: float = 0.01


@dataclass(frozen=True)
class Flag:
    """A reason to look at a turn; `priority` is 1 to 10, 10 first."""

    turn: str
    signal: str
    why: str
    priority: int
    conversation: str


@dataclass(frozen=True)
class Seen:
    """A turn with the one that followed; `ended` if none can follow any more."""

    turn: Turn
    following: Turn | None
    ended: bool


Signal = Callable[[Seen, SignalSettings], str]


def flags_of(turns: Sequence[Turn], settings: SignalSettings, now: float) -> list[Flag]:
    """Flags of one conversation's turns.

    Args:
        turns: all of them, in order.
        settings: from where on something counts.
        now: the present time, in seconds since the epoch.
    """
    found = []
    for place, turn in enumerate(turns):
        following = turns[place + 1] if place + 1 < len(turns) else None
        seen = Seen(turn, following, following is None and now - turn.at > settings.silent_seconds)
        found += list(_flags(seen, settings))
    return found


def _flags(seen: Seen, settings: SignalSettings) -> Iterator[Flag]:
    turn = seen.turn
    reasons = {name: why for name, signal in SIGNALS.items() if (why := signal(seen, settings))}
    if not reasons and not turn.is_button and _drawn(turn.id, settings.sample):
        reasons = {"random": f"one of {settings.sample:.1%} that are looked at whatever happened"}
    for name, why in reasons.items():
        yield Flag(turn.id, name, why, PRIORITIES[name], turn.conversation)


def _thumbs_down(seen: Seen, settings: SignalSettings) -> str:
    return "the customer gave a thumb down" if seen.turn.feedback == DOWN else ""


def _correction(seen: Seen, settings: SignalSettings) -> str:
    return "a colleague wrote another answer" if seen.turn.correction else ""


def _meant_otherwise(seen: Seen, settings: SignalSettings) -> str:
    following = seen.following
    if following is None or following.is_button or not _MEANT.search(following.text):
        return ""
    return f"the customer went on with {following.text[:60]!r}"


def _low_confidence(seen: Seen, settings: SignalSettings) -> str:
    turn = seen.turn
    if turn.is_button or turn.is_answer_to_form or not turn.intent or turn.by_person:
        return ""
    if turn.confidence >= settings.low_confidence:
        return ""
    return f"{turn.intent} at {turn.confidence:.2f} is under {settings.low_confidence:.2f}"


def _fallback(seen: Seen, settings: SignalSettings) -> str:
    turn = seen.turn
    said = [name for name in (turn.routed, *turn.responses) if name in settings.fallbacks]
    return f"the assistant did not know: {said[0]}" if said else ""


def _valuable(seen: Seen, settings: SignalSettings) -> str:
    turn = seen.turn
    unsure = turn.intent in settings.valuable and turn.confidence < settings.unsure and not turn.is_button
    return f"{turn.intent} matters and was at {turn.confidence:.2f} only" if unsure else ""


def _third_repeat(seen: Seen, settings: SignalSettings) -> str:
    tier = seen.turn.repeat_tier
    return f"asked for the {tier}. time" if tier >= settings.repeat else ""


def _handover(seen: Seen, settings: SignalSettings) -> str:
    return "the customer was handed over to a person" if seen.turn.handed_over else ""


def _abandoned_form(seen: Seen, settings: SignalSettings) -> str:
    left = seen.ended and seen.turn.form_after
    return f"the conversation ended in {seen.turn.form_after}" if left else ""


def _negative(seen: Seen, settings: SignalSettings) -> str:
    turn = seen.turn
    worst = min(turn.mood, turn.sentiment_score)
    return f"the customer is upset ({worst:+.2f})" if worst <= settings.negative else ""


def _denied(seen: Seen, settings: SignalSettings) -> str:
    return "permission was denied" if seen.turn.denied else ""


def _safety(seen: Seen, settings: SignalSettings) -> str:
    turn = seen.turn
    if turn.intent in settings.safety:
        return f"{turn.intent} concerns safety"
    return "the message speaks of danger" if _DANGER.search(turn.text) else ""


SIGNALS: dict[str, Signal] = {
    "thumbs_down": _thumbs_down,
    "correction": _correction,
    "meant_otherwise": _meant_otherwise,
    "low_confidence": _low_confidence,
    "fallback": _fallback,
    "valuable": _valuable,
    "third_repeat": _third_repeat,
    "handover": _handover,
    "abandoned_form": _abandoned_form,
    "negative": _negative,
    "denied": _denied,
    "safety": _safety,
}


def _drawn(name: str, share: float) -> bool:
    """The same turns are drawn in every harvest."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) < share * 16**8


def _any_of(kind: str) -> re.Pattern[str]:
    phrases = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))[kind]
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.IGNORECASE)


_MEANT, _DANGER = _any_of("meant_otherwise"), _any_of("danger")
