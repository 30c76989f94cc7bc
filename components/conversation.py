"""Reads from a tracker what the components need to know about the conversation so far, as plain values."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Text, Tuple

from rasa.shared.core.constants import EXTERNAL_MESSAGE_PREFIX
from rasa.shared.core.events import (
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from components.repeats import Question

READINGS_SLOT = "readings"
ALSO = "also"


def offered_readings(tracker: Optional[DialogueStateTracker]) -> Optional[Dict[Text, Any]]:
    """What the bot offered in its last turn (see `routing.Situation`), or None."""
    turn: List[Event] = list(takewhile(_not_by_customer, reversed(tracker.events if tracker else [])))
    slots = [event for event in turn if isinstance(event, SlotSet) and event.key == READINGS_SLOT]
    if slots and isinstance(slots[0].value, dict):
        return slots[0].value
    said = [event for event in turn if isinstance(event, BotUttered)]
    return _on_buttons(said[0], tracker) if said and tracker else None


def _not_by_customer(event: Event) -> bool:
    return not isinstance(event, UserUttered)


def _on_buttons(said: BotUttered, tracker: DialogueStateTracker) -> Optional[Dict[Text, Any]]:
    """The readings on a message's buttons; a yes means the button that begins with it, or the only one."""
    buttons = said.data.get("buttons") or []
    if not buttons:
        return None
    readings = [_reading(str(button.get("payload") or ""), tracker) for button in buttons]
    says_yes = str(buttons[0].get("title") or "").lower().startswith(("yes", "ja"))
    asked = says_yes or (len(buttons) == 1 and "?" in (said.text or ""))
    return {"current": readings[0] if asked else None, "next": [], "buttons": readings}


def _reading(payload: Text, tracker: DialogueStateTracker) -> Optional[Dict[Text, Any]]:
    """What tapping a button does; for words only if they are a further question of an earlier message."""
    if payload.startswith("/"):
        name, brace, entities = payload[1:].partition("{")
        return {"intent": name.strip(), "entities": json.loads(brace + entities) if brace else {}}
    for event, _ in _user_messages(tracker):
        for also in (event.parse_data or {}).get(ALSO) or []:
            if also.get("text") == payload:
                return {"intent": also["intent"], "entities": also.get("entities") or {}}
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
    for event in session_events(tracker):
        if isinstance(event, ActiveLoop):
            in_form = event.name is not None
        elif isinstance(event, UserUttered):
            yield event, in_form


def session_events(tracker: Optional[DialogueStateTracker]) -> List[Event]:
    """What came after the last session start or restart: to the customer, all before it is another talk."""
    events = list(tracker.events) if tracker else []
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
