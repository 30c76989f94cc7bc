"""The form for sending something back or swapping it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz, process, utils

from actions.context import Services
from actions.forms.base import GuidedForm
from actions.forms.orders import ORDER_CHECKERS, ORDER_READERS, order_and_owner
from actions.shop import normalise
from actions.shop.backend import FAULTY_REASONS, Order, OrderLine, Variant
from actions.turn import Turn, entities_at_start, looks_like_a_question
from actions.wording import line, variant

# How alike a reply and a line of the order must be (0–100), and by how much the best must win.
_ITEM_LIKENESS, _ITEM_LEAD = 70.0, 5.0
# These let even unsealed items come back, so the reason is asked before the form gives up.
_CURABLE = frozenset({"non_returnable"})
_FILLERS = re.compile(
    r"\b(the|i|my|to|return|want|send|back|please|it'?s|that|one|exchange|a|an|would|like)\b", re.I
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def the_order(turn: Turn, services: Services) -> Order | None:
    """The order the form is about."""
    number = turn.slot("order_number")
    return services.shop.find_order(number) if number else None


def the_line(turn: Turn, services: Services) -> OrderLine | None:
    """The line that was chosen, if it is in the order."""
    order, sku = the_order(turn, services), turn.slot("return_item")
    return next((item for item in order.lines if item.sku == sku), None) if order else None


def match_line(text: str, lines: tuple[OrderLine, ...]) -> OrderLine | None:
    """The line that a customer means by "the boots", "the second one" or a button's text; None if unclear."""
    by_place = [place for place, word in enumerate(_ORDINALS) if re.search(rf"\b{word}\b", text, re.I)]
    if len(by_place) == 1 and by_place[0] < len(lines):
        return lines[by_place[0]]
    labels = [f"{line(item)} {item.category}" for item in lines]
    exact = [item for item in lines if line(item).casefold() == text.strip().casefold()]
    if exact:
        return exact[0]
    scorer = fuzz.partial_token_set_ratio if len(text.split()) < 2 else fuzz.token_set_ratio
    hits = process.extract(_object(text), labels, scorer=scorer, processor=utils.default_process, limit=2)
    if not hits or hits[0][1] < _ITEM_LIKENESS:
        return None
    sure = len(hits) == 1 or hits[0][1] - hits[1][1] >= _ITEM_LEAD
    return lines[hits[0][2]] if sure else None


def _object(text: str) -> str:
    """The words that may name a thing."""
    return _FILLERS.sub(" ", text)


def read_item(turn: Turn, services: Services) -> str | None:
    """The line's sku, from what the customer names when asked."""
    order, text = the_order(turn, services), turn.words
    if not order or not text or turn.slots.get("requested_slot") != "return_item":
        return None
    found = match_line(text, order.lines) or match_named(dict(turn.entities), order.lines)
    return found.sku if found else None


def match_named(named: Mapping[str, str], lines: tuple[OrderLine, ...]) -> OrderLine | None:
    """The line of a product, or the only one of a category, among a message's entities."""
    of_kind = [item for item in lines if item.category == named.get("category")]
    return match_line(named.get("product", ""), lines) or (of_kind[0] if len(of_kind) == 1 else None)


def read_reason(turn: Turn, services: Services) -> str | None:
    """Any words that name no known reason are one too, as long as they answer the question."""
    if turn.slots.get("requested_slot") != "return_reason" or turn.entity("reason") or not turn.words:
        return None
    elsewhere = turn.intent in ("thank", "greet", "ask_capabilities", *ReturnForm.own_intents)
    return None if elsewhere or looks_like_a_question(turn.words) else "other"


def read_exchange(turn: Turn, services: Services) -> dict[str, str] | None:
    """The colour and size wanted, when asked."""
    if turn.slots.get("requested_slot") != "exchange_for":
        return None
    found = {name: turn.entity(name) for name in ("colour", "size")}
    if not any(found.values()):
        found = _named(turn, services)
    return {name: value for name, value in found.items() if value} or None


def _named(turn: Turn, services: Services) -> dict[str, str | None]:
    """Colour and size by the words of the variants themselves, where the extractor found nothing ("9.5")."""
    options, words = swaps(turn, services), turn.words.casefold()
    colours = [one.colour for one in options if _holds(words, one.colour)]
    sizes = [one.size for one in options if _holds(words, one.size)]
    return {"colour": next(iter(colours), None), "size": next(iter(sizes), None)}


