"""The form for another delivery address. The address stays in the shop; the slot holds a number."""

import re
from typing import Any

from actions.context import Services
from actions.forms.base import GuidedForm
from actions.forms.orders import ORDER_CHECKERS, ORDER_READERS, order_and_owner, read_identity, read_yes_or_no
from actions.identity import email_in
from actions.shop import normalise
from actions.shop.backend import InvalidAddress
from actions.turn import Turn

DECLINED = "declined"

# Cut from the front of a reply: "please send it to 12 High Street …".
_LEAD = re.compile(
    r"^\W*((sure|ok(ay)?|yes|please|hi|the new (address|one) is|(my|the) (new )?address is|it'?s|it is|"
    r"(please )?(send|deliver|ship|change)( it)? to)\W+)+",
    re.IGNORECASE,
)


def read_owner(turn: Turn, services: Services) -> str | None:
    """Before it is asked for, a postcode in this form is more likely the new one."""
    return read_identity(turn, services) if turn.slots.get("requested_slot") == "identity" else email_in(turn)


def read_address(turn: Turn, services: Services) -> str | None:
    """All that was said, if it was asked for and may be an address."""
    if turn.slots.get("requested_slot") != "new_address" or not turn.words:
        return None
    return _LEAD.sub("", turn.words).strip() if _may_be_address(turn) else None


def _may_be_address(turn: Turn) -> bool:
    if normalise.find_postcode(turn.words):
        return True
    # A house number and a street: worth asking for the missing postcode.
    unsure = turn.intent in ("inform", "nlu_fallback")
    return unsure and len(turn.words) > 8 and bool(re.search(r"\d", turn.words))


def read_confirmed(turn: Turn, services: Services) -> bool | None:
    """A yes or no to the address read back."""
    asked = turn.slots.get("requested_slot") == "address_confirmed"
    return read_yes_or_no(turn, services) if asked else None


def check_address(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """Propose the address to the shop and keep the proposal's number."""
    try:
        change_id = services.shop.propose_address(str(turn.slots["order_number"]), str(value))
    except InvalidAddress as error:
        return {"new_address": None, "form_hint": error.reason}
    return {"new_address": str(change_id), "address_confirmed": None}


def check_confirmed(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """A no asks for the address once more."""
    if value is False:
        return {"new_address": None, "address_confirmed": None, "form_hint": "again"}
    return {"address_confirmed": True}


class AddressForm(GuidedForm):
    """Which order, whose, where to, and whether that is right; the last two only while it can change."""

    own_intents = frozenset({"change_address"})
    private_slots = ("identity", "new_address", "address_confirmed")
    free_slots = frozenset({"new_address"})
    readers = {
        **ORDER_READERS,
        "identity": read_owner,
        "new_address": read_address,
        "address_confirmed": read_confirmed,
    }
    checkers = {**ORDER_CHECKERS, "new_address": check_address, "address_confirmed": check_confirmed}

    def name(self) -> str:
        return "validate_address_form"

    def needed(self, turn: Turn, services: Services) -> list[str]:
        slots = order_and_owner(turn, services)
        if "identity" in slots:
            return slots
        order = services.shop.find_order(str(turn.slots["order_number"]))
        if order is None or not order.changeable or turn.slot("new_address") == DECLINED:
            return slots
        return [*slots, "new_address", "address_confirmed"]

    def settle(self, turn: Turn, services: Services) -> dict[str, Any]:
        """Whoever says no when asked for the address does not want to change it after all."""
        declined = turn.slots.get("requested_slot") == "new_address" and turn.slots.get("form_hint") == "help"
        return {"new_address": DECLINED} if declined else {}
