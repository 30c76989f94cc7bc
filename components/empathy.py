"""When the assistant says that it is sorry before it goes on, and when it offers a person: each once.

The words are responses of the domain, `utter_empathy` and `utter_empathy_person`; a domain without them says
nothing of the kind. A response that says sorry by itself carries `metadata: {empathy: true}` on one of its
variations; nothing is put before it, and it counts.
"""

from __future__ import annotations

from typing import Any, Collection, Dict, List, Mapping, Optional, Sequence, Set, Text

from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.mood import Mood
from components.sentiment import mood_from

EMPATHY, PERSON = "utter_empathy", "utter_empathy_person"
# From this many upset messages in one stretch on, a person is offered.
PERSON_AFTER = 2
PERSON_PAYLOAD = "/request_person"
# A message carries by this which of the two it began with.
CARE = "care"
UTTER_ACTION = "utter_action"


def kind_responses(responses: Mapping[Text, Sequence[Mapping[Text, Any]]]) -> Set[Text]:
    """Those that say sorry by themselves."""
    return {
        name
        for name, variations in responses.items()
        if any((variation.get("metadata") or {}).get("empathy") for variation in variations)
    }


def is_upset(tracker: DialogueStateTracker) -> bool:
    """Whether the last message was an upset one."""
    mood = _mood_now(tracker)
    return mood is not None and mood.upset_now


def due_care(tracker: DialogueStateTracker, kind: Collection[Text]) -> Optional[Text]:
    """The response to begin the next message with, or None.

    Args:
        kind: names of the responses that say sorry by themselves.
    """
    mood = _mood_now(tracker)
    if mood is None or not mood.upset_now:
        return None
    said = _said_in_stretch(list(tracker.events))
    if not any(event.metadata.get(CARE) or event.metadata.get(UTTER_ACTION) in kind for event in said):
        return EMPATHY
    return PERSON if mood.upset_turns >= PERSON_AFTER and not any(map(_offers_person, said)) else None


def _mood_now(tracker: DialogueStateTracker) -> Optional[Mood]:
    return mood_from(tracker.latest_message.parse_data) if tracker.latest_message else None


def begin_with(message: Dict[Text, Any], care: Dict[Text, Any], name: Text) -> Dict[Text, Any]:
    """A message that begins with another one's words and ends with its buttons too."""
    if not message.get("text") or not care.get("text"):
        return message
    buttons = list(message.get("buttons") or [])
    buttons += [button for button in care.get("buttons") or [] if button not in buttons]
    extra = {"buttons": buttons} if buttons else {}
    return {**message, "text": f"{care['text']}\n\n{message['text']}", CARE: name, **extra}


def _said_in_stretch(events: List[Event]) -> List[BotUttered]:
    """What the bot has said since the customer became upset."""
    said: List[BotUttered] = []
    for event in reversed(events):
        if isinstance(event, BotUttered):
            said.append(event)
        elif isinstance(event, UserUttered):
            mood = mood_from(event.parse_data)
            # With its first upset message the stretch began: what was said before was no comfort.
            if mood and (not mood.upset_turns or (mood.upset_turns == 1 and mood.upset_now)):
                break
    return said


def _offers_person(event: BotUttered) -> bool:
    payloads = [str(button.get("payload") or "") for button in event.data.get("buttons") or []]
    return event.metadata.get(CARE) == PERSON or PERSON_PAYLOAD in payloads
