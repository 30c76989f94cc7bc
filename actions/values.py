"""The action for a bare value ("1001", "the blue one, size m"): does with it what was spoken of last."""

from rasa_sdk.events import FollowupAction

from actions.base import PlainAction
from actions.context import Services
from actions.products import availability, product_info, search
from actions.tickets import ticket_status
from actions.turn import Turn, last_said
from actions.wording import Reply, say

_TICKET_QUESTIONS = frozenset(
    {"utter_ticket_ask_number", "utter_ticket_ask_email", "utter_ticket_no_match", "utter_ticket_list"}
)


class AboutValue(PlainAction):
    """Goes on with what the value belongs to, or asks what to do with it."""

    def name(self) -> str:
        return "action_about_value"

    def reply(self, turn: Turn, services: Services) -> Reply:
        kinds = {name for name, _ in turn.entities}
        if "ticket_number" in kinds or _TICKET_QUESTIONS & set(last_said(turn)):
            return ticket_status(turn, services)
        if "order_number" in kinds:
            return Reply(slots=_order_task(turn), events=(FollowupAction("order_form"),))
        if "product" in kinds:
            return availability(turn, services) if kinds & {"colour", "size"} else _asked_for(turn, services)
        if kinds & {"colour", "size"} and turn.slot("product") and "category" not in kinds:
            return availability(turn, services)
        if kinds & {"category", "activity"}:
            return search(turn, services)
        return say("utter_inform")


def _order_task(turn: Turn) -> dict[str, str]:
    return {} if turn.slot("order_task") else {"order_task": "track"}


def _asked_for(turn: Turn, services: Services) -> Reply:
    """A product's name after "which product is it about?" answers what was asked before."""
    intents = [
        ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        for event in turn.events
        if event.get("event") == "user"
    ]
    asked = "utter_ask_product" in last_said(turn) and len(intents) > 1
    about_stock = asked and intents[-2] == "check_availability"
    return availability(turn, services) if about_stock else product_info(turn, services)
