"""The form for a ticket: what it is about, and where to answer."""

import re
from typing import Any

from actions.context import Services
from actions.forms.base import GuidedForm
from actions.identity import GIVEN, email_in
from actions.turn import Turn

# A first message of so many words already tells what happened ("open a ticket" alone does not).
_TELLING_WORDS = 12
_FEWEST_WORDS = 2


def read_description(turn: Turn, services: Services) -> str | None:
    """The customer's own words."""
    words = len(re.findall(r"\w+", turn.words))
    asked = turn.slots.get("requested_slot") == "ticket_description"
    return turn.words.strip() if words >= (_FEWEST_WORDS if asked else _TELLING_WORDS) else None


def check_description(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """Keep the words as they are; what the conversation keeps of them may be masked."""
    if turn.slot("ticket_description"):
        return {}
    services.memory.put(turn.sender_id, "ticket_description", str(value))
    return {"ticket_description": str(value)}


def check_email(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """Keep the address out of the conversation."""
    services.memory.put(turn.sender_id, "contact_email", str(value))
    return {"contact_email": GIVEN}


class TicketForm(GuidedForm):
    """What happened and, unless we know the customer, an e-mail address."""

    own_intents = frozenset({"open_ticket"})
    private_slots = ("ticket_description", "contact_email", "identity")
    free_slots = frozenset({"ticket_description"})
    readers = {"ticket_description": read_description, "contact_email": lambda turn, services: email_in(turn)}
    checkers = {"ticket_description": check_description, "contact_email": check_email}

    def name(self) -> str:
        return "validate_ticket_form"

    def needed(self, turn: Turn, services: Services) -> list[str]:
        known = bool(turn.slot("verified_customer"))
        return ["ticket_description"] if known else ["ticket_description", "contact_email"]
