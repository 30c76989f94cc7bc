"""Reads from a tracker what the components need to know about the conversation so far, as plain values."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Text, Tuple

from rasa.shared.core.constants import EXTERNAL_MESSAGE_PREFIX
from rasa.shared.core.events import ActiveLoop, Event, Restarted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.repeats import Question

READINGS_SLOT = "readings"


def offered_readings(tracker: Optional[DialogueStateTracker]) -> Optional[Dict[Text, Any]]:
    """What the bot offered in its last turn (see `routing.Situation`), or None."""
    for event in reversed(tracker.events if tracker else []):
        if isinstance(event, UserUttered):
            return None
        if isinstance(event, SlotSet) and event.key == READINGS_SLOT:
            return event.value if isinstance(event.value, dict) else None
    return None


def earlier_questions(
    tracker: Optional[DialogueStateTracker], ignored: Sequence[Text], stop: Text, limit: int
) -> List[Question]:
    """The questions of this session, oldest first, at most `limit`.

    Left out: what was said while a form asked, small talk (`ignored`), chosen readings and buttons, and a
    request that the customer stopped before it was answered.
    """
    questions: List[Question] = []
    for event, in_form in _user_messages(tracker):
        intent = asked_intent(event.parse_data, event.intent.get("name"))
        if intent == stop and in_form and questions:
            questions.pop()
        elif not in_form and intent not in ignored and _is_question(event):
            questions.append(Question(event.text or "", intent, entity_values(event.entities), _tier(event)))
    return questions[-limit:]


def asked_intent(parse_data: Optional[Dict[Text, Any]], routed: Optional[Text]) -> Optional[Text]:
    """What a message asked for, whatever way it was sent."""
    return ((parse_data or {}).get("route") or {}).get("intent") or routed


def entity_values(entities: Sequence[Dict[Text, Any]]) -> FrozenSet[Tuple[Text, Text]]:
    """Pairs of entity and value."""
    return frozenset((str(entity["entity"]), str(entity.get("value"))) for entity in entities)


def _user_messages(tracker: Optional[DialogueStateTracker]) -> Iterator[Tuple[UserUttered, bool]]:
    """Each message of the session with whether a form was asking when it came."""
    in_form = False
    for event in _session(list(tracker.events) if tracker else []):
        if isinstance(event, ActiveLoop):
            in_form = event.name is not None
        elif isinstance(event, UserUttered):
            yield event, in_form


def _session(events: List[Event]) -> List[Event]:
    """What came after the last session start or restart: to the customer, all before it is another talk."""
    for place in range(len(events) - 1, -1, -1):
        if isinstance(events[place], (Restarted, SessionStarted)):
            return events[place:]
    return events


def _is_question(event: UserUttered) -> bool:
    """Buttons and reminders are no questions, and neither is the choice of a reading."""
    text = event.text or ""
    chosen = ((event.parse_data or {}).get("route") or {}).get("band") == "resolved"
    return bool(text) and not text.startswith(("/", EXTERNAL_MESSAGE_PREFIX)) and not chosen


def _tier(event: UserUttered) -> int:
    return int(((event.parse_data or {}).get("repeat") or {}).get("tier", 1))
