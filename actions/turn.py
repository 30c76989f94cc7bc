"""A customer's message and what is known around it, as plain values taken from rasa_sdk's tracker."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker

Event = dict[str, Any]

# "And the returns?", "what about repairs": a subject and nothing else.
_BARE_SUBJECT = re.compile(
    r"\W*(and|und|(and )?(what|how) about|(und )?was ist mit)\s+((the|your|die|das|den|ihre)\s+)?\w+\W*",
    re.I,
)
# The slot, and what is spoken while it is empty.
LANGUAGE = "language"
DEFAULT_LANGUAGE = "en"
# In the metadata of a further question of a message, which the customer did not write again.
CONTINUED = "continued"


@dataclass(frozen=True)
class Turn:
    """One message in its conversation.

    Attributes:
        intent: What the message was routed to.
        entities: Pairs of entity and value, as found; what is to be replaced (role `from`) stands first.
        ranking: Intents by falling confidence, `{"name", "confidence"}`.
        asked: The words of the first question, where the message held several.
        route, repeat, reference: What the pipeline said, see docs/architecture.md; empty if it said nothing.
        events: The conversation's events, oldest first.
        responses: The domain's responses; empty for actions that do not ask for the domain.
        channel: Where the message came from, as Rasa names it; empty if it did not say.
    """

    sender_id: str
    text: str = ""
    intent: str = ""
    entities: tuple[tuple[str, str], ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    ranking: tuple[Mapping[str, Any], ...] = ()
    route: Mapping[str, Any] = field(default_factory=dict)
    repeat: Mapping[str, Any] = field(default_factory=dict)
    reference: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    paused: bool = False
    asked: str = ""
    responses: Mapping[str, Any] = field(default_factory=dict)
    channel: str = ""

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
        """What the customer wrote, further questions left out; nothing for a button that names an intent."""
        return "" if self.is_command else self.asked or self.text

    @property
    def language(self) -> str:
        """What the conversation is in, as two letters."""
        return self.slot(LANGUAGE) or DEFAULT_LANGUAGE

    @property
    def number(self) -> int:
        """How many messages the customer has written, this one included."""
        return sum(event.get("event") == "user" for event in self.events)

    @property
    def goes_on(self) -> bool:
        """True for a further question of a message whose first one has been answered."""
        users = [event for event in self.events if event.get("event") == "user"]
        return bool(users and (users[-1].get("metadata") or {}).get(CONTINUED))

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
        entities=_pairs(message),
        slots=tracker.slots,
        ranking=tuple(message.get("intent_ranking") or ()),
        route=_latest(tracker, "route") or {},
        repeat=_latest(tracker, "repeat") or {},
        reference=_latest(tracker, "reference") or {},
        events=tuple(tracker.events),
        paused=tracker.is_paused(),
        asked=_latest(tracker, "asked") or "",
        responses=(domain or {}).get("responses") or {},
        channel=tracker.get_latest_input_channel() or "",
    )


def _pairs(message: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """In "a 9 instead of the 8" the last size is the wrong one, unless roles say which is wanted."""
    entities = sorted(message.get("entities") or (), key=lambda entity: entity.get("role") != "from")
    return tuple((str(entity["entity"]), str(entity["value"])) for entity in entities if _spoken(entity))


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


def said_before(turn: Turn, limit: int = 12) -> list[str]:
    """What both sides said before this message, oldest first; last, what this message names or points at."""
    spoken = [event for event in turn.events if event.get("event") in ("user", "bot")]
    asked = max((i for i, event in enumerate(spoken) if event["event"] == "user"), default=0)
    texts = [event.get("text") or "" for event in spoken[:asked]]
    named = " ".join(value for _, value in turn.entities)
    return [text for text in (*texts, named) if text and not text.startswith("/")][-limit:]


def just_filled(turn: Turn, names: Iterable[str]) -> list[str]:
    """Values of some slots that were filled after the customer's message before this one, and still hold."""
    wanted, users = set(names), 0
    found: dict[str, str] = {}
    for event in reversed(turn.events):
        users += event.get("event") == "user"
        if users > 1:
            break
        if users == 1 and event.get("event") == "slot" and event.get("name") in wanted:
            name = str(event["name"])
            if event.get("value") and turn.slot(name) == str(event["value"]):
                found.setdefault(name, str(event["value"]))
    return list(found.values())


def changes_subject(turn: Turn) -> bool:
    """True for a bare subject ("and the returns?") that surely means something else than was asked before.

    Joined with the question before, it would ask for that once more.
    """
    users = [event for event in turn.events if event.get("event") == "user"]
    if len(users) < 2 or turn.route.get("band") != "do" or not _BARE_SUBJECT.fullmatch(turn.words):
        return False
    before = (users[-2].get("parse_data") or {}).get("route") or {}
    return not turn.entities and before.get("intent") not in (None, turn.intent)


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
