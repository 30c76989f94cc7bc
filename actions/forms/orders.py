"""The forms that need no more than an order and its owner: one order, all orders, cancelling."""

import re
from typing import Any

from actions.context import Services
from actions.forms.base import Checker, GuidedForm, Reader
from actions.identity import check_account, check_order, email_in, owns, postcode_in
from actions.shop import normalise
from actions.turn import Turn

_YES = re.compile(
    r"^\W*(yes|yeah|yep|yup|sure|please do|do it|go ahead|ok(ay)?|correct|right|of course|absolutely|"
    r"ja|jawohl|jo|gerne?|bitte|genau|richtig|stimmt|klar|natürlich|einverstanden|mach(en)?)\b",
    re.I,
)
_NO = re.compile(
    r"^\W*(no|nope|nah|don'?t|do not|keep|leave|wait|not|"
    r"nein|nee|nö|nicht|keine?|behalten|lassen|doch nicht|lieber nicht|warten?)\b",
    re.I,
)
_NEGATED = re.compile(r"\b(don'?t|do not|not|never|no|nicht|keine?n?|nie|nein)\b", re.I)


def read_yes_or_no(turn: Turn, services: Services) -> bool | None:
    """A yes or no in words that the intents leave open ("yes please, cancel it")."""
    if turn.intent in ("affirm", "deny"):
        return turn.intent == "affirm"
    if _NO.match(turn.words):
        return False
    return True if _YES.match(turn.words) and not _NEGATED.search(turn.words) else None


def read_cancel_confirmed(turn: Turn, services: Services) -> bool | None:
    """Like a yes or no; asking for it once more is a yes too."""
    if turn.slots.get("requested_slot") != "cancel_confirmed":
        return None
    answer = read_yes_or_no(turn, services)
    if answer is None and turn.intent == "cancel_order" and not _NEGATED.search(turn.words):
        return True
    return answer


def read_order_number(turn: Turn, services: Services) -> str | None:
    """Four digits said to a question for an order number, however they are written."""
    if turn.slots.get("requested_slot") != "order_number" or turn.entity("order_number"):
        return None
    numbers = re.findall(r"(?<![\w£])(?:FH[- ]?|#)?\d{4}(?!\w)", turn.words, re.IGNORECASE)
    return numbers[0] if len(numbers) == 1 else None


def read_identity(turn: Turn, services: Services) -> str | None:
    """An e-mail address or postcode."""
    return email_in(turn) or postcode_in(turn)


def check_order_number(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """Bring the number into the shop's form; one given after the identity completes the check."""
    number = normalise.order_number(str(value))
    if number is None:
        return {"order_number": None, "form_hint": "unclear"}
    slots = {**turn.slots, "order_number": number}
    return {"order_number": number, **check_order(turn.sender_id, slots, services)}


def check_identity(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """Compare it with the order's customer, once the order is known; the slot never holds the value."""
    services.memory.put(turn.sender_id, "identity", str(value))
    return check_order(turn.sender_id, turn.slots, services)


ORDER_READERS: dict[str, Reader] = {"order_number": read_order_number, "identity": read_identity}
ORDER_CHECKERS: dict[str, Checker] = {"order_number": check_order_number, "identity": check_identity}


def order_and_owner(turn: Turn, services: Services) -> list[str]:
    """What to ask before an order may be spoken about."""
    return ["order_number"] if owns(turn.slots, services) else ["order_number", "identity"]


class OrderForm(GuidedForm):
    """Which order, and whose."""

    own_intents = frozenset({"track_order", "order_details", "refund_status", "report_missing_parcel"})
    private_slots = ("identity",)
    readers = ORDER_READERS
    checkers = ORDER_CHECKERS

    def name(self) -> str:
        return "validate_order_form"

    def needed(self, turn: Turn, services: Services) -> list[str]:
        return order_and_owner(turn, services)


class CancelForm(GuidedForm):
    """Which order, whose, and whether they are sure; the last only while it can be cancelled."""

    own_intents = frozenset({"cancel_order"})
    private_slots = ("identity", "cancel_confirmed")
    readers = {**ORDER_READERS, "cancel_confirmed": read_cancel_confirmed}
    checkers = ORDER_CHECKERS

    def name(self) -> str:
        return "validate_cancel_form"

    def needed(self, turn: Turn, services: Services) -> list[str]:
        slots = order_and_owner(turn, services)
        if "identity" in slots:
            return slots
        order = services.shop.find_order(str(turn.slots["order_number"]))
        return [*slots, "cancel_confirmed"] if order and order.changeable else slots


def _check_account_email(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    services.memory.put(turn.sender_id, "account_email", str(value))
    return check_account(turn.sender_id, turn.slots, services)


def _check_account_postcode(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    services.memory.put(turn.sender_id, "account_postcode", str(value))
    return check_account(turn.sender_id, turn.slots, services)


class OrdersForm(GuidedForm):
    """Whose orders: e-mail and postcode, since there is no order number that only the customer would know."""

    own_intents = frozenset({"list_orders"})
    private_slots = ("identity", "identity_postcode")
    readers = {
        "identity": lambda turn, services: email_in(turn),
        "identity_postcode": lambda turn, services: postcode_in(turn),
    }
    checkers = {"identity": _check_account_email, "identity_postcode": _check_account_postcode}

    def name(self) -> str:
        return "validate_orders_form"

    def needed(self, turn: Turn, services: Services) -> list[str]:
        return [] if turn.slots.get("verified_customer") else ["identity", "identity_postcode"]
