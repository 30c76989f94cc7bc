"""A customer's message and what is known around it, as plain values taken from rasa_sdk's tracker."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker

Event = dict[str, Any]

# The bot's question that a second question of a message was offered with.
SECOND_QUESTION = "utter_offer_second_question"


@dataclass(frozen=True)
class Turn:
    """One message in its conversation.

    Attributes:
        intent: What the message was routed to.
        entities: Pairs of entity and value, as found; what is to be replaced (role `from`) stands first.
        ranking: Intents by falling confidence, `{"name", "confidence"}`.
        route, repeat, also: What the pipeline said, see docs/architecture.md; empty if it said nothing.
        events: The conversation's events, oldest first.
        responses: The domain's responses; empty for actions that do not ask for the domain.
    """

    sender_id: str
    text: str = ""
    intent: str = ""
    entities: tuple[tuple[str, str], ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    ranking: tuple[Mapping[str, Any], ...] = ()
    route: Mapping[str, Any] = field(default_factory=dict)
    repeat: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    paused: bool = False
    responses: Mapping[str, Any] = field(default_factory=dict)

    def entity(self, name: str) -> str | None:
        """The last value of an entity in this message; one with the role `from` only if there is no other."""
        values = [value for entity, value in self.entities if entity == name]
        return values[-1] if values else None

    def slot(self, name: str) -> str | None:
        """A slot's value as text, None if it is empty."""
        value = self.slots.get(name)
        return None if value in (None, "") else str(value)

    @property
    def is_command(self) -> bool:
        """True for a button that names an intent instead of words."""
        return self.text.startswith("/")

    @property
    def words(self) -> str:
        """What the customer wrote; nothing for a button that names an intent."""
        return "" if self.is_command else self.text

    def wording(self, response: str) -> str | None:
        """The first text of a response, e.g. a button's title; None if the domain has none."""
        variations = self.responses.get(response) or [{}]
        text: str | None = variations[0].get("text")
        return text


def turn_of(tracker: Tracker, domain: Mapping[str, Any] | None = None) -> Turn:
    """Read a tracker."""
    message = tracker.latest_message or {}
    return Turn(
        sender_id=tracker.sender_id,
        text=message.get("text") or "",
        intent=(message.get("intent") or {}).get("name") or "",
        entities=_pairs(message),
        slots=tracker.slots,
        ranking=tuple(message.get("intent_ranking") or ()),
        route=_latest(tracker, "route") or {},
        repeat=_latest(tracker, "repeat") or {},
        events=tuple(tracker.events),
        paused=tracker.is_paused(),
        responses=(domain or {}).get("responses") or {},
    )


def _pairs(message: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """In "a 9 instead of the 8" the last size is the wrong one, unless roles say which is wanted."""
    entities = sorted(message.get("entities") or (), key=lambda entity: entity.get("role") != "from")
    return tuple((str(entity["entity"]), str(entity["value"])) for entity in entities)


def _latest(tracker: Tracker, key: str) -> Any:
    """A value that the pipeline added to the message."""
    message = tracker.latest_message or {}
    if key in message:
        return message[key]
    event = tracker.get_last_event_for("user") or {}
    return (event.get("parse_data") or {}).get(key)


def earlier_messages(turn: Turn, limit: int = 3) -> list[str]:
    """What the customer wrote before this message, oldest first, buttons left out."""
    users = [event for event in turn.events if event.get("event") == "user"]
    texts = [event.get("text") or "" for event in users[:-1]]
    return [text for text in texts if text and not text.startswith("/")][-limit:]


def entities_at_start(turn: Turn, form: str) -> tuple[str, dict[str, str]]:
    """Intent and entities of the message that started a form; they may tell what the form asks only later."""
    started = False
    for event in reversed(turn.events):
        started = started or (event.get("event") == "active_loop" and event.get("name") == form)
        if started and event.get("event") == "user":
            parsed = event.get("parse_data") or {}
            return str((parsed.get("intent") or {}).get("name") or ""), dict(_pairs(parsed))
    return "", {}


def last_said(turn: Turn) -> list[str]:
    """Names of the responses that the bot said just before this message, oldest first."""
    found: list[str] = []
    users = 0
    for event in reversed(turn.events):
        users += event.get("event") == "user"
        if users > 1:
            break
        if users == 1 and event.get("event") == "bot":
            found.append((event.get("metadata") or {}).get("utter_action") or "")
    return found[::-1]


def second_question(turn: Turn, messages: int = 4) -> str | None:
    """The second question of one of the last messages that has not been offered yet.

    It may stem from an earlier message: a form asks for a number and a postcode before the first is answered.
    """
    asked_since: list[str] = []
    for event in reversed(turn.events):
        if event.get("event") == "bot" and _name(event) == SECOND_QUESTION:
            return None
        if event.get("event") != "user":
            continue
        parsed = event.get("parse_data") or {}
        also = parsed.get("also")
        if also and also.get("intent") not in asked_since:
            return str(also["text"])
        asked_since.append((parsed.get("intent") or {}).get("name") or "")
        if len(asked_since) >= messages:
            return None
    return None


def offered_second_question(turn: Turn) -> str | None:
    """The second question that the bot offered just before this message."""
    users = 0
    for event in reversed(turn.events):
        users += event.get("event") == "user"
        if users == 1 and event.get("event") == "bot" and _name(event) == SECOND_QUESTION:
            buttons = (event.get("data") or {}).get("buttons") or []
            return str(buttons[-1]["payload"]) if buttons else None
    return None


def _name(event: Event) -> str:
    return (event.get("metadata") or {}).get("utter_action") or ""


_QUESTION_WORDS = re.compile(
    r"(^|[,;.!] *)((and|but|so|ok(ay)?),? )?"
    r"(what|why|when|where|who|which|how|do|does|can|could|is|are|will|would|may|any)\b",
    re.IGNORECASE,
)


def looks_like_a_question(text: str) -> bool:
    """True for a text that asks something."""
    return "?" in text or bool(_QUESTION_WORDS.search(text.strip()))
