"""Where a form stands when it is asked to validate, and whether a message is meant for it."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Any

from actions.turn import Turn, looks_like_a_question

# Bare replies: whatever is asked, they are meant for the form.
_REPLIES = frozenset({"inform", "affirm", "deny"})
# Not sure what it is: taken as an attempt to answer, unless it asks something.
_UNSURE = frozenset({"nlu_fallback", "nlu_confirm", "out_of_scope"})
# Said clearly, these always end or interrupt a form.
_ALWAYS_OTHER = frozenset({"stop", "request_person", "goodbye", "bot_challenge"})


class Moment(Enum):
    """STARTED by this message; ANSWERED by it; RESUMED after something else was done with it."""

    STARTED = "started"
    ANSWERED = "answered"
    RESUMED = "resumed"


def moment_of(events: Sequence[Mapping[str, Any]], form: str) -> Moment:
    """Which moment it is, read from what happened since the customer's last message."""
    resumed = False
    for event in reversed(events):
        if event.get("event") == "user":
            break
        if event.get("event") == "active_loop" and event.get("name") == form:
            return Moment.STARTED
        resumed = resumed or (event.get("event") == "action" and event.get("name") != form)
    return Moment.RESUMED if resumed else Moment.ANSWERED


def set_since_message(events: Sequence[Mapping[str, Any]], form: str) -> frozenset[str]:
    """Slots that the customer's last message filled. Rasa repeats older ones after the form's own action."""
    fresh: set[str] = set()
    before_form = False
    for event in reversed(events):
        if event.get("event") == "user":
            break
        if event.get("event") == "action" and event.get("name") == form:
            before_form = True
        elif before_form and event.get("event") == "slot" and event.get("value") is not None:
            fresh.add(str(event.get("name")))
    return frozenset(fresh)


def belongs(
    turn: Turn, asked: str | None, new: Mapping[str, Any], own: Collection[str], free: Collection[str]
) -> bool:
    """Is the message meant for the form?

    Args:
        turn: The message.
        asked: The slot that the form asks for.
        new: What was found in the message, by slot.
        own: Intents that the form is about.
        free: Slots that take any words.
    """
    answered = asked in new
    if turn.intent in _ALWAYS_OTHER:
        return False
    if turn.intent in _REPLIES or turn.intent in own:
        return True
    if turn.is_command:
        return answered
    if answered and asked in free:
        return turn.intent in _UNSURE or not looks_like_a_question(turn.text)
    if turn.intent in _UNSURE:
        return answered or not looks_like_a_question(turn.text)
    return answered and not looks_like_a_question(turn.text)
