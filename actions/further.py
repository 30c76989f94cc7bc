"""The further questions of a message that held several: the second is answered at once, others are offered.

The pipeline puts them into `also` of the message (see docs/architecture.md). To answer one, the action that
has finished the question before tells Rasa that the customer said it, so that the same rules and forms apply
as if it had come alone. That event carries the questions that still wait in its own `also`, and `CONTINUED`
in its metadata: the customer did not write again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasa_sdk.events import ActionExecuted

from actions.turn import CONTINUED, Turn
from actions.wording import Reply, Say, text_button

Further = Mapping[str, Any]
Event = dict[str, Any]

OFFER_ONE, OFFER_SEVERAL = "utter_offer_second_question", "utter_offer_further_questions"
# A form may ask for number, identity and more before the first question is answered.
REMEMBERED_MESSAGES = 8
# Whoever says so wants nothing more of what they asked.
_FORGETTING = frozenset({"stop", "goodbye", "request_person"})


def finished(turn: Turn, says: Iterable[Say], slots: Mapping[str, Any] | None = None) -> Reply:
    """The reply of an action that has done what was asked, going on with what else the message asked."""
    waiting = further_questions(turn)
    if waiting and waiting[0].get("at_once"):
        return Reply(tuple(says), slots or {}, ask_next(waiting))
    return Reply((*says, *_offer(waiting)), slots or {})


def finished_in_form(turn: Turn, says: Iterable[Say], slots: Mapping[str, Any], prefix: str) -> Reply:
    """The same while a form waits: only what does not leave the form, an intent that begins with `prefix`."""
    waiting = further_questions(turn)
    go_on = waiting and waiting[0].get("at_once") and str(waiting[0]["intent"]).startswith(prefix)
    return Reply(tuple(says), slots, ask_next(waiting) if go_on else ())


def ask_next(waiting: Sequence[Further]) -> tuple[Event, ...]:
    """The events by which Rasa takes up the first of some questions."""
    first, rest = waiting[0], [dict(one) for one in waiting[1:]]
    intent = {"name": first["intent"], "confidence": first["confidence"]}
    why = "a further question of the same message"
    parsed = {
        "text": first["text"],
        "intent": intent,
        "intent_ranking": [intent],
        "entities": [{"entity": name, "value": value} for name, value in _entities(first).items()],
        "route": {"band": "also", "intent": first["intent"], "confidence": first["confidence"], "why": why},
        "repeat": None,
        "also": rest,
    }
    said = {"event": "user", "text": first["text"], "parse_data": parsed, "metadata": {CONTINUED: True}}
    return (ActionExecuted("action_listen"), said)


def further_questions(turn: Turn) -> list[Further]:
    """The questions that the customer asked along with another one, and that nothing has been said to."""
    asked_since: list[Mapping[str, Any]] = []
    messages = 0
    for event in reversed(turn.events):
        if event.get("event") == "bot" and _name(event) in (OFFER_ONE, OFFER_SEVERAL):
            return []
        if event.get("event") != "user":
            continue
        parsed = event.get("parse_data") or {}
        if isinstance(parsed.get("also"), list):
            return [one for one in parsed["also"] if not any(_same(one, parse) for parse in asked_since)]
        asked_since.append(parsed)
        messages += 1
        if messages >= REMEMBERED_MESSAGES or _intent(parsed) in _FORGETTING:
            return []
    return []


def offered_question(turn: Turn) -> str | None:
    """The words of the further question that a yes, a button or "the second one" has just chosen."""
    users = 0
    for event in reversed(turn.events):
        users += event.get("event") == "user"
        if users == 1 and event.get("event") == "bot" and _name(event) in (OFFER_ONE, OFFER_SEVERAL):
            buttons = (event.get("data") or {}).get("buttons") or []
            offered = [str(button["payload"]) for button in buttons]
            intents = {one["text"]: one["intent"] for one in _ever_asked(turn)}
            chosen = [text for text in offered if intents.get(text) == turn.intent]
            return next(iter(chosen or offered), None)
    return None


def _offer(waiting: Sequence[Further]) -> tuple[Say, ...]:
    if not waiting:
        return ()
    buttons = tuple(text_button(str(one["text"])) for one in waiting)
    if len(waiting) == 1:
        return (Say(OFFER_ONE, {"question": waiting[0]["text"]}, buttons),)
    return (Say(OFFER_SEVERAL, {}, buttons),)


def _ever_asked(turn: Turn) -> list[Further]:
    lists = [(event.get("parse_data") or {}).get("also") for event in turn.events]
    return [one for also in lists if isinstance(also, list) for one in also]


def _same(question: Further, parsed: Mapping[str, Any]) -> bool:
    """Whether a later message asked the same, about the same things."""
    named = {str(one["entity"]): one.get("value") for one in parsed.get("entities") or ()}
    alike = all(named.get(name, value) == value for name, value in _entities(question).items())
    return bool(question["intent"] == _intent(parsed) and alike)


def _entities(question: Further) -> Mapping[str, str]:
    return question.get("entities") or {}


def _intent(parsed: Mapping[str, Any]) -> str:
    return str((parsed.get("intent") or {}).get("name") or "")


def _name(event: Event) -> str:
    return str((event.get("metadata") or {}).get("utter_action") or "")
