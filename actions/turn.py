"""A customer's message and what is known around it, as plain values taken from rasa_sdk's tracker."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker

Event = dict[str, Any]

# The bot's question that a second question of a message was offered with.
SECOND_QUESTION = "utter_offer_second_question"
# The slot, and what is spoken while it is empty.
LANGUAGE = "language"
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Turn:
    """One message in its conversation.

    Attributes:
        intent: What the message was routed to.
        entities: Pairs of entity and value, as found.
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
        """The last value of an entity in this message."""
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

    @property
    def language(self) -> str:
        """What the conversation is in, as two letters."""
        return self.slot(LANGUAGE) or DEFAULT_LANGUAGE

    def wording(self, response: str) -> str | None:
        """A response's first text in the conversation's language, e.g. a button's title; None without one."""
        variations = self.responses.get(response) or [{}]
        ours = [one for one in variations if _language_of(one) == self.language]
        text: str | None = (ours or variations)[0].get("text")
        return text


def _language_of(variation: Mapping[str, Any]) -> str:
    """The language that a response's variation is written in: it stands in its condition."""
    conditions = variation.get("condition") or ()
    return next((str(one["value"]) for one in conditions if one.get("name") == LANGUAGE), DEFAULT_LANGUAGE)


def _spoken(entity: Mapping[str, Any]) -> bool:
    """The language travels as an entity, but the customer did not name it."""
    return bool(entity["entity"] != LANGUAGE)


def turn_of(tracker: Tracker, domain: Mapping[str, Any] | None = None) -> Turn:
    """Read a tracker."""
    message = tracker.latest_message or {}
    return Turn(
        sender_id=tracker.sender_id,
        text=message.get("text") or "",
        intent=(message.get("intent") or {}).get("name") or "",
        entities=tuple(
            (str(e["entity"]), str(e["value"])) for e in message.get("entities") or () if _spoken(e)
        ),
        slots=tracker.slots,
        ranking=tuple(message.get("intent_ranking") or ()),
        route=_latest(tracker, "route") or {},
        repeat=_latest(tracker, "repeat") or {},
        events=tuple(tracker.events),
        paused=tracker.is_paused(),
        responses=(domain or {}).get("responses") or {},
    )


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
            entities = {str(one["entity"]): str(one["value"]) for one in parsed.get("entities") or ()}
            return str((parsed.get("intent") or {}).get("name") or ""), entities
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
    r"(^|[,;.!] *)((and|but|so|ok(ay)?|und|aber|also),? )?"
    r"(what|why|when|where|who|which|how|do|does|can|could|is|are|will|would|may|any|"
    r"wo|was|wann|wer|wie|warum|wieso|weshalb|welche[rsnm]?|wohin|woher|womit|wieviel|kann|können|koennen|"
    r"könnten|darf|dürfen|gibt|gibts|muss|müssen|soll|sollte|würden)\b",
    re.IGNORECASE,
)


def looks_like_a_question(text: str) -> bool:
    """True for a text that asks something."""
    return "?" in text or bool(_QUESTION_WORDS.search(text.strip()))
