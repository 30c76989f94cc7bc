"""Actions after the forms about orders: track, show, list, cancel, send elsewhere."""

from typing import Any

from actions import order_wording
from actions.base import PlainAction
from actions.context import Services
from actions.further import finished
from actions.identity import refusal, verified_order
from actions.shop.backend import Order, OrderStatus, UnknownAddressChange
from actions.turn import Turn
from actions.wording import Reply, Say, button, items, money, thing

_SHOWN_ORDERS = 5
_ON_ITS_WAY = (OrderStatus.SHIPPED, OrderStatus.OUT_FOR_DELIVERY, OrderStatus.DELAYED)


class OrderTask(PlainAction):
    """Says where an order, its contents or its refund are, by the slot `order_task`."""

    def name(self) -> str:
        return "action_order_task"

    def reply(self, turn: Turn, services: Services) -> Reply:
        order = verified_order(turn, services)
        if isinstance(order, Reply):
            return order
        says = _task(turn.slot("order_task") or "track", order, services)
        return finished(turn, says, {"identity": None})


def _task(task: str, order: Order, services: Services) -> tuple[Say, ...]:
    today = services.today
    if task == "details":
        return order_wording.details(order, today)
    if task == "missing":
        return order_wording.missing(order, today)
    status = services.shop.refund_status(order.number) if task == "refund" else None
    return (order_wording.refund(order, status, today) if status else order_wording.track(order, today),)


class ListOrders(PlainAction):
    """Lists the customer's latest orders, one button each."""

    def name(self) -> str:
        return "action_list_orders"

    def reply(self, turn: Turn, services: Services) -> Reply:
        customer_id = turn.slot("verified_customer")
        record = services.crm.find_customer(int(customer_id)) if customer_id else None
        if record is None:
            return refusal(turn)
        orders = services.shop.orders_of(record.id, _SHOWN_ORDERS)
        values = {"first_name": record.first_name, "orders": order_wording.overview(orders, services.today)}
        buttons = tuple(button(one.number, "track_order", {"order_number": one.number}) for one in orders)
        shown = tuple(
            thing("order_number", one.number, total=float(one.total), placed=one.placed_on.toordinal())
            for one in orders
        )
        message = Say("utter_orders_list" if orders else "utter_orders_none", values, buttons, things=shown)
        done = {"identity": None, "identity_postcode": None}
        return finished(turn, (message,), done)


class AskCancelConfirmed(PlainAction):
    """Shows what would be cancelled and asks for a yes."""

    def name(self) -> str:
        return "action_ask_cancel_confirmed"

    def reply(self, turn: Turn, services: Services) -> Reply:
        order = verified_order(turn, services)
        if isinstance(order, Reply):
            return order
        if turn.slot("form_hint") == "unclear":
            return Reply((Say("utter_yes_no_unclear"),))
        values = {"order_number": order.number, "items": items(order), "total": money(order.total)}
        return Reply((Say("utter_ask_cancel_confirmed", values),))


class CancelOrder(PlainAction):
    """Cancels after a yes; explains what is possible instead when it is too late."""

    def name(self) -> str:
        return "action_cancel_order"

    def reply(self, turn: Turn, services: Services) -> Reply:
        order = verified_order(turn, services)
        if isinstance(order, Reply):
            return order
        message = _cancel(turn, order, services)
        done = {"identity": None, "cancel_confirmed": None}
        return finished(turn, (message,), done)


def _cancel(turn: Turn, order: Order, services: Services) -> Say:
    values = order_wording.order_values(order, services.today)
    if order.status == OrderStatus.CANCELLED:
        return Say("utter_cancel_already", values)
    if order.changeable and turn.slots.get("cancel_confirmed") is not True:
        return Say("utter_cancel_kept", values)
    result = services.shop.cancel_order(order.number)
    if not result.ok:
        too_late = order.status in (*_ON_ITS_WAY, OrderStatus.DELIVERED)
        return Say("utter_cancel_too_late", values) if too_late else _as_it_is(order, services)
    _record(turn, order, "order.cancelled", services)
    refund = money(result.refund) if result.refund is not None else ""
    return Say("utter_cancel_done", {**values, "refund": refund})


class AskAddressConfirmed(PlainAction):
    """Reads the new address back and asks for a yes."""

    def name(self) -> str:
        return "action_ask_address_confirmed"

    def reply(self, turn: Turn, services: Services) -> Reply:
        order = verified_order(turn, services)
        if isinstance(order, Reply):
            return order
        change = services.shop.pending_address(_change_id(turn))
        if change is None or turn.slot("form_hint") == "unclear":
            return Reply((Say("utter_yes_no_unclear"),))
        values = {"order_number": order.number, "new_address_text": change.text}
        return Reply((Say("utter_ask_address_confirmed", values),))


class ChangeAddress(PlainAction):
    """Sends the order to the confirmed address; explains what is possible instead when it is too late."""

    def name(self) -> str:
        return "action_change_address"

    def reply(self, turn: Turn, services: Services) -> Reply:
        order = verified_order(turn, services)
        if isinstance(order, Reply):
            return order
        message = _change_address(turn, order, services)
        done: dict[str, Any] = {"identity": None, "new_address": None, "address_confirmed": None}
        return finished(turn, (message,), done)


def _change_address(turn: Turn, order: Order, services: Services) -> Say:
    values = order_wording.order_values(order, services.today)
    if not order.changeable:
        late = order.status in _ON_ITS_WAY and order.shipment is not None
        return Say("utter_address_too_late" if late else "utter_address_closed", values)
    if turn.slots.get("address_confirmed") is not True:
        return Say("utter_address_kept", values)
    try:
        result = services.shop.confirm_address(_change_id(turn))
    except UnknownAddressChange:
        return Say("utter_address_kept", values)
    if not result.ok:
        return Say("utter_address_too_late" if result.reason == "too_late" else "utter_address_kept", values)
    _record(turn, order, "order.address_changed", services)
    return Say("utter_address_done", values)


def _as_it_is(order: Order, services: Services) -> Say:
    return order_wording.track(order, services.today)


def _record(turn: Turn, order: Order, kind: str, services: Services) -> None:
    services.record(turn.sender_id, turn.slot("verified_customer"), kind, {"order": order.number})


def _change_id(turn: Turn) -> int:
    number = turn.slot("new_address") or ""
    return int(number) if number.isdigit() else 0
