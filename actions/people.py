"""Actions between people: a greeting by name, a colleague taking over, a new session."""

from datetime import datetime, time
from typing import Any

import structlog
from dateutil import tz
from rasa_sdk.events import ActionExecuted, ConversationPaused, SessionStarted, SlotSet

from actions.base import PlainAction
from actions.context import Services
from actions.crm.backend import CrmError
from actions.turn import Turn, earlier_messages
from actions.wording import Reply, Say, say

logger = structlog.get_logger(__name__)

# dateutil brings its own copy of the time zones; a slim Linux has none for zoneinfo.
_TEAM_ZONE = tz.gettz("Europe/London")
_OPEN_FROM, _OPEN_UNTIL = time(9), time(17)
_UNDER_WAY = frozenset({"placed", "packing", "shipped", "out_for_delivery", "delayed"})
_SUMMARY_MESSAGES = 6


class Greet(PlainAction):
    """Greets, by first name if the customer is verified."""

    def name(self) -> str:
        return "action_greet"

    def reply(self, turn: Turn, services: Services) -> Reply:
        customer_id = turn.slot("verified_customer")
        profile = services.crm.customer_profile(int(customer_id)) if customer_id else None
        if profile is None:
            return say("utter_greet")
        if profile.last_order_status in _UNDER_WAY:
            order = {"order_number": profile.last_order_number}
            return say("utter_greet_with_order", first_name=profile.first_name, **order)
        return say("utter_greet_by_name", first_name=profile.first_name)


class Handover(PlainAction):
    """Queues the conversation for a colleague; from then on the assistant is silent in it."""

    def name(self) -> str:
        return "action_handover"

    def reply(self, turn: Turn, services: Services) -> Reply:
        try:
            already = services.crm.open_handover(turn.sender_id) is not None
            services.crm.request_handover(turn.sender_id, reason(turn), summary(turn))
        except CrmError as error:
            logger.error("handover.failed", error=type(error).__name__, detail=str(error))
            return say("utter_handover_failed")
        response = "utter_handover" if is_open(services.now()) else "utter_handover_out_of_hours"
        message = Say("utter_handover_already" if already else response)
        return Reply((message,), {"handed_over": True}, (ConversationPaused(),))


def is_open(now: datetime) -> bool:
    """Monday to Friday, 9 to 5, where the team is; `now` is aware."""
    there = now.astimezone(_TEAM_ZONE)
    return there.weekday() < 5 and _OPEN_FROM <= there.time() < _OPEN_UNTIL


def reason(turn: Turn) -> str:
    """Why a person is needed, in a word or two for the queue."""
    tier = int(turn.repeat.get("tier") or 0)
    return f"asked {tier} times" if tier > 1 else turn.intent or "requested"


def summary(turn: Turn) -> str:
    """What a colleague should know before reading: the customer, what it is about, the last messages."""
    facts = {
        "Customer": turn.slot("verified_customer") or "not verified",
        "Order": turn.slot("order_number"),
        "Product": turn.slot("product"),
        "Ticket": turn.slot("ticket_number"),
    }
    known = [f"{name}: {value}" for name, value in facts.items() if value]
    said = [f"> {text}" for text in [*earlier_messages(turn, _SUMMARY_MESSAGES), turn.words] if text]
    return "\n".join([*known, *said])


class SessionStart(PlainAction):
    """Begins a session with nothing of the last; a conversation that is with a colleague stays silent."""

    def name(self) -> str:
        return "action_session_start"

    def reply(self, turn: Turn, services: Services) -> Reply:
        events: list[dict[str, Any]] = [SessionStarted()]
        if _with_a_colleague(turn, services):
            events += [SlotSet("handed_over", True), ConversationPaused()]
        return Reply(events=(*events, ActionExecuted("action_listen")))


def _with_a_colleague(turn: Turn, services: Services) -> bool:
    if not turn.paused:
        return False
    try:
        return services.crm.open_handover(turn.sender_id) is not None
    except CrmError as error:
        logger.warning("handover.unknown", error=type(error).__name__)
        return True
