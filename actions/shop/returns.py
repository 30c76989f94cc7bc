"""Returns, exchanges and refunds: the promises of the help centre as code."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from actions.shop import normalise
from actions.shop.backend import (
    FAULTY_REASONS,
    REFUND_WORKING_DAYS,
    RETURN_WINDOW_DAYS,
    Eligibility,
    IneligibleReason,
    Order,
    RefundState,
    RefundStatus,
    ReturnKind,
    ReturnRecord,
    ReturnRefused,
    UnknownOrder,
    VariantUnavailable,
)
from actions.shop.calendar import add_working_days
from actions.shop.orders import load_one
from actions.shop.tables import order_lines, orders, products, returns, variants

# What only a sealed pack allows back; worn socks cannot be told from here, so they stay the customer's word.
_SEALED_ONLY = frozenset({"unsealed", "opened"})
_LONG_WARRANTY_CATEGORIES = frozenset({"Tents", "Backpacks"})


def eligibility(
    connection: Connection, number: str, sku: str, reason: str | None, today: date
) -> Eligibility:
    """May this line of the order go back today, and until when?"""
    order_row = connection.execute(
        sa.select(orders.c.id, orders.c.delivered_on, orders.c.status).where(
            orders.c.number == (normalise.order_number(number) or "")
        )
    ).first()
    if order_row is None:
        raise UnknownOrder(f"no order {number!r}: identify the customer before asking about a return")
    line = _line(connection, order_row.id, sku)
    if line is None:
        return Eligibility(False, "unknown_item", None, None, 0, None)
    return _decide(order_row, line, _left(connection, line), reason, today)


def _line(connection: Connection, order_id: int, sku: str) -> Any:
    statement = (
        sa.select(order_lines, variants.c.product_id, products.c.category, products.c.non_returnable_once)
        .join(variants, variants.c.id == order_lines.c.variant_id)
        .join(products, products.c.id == variants.c.product_id)
        .where(order_lines.c.order_id == order_id, variants.c.sku == sku)
    )
    return connection.execute(statement).first()


def _left(connection: Connection, line: Any) -> int:
    taken = sa.select(sa.func.coalesce(sa.func.sum(returns.c.quantity), 0))
    return int(
        line.quantity - connection.execute(taken.where(returns.c.order_line_id == line.id)).scalar_one()
    )


def _decide(order: Any, line: Any, left: int, reason: str | None, today: date) -> Eligibility:
    if order.delivered_on is None:
        return Eligibility(False, "not_delivered", None, line.non_returnable_once, left, None)
    until = order.delivered_on + timedelta(days=RETURN_WINDOW_DAYS)
    refused: IneligibleReason | None = None
    if left <= 0:
        refused = "already_returned"
    elif line.non_returnable_once in _SEALED_ONLY and reason not in FAULTY_REASONS:
        refused = "non_returnable"
    elif today > until:
        refused = "outside_window"
    warranty = _warranty_until(order.delivered_on, line.category)
    return Eligibility(refused is None, refused, until, line.non_returnable_once or "used", left, warranty)


def _warranty_until(delivered_on: date, category: str) -> date:
    years = 5 if category in _LONG_WARRANTY_CATEGORIES else 2
    try:
        return delivered_on.replace(year=delivered_on.year + years)
    except ValueError:  # 29 February
        return delivered_on.replace(year=delivered_on.year + years, day=28)


def register(
    connection: Connection,
    number: str,
    sku: str,
    kind: ReturnKind,
    reason: str,
    exchange_sku: str | None,
    quantity: int | None,
    today: date,
) -> ReturnRecord:
    """Write the return down, reserve the exchange and say what label goes on the parcel."""
    order_id = _lock_order(connection, number)
    allowed = eligibility(connection, number, sku, reason, today)
    wanted = allowed.quantity if quantity is None else quantity
    if not allowed.ok or not 1 <= wanted <= allowed.quantity:
        raise ReturnRefused(allowed)
    line = _line(connection, order_id, sku)
    exchange_id = _reserve(connection, line.product_id, exchange_sku, wanted) if kind == "exchange" else None
    connection.execute(
        sa.insert(returns).values(
            order_line_id=line.id,
            quantity=wanted,
            kind=kind,
            reason=reason,
            status="registered",
            refund_pence=0 if kind == "exchange" else wanted * line.unit_pence,
            exchange_variant_id=exchange_id,
            registered_on=today,
        )
    )
    connection.execute(sa.update(orders).where(orders.c.id == order_id).values(status="return_requested"))
    order = load_one(connection, number)
    assert order is not None
    return order.returns[-1]


def _lock_order(connection: Connection, number: str) -> int:
    # PostgreSQL needs the row lock, so that two requests for one item do not both find it returnable.
    statement = sa.select(orders.c.id).where(orders.c.number == (normalise.order_number(number) or ""))
    order_id = connection.execute(statement.with_for_update()).scalar()
    if order_id is None:
        raise UnknownOrder(f"no order {number!r}: identify the customer before registering a return")
    return int(order_id)


def _reserve(connection: Connection, product_id: int, sku: str | None, quantity: int) -> int:
    chosen = (variants.c.sku == sku, variants.c.product_id == product_id, variants.c.stock >= quantity)
    taken = connection.execute(sa.update(variants).where(*chosen).values(stock=variants.c.stock - quantity))
    if taken.rowcount == 0:
        raise VariantUnavailable(f"variant {sku!r} is sold out or of another product: offer availability()")
    return int(connection.execute(sa.select(variants.c.id).where(variants.c.sku == sku)).scalar_one())


def refund_status(connection: Connection, number: str) -> RefundStatus | None:
    """Where the order's money is; what the customer still waits for comes before what is settled."""
    order = load_one(connection, number)
    if order is None:
        return None
    if order.cancelled_on is not None:
        return _cancelled_refund(connection, order, order.cancelled_on)
    back = [record for record in order.returns if record.kind == "return"]
    for status, state in (("received", "parcel_received"), ("registered", "waiting_for_parcel")):
        if waiting := [record for record in back if record.status == status]:
            return _refund(order, state, waiting)  # type: ignore[arg-type]
    if not back:
        return _refund(order, "none", [])
    whole = sum(record.quantity for record in back) == sum(line.quantity for line in order.lines)
    return _refund(order, "refunded" if whole else "partially_refunded", back)


def _refund(order: Order, state: RefundState, records: list[ReturnRecord]) -> RefundStatus:
    amount = sum((record.refund for record in records), start=normalise.pounds(0))
    received = max((record.received_on for record in records if record.received_on), default=None)
    refunded = max((record.refunded_on for record in records if record.refunded_on), default=None)
    due = add_working_days(received, REFUND_WORKING_DAYS) if received and not refunded else None
    return RefundStatus(order.number, state, amount, order.payment_method, received, due, refunded)


def _cancelled_refund(connection: Connection, order: Order, cancelled_on: date) -> RefundStatus:
    statement = sa.select(orders.c.refunded_on).where(orders.c.number == order.number)
    refunded_on = connection.execute(statement).scalar()
    state: RefundState = "refunded" if refunded_on else "on_its_way"
    due = None if refunded_on else add_working_days(cancelled_on, REFUND_WORKING_DAYS)
    return RefundStatus(order.number, state, order.total, order.payment_method, None, due, refunded_on)
