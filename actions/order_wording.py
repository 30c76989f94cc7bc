"""What to say about an order: where it is, what is in it, where its money is."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from actions.shop.backend import Order, OrderStatus, RefundStatus
from actions.wording import Say, day, items, line, lines, money

_WITH_COURIER = (OrderStatus.SHIPPED, OrderStatus.OUT_FOR_DELIVERY, OrderStatus.DELAYED)


def order_values(order: Order, today: date) -> Mapping[str, Any]:
    """Everything a response about an order may name; empty texts where something is not known."""
    shipment = order.shipment
    scan = shipment.last_event if shipment else None
    return {
        "order_number": order.number,
        "status": spoken_status(order.status),
        "items": items(order),
        "total": money(order.total),
        "payment_method": order.payment_method,
        "placed_on": day(order.placed_on, today),
        "expected": day(order.expected_on, today),
        "delivered_on": day(order.delivered_on, today),
        "cancelled_on": day(order.cancelled_on, today),
        "courier": shipment.courier if shipment else "",
        "tracking_number": shipment.tracking_number if shipment else "",
        "tracking_url": shipment.tracking_url if shipment else "",
        "place": scan.place if scan else "",
        "note": scan.note if scan else "",
        "scanned_on": day(scan.at, today) if scan else "",
        "scanned_at": f"{scan.at:%H:%M}" if scan else "",
    }


def spoken_status(status: OrderStatus) -> str:
    """`out for delivery`."""
    return str(status).replace("_", " ")


def track(order: Order, today: date) -> Say:
    """Where the order is."""
    return Say(_tracking_response(order), order_values(order, today))


def _tracking_response(order: Order) -> str:
    if order.delivery == "collect" and order.status == OrderStatus.DELIVERED:
        return "utter_order_collected"
    if order.delivery == "collect" and order.delivered_on is None and order.status != OrderStatus.CANCELLED:
        return "utter_order_collect_waiting"
    scanned = order.shipment is not None and order.shipment.last_event is not None
    if order.status in _WITH_COURIER and not scanned:
        return "utter_order_no_scans"
    return f"utter_order_{order.status}"


def details(order: Order, today: date) -> tuple[Say, ...]:
    """What is in the order, and where it is."""
    more = {"lines": lines(order), "delivery": order.delivery, "delivery_cost": money(order.delivery_cost)}
    return (Say("utter_order_details", {**order_values(order, today), **more}), track(order, today))


def refund(order: Order, status: RefundStatus, today: date) -> Say:
    """Where the money is; one that is late is said to be late."""
    values = {
        **order_values(order, today),
        "amount": money(status.amount),
        "payment_method": status.payment_method,
        "received_on": day(status.received_on, today),
        "due_by": day(status.due_by, today),
        "refunded_on": day(status.refunded_on, today),
    }
    overdue = status.due_by is not None and status.refunded_on is None and status.due_by < today
    return Say("utter_refund_overdue" if overdue else f"utter_refund_{status.state}", values)


def missing(order: Order, today: date) -> tuple[Say, ...]:
    """What to do about a parcel that has not arrived."""
    if order.status == OrderStatus.DELIVERED and order.delivery != "collect":
        return (Say("utter_missing_delivered", order_values(order, today)),)
    if order.status in (OrderStatus.SHIPPED, OrderStatus.OUT_FOR_DELIVERY):
        return (Say("utter_missing_on_its_way"), track(order, today))
    return (track(order, today),)


def overview(orders: list[Order], today: date) -> str:
    """Orders with date, contents and status, one under the other."""
    return "\n".join(
        f"- {order.number}, {day(order.placed_on, today)}: {_contents(order)}, {money(order.total)}, "
        f"{spoken_status(order.status)}"
        for order in orders
    )


def _contents(order: Order) -> str:
    rest = len(order.lines) - 1
    return line(order.lines[0]) + (f" + {rest}" if rest else "") if order.lines else ""