def _holds(words: str, value: str) -> bool:
    return bool(re.search(rf"(?<![\w.]){re.escape(value.casefold())}(?!\w|\.\d)", words))


def swaps(turn: Turn, services: Services) -> list[Variant]:
    """What the chosen item can be swapped for: on the shelf, and not what they have."""
    item = the_line(turn, services)
    if item is None:
        return []
    variants = services.shop.availability(item.product)
    return [one for one in variants if one.stock >= item.quantity and one.sku != item.sku]


def check_item(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """A line of this order, or none."""
    order = the_order(turn, services)
    known = bool(order) and any(item.sku == value for item in order.lines) if order else False
    return {"return_item": value if known else None, "exchange_for": None}


def check_exchange(value: Any, turn: Turn, services: Services) -> dict[str, Any]:
    """The variant with the wishes given, the rest as it is; a hint says why there is none."""
    item = the_line(turn, services)
    if item is None or not isinstance(value, dict):
        return {"exchange_for": None}
    colour = value.get("colour") or item.colour
    size = normalise.size(value["size"]) if value.get("size") else item.size
    if (colour, size) == (item.colour, item.size):
        return {"exchange_for": None, "form_hint": "same"}
    wanted = (colour, size.casefold())
    found = [one for one in swaps(turn, services) if (one.colour, one.size.casefold()) == wanted]
    if not found:
        return {"exchange_for": None, "form_hint": "unavailable", "colour": colour, "size": size}
    return {"exchange_for": found[0].sku}


class ReturnForm(GuidedForm):
    """Which order, whose, which item, why and, for an exchange, what instead."""

    own_intents = frozenset({"start_return", "start_exchange", "report_damaged"})
    private_slots = ("identity", "return_item", "return_reason", "exchange_for")
    free_slots = frozenset({"return_item", "return_reason", "exchange_for"})
    readers = {
        **ORDER_READERS,
        "return_item": read_item,
        "return_reason": read_reason,
        "exchange_for": read_exchange,
    }
    checkers = {**ORDER_CHECKERS, "return_item": check_item, "exchange_for": check_exchange}

    def name(self) -> str:
        return "validate_return_form"

    def needed(self, turn: Turn, services: Services) -> list[str]:
        slots = order_and_owner(turn, services)
        if "identity" in slots or not self._worth_asking(turn, services):
            return slots
        exchange = turn.slot("return_kind") == "exchange" and turn.slot("return_item")
        wanted = ["exchange_for"] if exchange and swaps(turn, services) else []
        return [*slots, "return_item", "return_reason", *wanted]

    def _worth_asking(self, turn: Turn, services: Services) -> bool:
        """False once nothing, or not the chosen item, can go back: action_register_return explains why."""
        order = the_order(turn, services)
        if order is None:
            return False
        chosen, reason = turn.slot("return_item"), turn.slot("return_reason")
        skus = [chosen] if chosen else [item.sku for item in order.lines]
        faulty = reason or next(iter(FAULTY_REASONS))
        return any(services.shop.return_eligibility(order.number, sku, faulty).ok for sku in skus)

    def settle(self, turn: Turn, services: Services) -> dict[str, Any]:
        """What the first message named already, and the item of an order that has only one."""
        intent, named = entities_at_start(turn, self.form_name())
        slots: dict[str, Any] = {}
        order = the_order(turn, services)
        if order and "return_item" in self.needed(turn, services) and not turn.slot("return_item"):
            item = match_named(named, order.lines)
            item = order.lines[0] if len(order.lines) == 1 else item
            slots = {"return_item": item.sku if item else None}
        turn = replace(turn, slots={**turn.slots, **slots})
        wishes = {name: named[name] for name in ("colour", "size") if name in named}
        if wishes and intent == "start_exchange" and self._exchange_unasked(turn, services):
            slots |= check_exchange(wishes, turn, services)
        return slots

    def _exchange_unasked(self, turn: Turn, services: Services) -> bool:
        unasked = turn.slots.get("requested_slot") != "exchange_for" and not turn.slot("exchange_for")
        return unasked and "exchange_for" in self.needed(turn, services)


def wish(turn: Turn) -> str:
    """What was asked for and is not there."""
    return variant(turn.slot("colour"), turn.slot("size"))
