"""Who the customer is: nothing about an order is said, and nothing changed, before this is known."""

import re
from collections.abc import Mapping
from typing import Any

from actions.context import Services
from actions.shop import normalise
from actions.shop.backend import Order
from actions.turn import Turn
from actions.wording import Reply, Say

GIVEN, VERIFIED, FAILED, UNAVAILABLE = "given", "verified", "failed", "unavailable"

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")


def email_in(turn: Turn) -> str | None:
    """The e-mail address that a message names, in lower case."""
    found = turn.entity("email") or next(iter(_EMAIL.findall(turn.words)), None)
    return found.lower() if found else None


def postcode_in(turn: Turn) -> str | None:
    """The postcode that a message names."""
    return normalise.find_postcode(turn.entity("postcode") or turn.words)


def owns(slots: Mapping[str, Any], services: Services) -> bool:
    """True if the conversation's verified customer owns the order it is about."""
    customer, number = slots.get("verified_customer"), slots.get("order_number")
    return bool(customer and number) and services.shop.owns(int(str(customer)), str(number))


def check_order(conversation_id: str, slots: Mapping[str, Any], services: Services) -> dict[str, Any]:
    """Compare what was given with the order's customer, and say which slots that sets.

    An unknown order and a wrong identity have the same outcome.
    """
    if owns(slots, services):
        return {"identity": VERIFIED}
    given = services.memory.get(conversation_id, "identity")
    if given is None:
        return {"identity": None}
    if not slots.get("order_number"):
        return {"identity": GIVEN}
    services.memory.drop(conversation_id, "identity")
    if _locked(slots, services):
        return {"identity": FAILED}
    customer = services.shop.identify(str(slots["order_number"]), given)
    return _verified(customer.id) if customer else _wrong(slots, services)


def check_account(conversation_id: str, slots: Mapping[str, Any], services: Services) -> dict[str, Any]:
    """Compare e-mail and postcode with the accounts, once both are known."""
    email = services.memory.get(conversation_id, "account_email")
    postcode = services.memory.get(conversation_id, "account_postcode")
    if not email or not postcode:
        return {"identity": GIVEN if email else None, "identity_postcode": GIVEN if postcode else None}
    services.memory.drop(conversation_id, "account_email", "account_postcode")
    if _locked(slots, services):
        return {"identity": FAILED, "identity_postcode": None}
    customer = services.shop.identify_by_both(email, postcode)
    found = _verified(customer.id) if customer else _wrong(slots, services)
    return {**found, "identity_postcode": VERIFIED if customer else None}


def _verified(customer_id: int) -> dict[str, Any]:
    return {"identity": VERIFIED, "verified_customer": str(customer_id), "identity_tries": 0}


def _tries(slots: Mapping[str, Any]) -> int:
    return int(slots.get("identity_tries") or 0)


def _locked(slots: Mapping[str, Any], services: Services) -> bool:
    return _tries(slots) >= 2 * services.identity_tries


def _wrong(slots: Mapping[str, Any], services: Services) -> dict[str, Any]:
    tries = _tries(slots) + 1
    if tries % services.identity_tries == 0:
        return {"identity": FAILED, "identity_tries": tries}
    return {"identity": None, "identity_tries": tries, "form_hint": "wrong"}


def verified_order(turn: Turn, services: Services) -> Order | Reply:
    """The order a form was about, or what to say when the form ended without the customer being known."""
    if owns(turn.slots, services):
        order = services.shop.find_order(str(turn.slots["order_number"]))
        if order is not None:
            return order
    return refusal(turn)


def refusal(turn: Turn) -> Reply:
    """For a form that gave up, because of wrong answers or because the shop did not answer."""
    unavailable = turn.slots.get("identity") == UNAVAILABLE
    response = "utter_shop_unavailable" if unavailable else "utter_identity_failed"
    return Reply((Say(response),), {"identity": None, "identity_postcode": None})
