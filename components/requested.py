"""What a form was asking for at each moment of a conversation."""

from __future__ import annotations

from typing import Any, Sequence

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import AllSlotsReset, Event, Restarted, SessionStarted, SlotSet

RESETS = (AllSlotsReset, Restarted, SessionStarted)


def asked_for(events: Sequence[Event]) -> Any:
    """The slot that is asked for after these events, or None."""
    for event in reversed(events):
        if isinstance(event, RESETS) or _requests(event):
            return next_asked_for(event, None)
    return None


def next_asked_for(event: Event, current: Any) -> Any:
    """The slot that is asked for after an event, given what was asked for before it."""
    if isinstance(event, RESETS):
        return None
    return event.value if _requests(event) else current


def _requests(event: Event) -> bool:
    return isinstance(event, SlotSet) and event.key == REQUESTED_SLOT
