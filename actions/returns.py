"""Actions of the return form: choosing an item, choosing what instead, and registering."""

from actions import order_wording
from actions.base import PlainAction
from actions.context import Services
from actions.forms.returns import swaps, the_line, wish
from actions.further import finished
from actions.identity import verified_order
from actions.shop.backend import (
    Eligibility,
    Order,
    OrderLine,
    ReturnKind,
    ReturnRecord,
    ReturnRefused,
    VariantUnavailable,
)
from actions.turn import Turn
from actions.wording import Reply, Say, day, in_stock, line, money, text_button, variant


class AskReturnItem(PlainAction):
    """Offers the order's lines as buttons."""

    def name(self) -> str:
        return "action_ask_return_item"

    def reply(self, turn: Turn, services: Services) -> Reply:
        order = verified_order(turn, services)
        if isinstance(order, Reply):
            return order
        unclear = turn.slot("form_hint") in ("unclear", "help")
        buttons = tuple(text_button(line(item)) for item in order.lines)
        response = "utter_item_unclear" if unclear else "utter_ask_return_item"
        return Reply((Say(response, {"order_number": order.number}, buttons),))


class AskExchangeFor(PlainAction):
    """Lists what the item can be swapped for."""

    def name(self) -> str:
        return "action_ask_exchange_for"

    def reply(self, turn: Turn, services: Services) -> Reply:
        item = the_line(turn, services)
        values = {
            "item": item.product if item else "",
            "options": in_stock(swaps(turn, services)),
            "wanted": wish(turn),
        }
        responses = {"unavailable": "utter_exchange_unavailable", "same": "utter_exchange_same"}
        responses |= {"unclear": "utter_exchange_unclear", "help": "utter_exchange_unclear"}
        return Reply((Say(responses.get(turn.slot("form_hint") or "", "utter_ask_exchange_for"), values),))


class RegisterReturn(PlainAction):
    """Registers the return or exchange, or explains why not and what is possible instead."""

    def name(self) -> str:
        return "action_register_return"

    def reply(self, turn: Turn, services: Services) -> Reply:
        order = verified_order(turn, services)
        if isinstance(order, Reply):
            return order
        says = _register(turn, order, services)
        done = dict.fromkeys(("identity", "return_item", "return_reason", "exchange_for"))
        return finished(turn, says, done)


def _register(turn: Turn, order: Order, services: Services) -> tuple[Say, ...]:
    item = the_line(turn, services) or _hopeless_line(order)
    kind: ReturnKind = "exchange" if turn.slot("return_kind") == "exchange" else "return"
    reason, swap = turn.slot("return_reason"), turn.slot("exchange_for")
    allowed = services.shop.return_eligibility(order.number, item.sku, reason)
    if not allowed.ok:
        return (refused(order, item, allowed, services),)
    if kind == "exchange" and not swap:
        return (Say("utter_exchange_nothing_in_stock", {"item": item.product}),)
    try:
        record = services.shop.register_return(
            order.number, item.sku, kind, reason or "other", swap if kind == "exchange" else None
        )
    except ReturnRefused as error:
        return (refused(order, item, error.eligibility, services),)
    except VariantUnavailable:
        return (Say("utter_exchange_nothing_in_stock", {"item": item.product}),)
    details = {"order": order.number, "return": record.number, "kind": kind, "reason": record.reason}
    services.record(turn.sender_id, turn.slot("verified_customer"), "return.registered", details)
    return (_registered(item, record, services), *_another(order, record))


def _hopeless_line(order: Order) -> OrderLine:
    """The form chose no line because none can go back; any of them says why."""
    return order.lines[0]


def _registered(item: OrderLine, record: ReturnRecord, services: Services) -> Say:
    values = {
        "item": item.product,
        "return_number": record.number,
        "label_url": record.label_url,
        "refund": money(record.refund),
    }
    if record.kind == "return":
        return Say("utter_return_registered", values)
    variants = services.shop.availability(item.product)
    swap = next((one for one in variants if one.sku == record.exchange_sku), None)
    wanted = variant(swap.colour, swap.size) if swap else ""
    return Say("utter_exchange_registered", {**values, "wanted": wanted})


def _another(order: Order, record: ReturnRecord) -> tuple[Say, ...]:
    returned = {record.sku} | {earlier.sku for earlier in order.returns}
    left = [item for item in order.lines if item.sku not in returned]
    return (Say("utter_return_another", {"order_number": order.number}),) if left else ()


def refused(order: Order, item: OrderLine, allowed: Eligibility, services: Services) -> Say:
    """Why an item cannot go back, kindly, and what is possible instead."""
    values = {
        **order_wording.order_values(order, services.today),
        "item": item.product,
        "condition": allowed.condition or "used",
        "until": day(allowed.until, services.today),
        "warranty_until": day(allowed.warranty_until, services.today),
    }
    response = f"utter_return_{allowed.reason}"
    if allowed.reason == "not_delivered" and order.status in ("cancelled", "lost"):
        response = "utter_return_closed"
    elif order.changeable:
        response = "utter_return_cancel_instead"
    exchanged = any(record.sku == item.sku and record.kind == "exchange" for record in order.returns)
    if allowed.reason == "already_returned" and exchanged:
        response = "utter_return_only_once"
    return Say(response, values)
