"""What was offered to the customer last: readings of a message, and the question they are readings of.

The slot `readings` holds `{"current": …, "next": […], "later": […], "question": text}` with readings as
`{"intent": name, "entities": {name: value}}`: `current` was asked about or, where it is None,
`next` stood on buttons.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.further import offered_question
from actions.turn import Turn
from actions.wording import Button, button

Reading = Mapping[str, Any]

OFFERED_AT_ONCE = 3
# A reading less likely than this (0–1) is not worth a button.
PLAUSIBLE = 0.06
# Nobody asks for these; and what the router itself gives is no reading.
_ROUTED = frozenset(
    {
        *("nlu_fallback", "nlu_confirm", "nlu_next_reading", "nlu_which_one", "nlu_foreign_language"),
        *("question_repeated", "question_repeated_again"),
    }
)
_NEVER_OFFERED = _ROUTED | {
    *(
        "greet",
        "goodbye",
        "thank",
        "affirm",
        "deny",
        "stop",
        "bot_challenge",
        "how_are_you",
        "ask_capabilities",
    ),
    *("insult", "inform", "out_of_scope", "praise"),
}
_FINDS_PRODUCTS = frozenset({"product", "category", "activity", "colour"})


def likely_readings(turn: Turn) -> list[Reading]:
    """What a message may mean, likeliest first; a thing we sell is at least something to look for."""
    entities = dict(turn.entities)
    names = [
        str(entry["name"])
        for entry in turn.ranking
        if entry["name"] not in _NEVER_OFFERED and float(entry.get("confidence") or 0) >= PLAUSIBLE
    ]
    if _FINDS_PRODUCTS & set(entities) and "search_product" not in names[:OFFERED_AT_ONCE]:
        names.insert(0, "search_product")
    titled = [name for name in dict.fromkeys(names) if turn.wording(f"utter_title_{name}")]
    return [{"intent": name, "entities": entities} for name in titled]


def reading_buttons(turn: Turn, readings: Sequence[Reading]) -> tuple[Button, ...]:
    """One button for each reading and one for "none of these"."""
    titles = [_reading_button(turn, one) for one in readings]
    return (*titles, button(turn.wording("utter_title_none_of_these") or "None", "nlu_next_reading"))


def _reading_button(turn: Turn, reading: Reading) -> Button:
    intent = str(reading["intent"])
    return button(turn.wording(f"utter_title_{intent}") or intent, intent, reading.get("entities"))


def last_offer(turn: Turn) -> Mapping[str, Any] | None:
    """What was offered just before this message, None if nothing was."""
    users = 0
    for event in reversed(turn.events):
        users += event.get("event") == "user"
        if users > 1:
            return None
        if event.get("event") == "slot" and event.get("name") == "readings" and users == 1:
            value = event.get("value")
            return value if isinstance(value, dict) else None
    return None


def asked_question(turn: Turn) -> str:
    """The question to answer: the message itself, or what it is a yes or a button to."""
    chosen = turn.is_command or turn.route.get("band") == "resolved"
    if not chosen:
        return turn.words
    if further := offered_question(turn):
        return further
    offer = last_offer(turn)
    if offer and offer.get("question") and _was_offered(turn.intent, offer):
        return str(offer["question"])
    return turn.wording(f"utter_title_{turn.intent}") or ""


def _was_offered(intent: str, offer: Mapping[str, Any]) -> bool:
    readings = [offer.get("current"), *(offer.get("next") or [])]
    return intent in _ROUTED or any(one and one.get("intent") == intent for one in readings)
