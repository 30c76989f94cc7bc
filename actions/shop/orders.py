"""Reading orders, and who may see them."""

import hmac
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from actions.shop import normalise
from actions.shop.backend import (
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    ReturnRecord,
    Shipment,
    ShipmentEvent,
)
from actions.shop.normalise import pounds
from actions.shop.tables import (
    addresses,
    customers,
    order_lines,
    orders,
    products,
    returns,
    shipment_events,
    shipments,
    variants,
)

TRACKING_URL = "https://track.fellrunner-couriers.example/"
LABEL_URL = "https://returns.fernhill.example/labels/"

_CUSTOMER = sa.select(
    customers.c.id, customers.c.first_name, customers.c.last_name, customers.c.email, addresses.c.postcode
).join(addresses, sa.and_(addresses.c.customer_id == customers.c.id, addresses.c.is_account))


def identify(connection: Connection, number: str, given: str) -> Customer | None:
    """The order's customer if `given` is their e-mail or account postcode.

    An unknown order takes the same query and the same comparisons as a wrong identity, so that neither the
    answer nor its time says which orders exist.
    """
    wanted = normalise.order_number(number) or ""
    statement = _CUSTOMER.join(orders, orders.c.customer_id == customers.c.id).where(
        orders.c.number == wanted
    )
    row = connection.execute(statement).first()
    email, postcode = (row.email, row.postcode) if row else ("nobody@example.invalid", "ZZ99 9ZZ")
    matches = _same(given, email) | _same(given, postcode)
    return Customer(*row) if row and matches else None


def identify_by_both(connection: Connection, email: str, postcode: str) -> Customer | None:
    """The customer with this e-mail and this account postcode."""
    row = connection.execute(_CUSTOMER.where(customers.c.email == normalise.identity(email))).first()
    matches = _same(postcode, row.postcode if row else "ZZ99 9ZZ")
    return Customer(*row) if row and matches else None


def _same(given: str, kept: str) -> bool:
    return hmac.compare_digest(normalise.identity(given).encode(), normalise.identity(kept).encode())


def load_one(connection: Connection, number: str) -> Order | None:
    """The order with this number, however it is written."""
    found = load(
        connection, sa.select(orders).where(orders.c.number == (normalise.order_number(number) or ""))
    )
    return found[0] if found else None


def load(connection: Connection, statement: Any) -> list[Order]:
    """Orders with lines, parcels and returns: four queries for any number of orders.

    Args:
        statement: A select over the orders table; its order is kept.
    """
    rows = connection.execute(statement).all()
    ids = [row.id for row in rows]
    if not ids:
        return []
    lines, back, parcels = _lines(connection, ids), _returns(connection, ids), _shipments(connection, rows)
    return [_order(row, lines[row.id], parcels.get(row.id), back[row.id]) for row in rows]


def _order(
    row: Any, lines: Iterable[OrderLine], shipment: Shipment | None, back: Iterable[ReturnRecord]
) -> Order:
    return Order(
        number=row.number,
        customer_id=row.customer_id,
        status=OrderStatus(row.status),
        placed_on=row.placed_on,
        delivery=row.delivery,
        delivery_cost=pounds(row.delivery_pence),
        total=pounds(row.total_pence),
        payment_method=row.payment_method,
        address=row.address,
        postcode=row.postcode,
        expected_on=row.expected_on,
        delivered_on=row.delivered_on,
        cancelled_on=row.cancelled_on,
        lines=tuple(lines),
        shipment=shipment,
        returns=tuple(back),
    )


_LINES = (
    sa.select(
        order_lines.c.order_id,
        variants.c.sku,
        products.c.name,
        products.c.category,
        variants.c.colour,
        variants.c.size,
        order_lines.c.quantity,
        order_lines.c.unit_pence,
    )
    .join(variants, variants.c.id == order_lines.c.variant_id)
    .join(products, products.c.id == variants.c.product_id)
    .order_by(order_lines.c.id)
)


def _lines(connection: Connection, ids: list[int]) -> dict[int, list[OrderLine]]:
    found: dict[int, list[OrderLine]] = defaultdict(list)
    for order_id, sku, product, category, colour, size, quantity, pence in connection.execute(
        _LINES.where(order_lines.c.order_id.in_(ids))
    ):
        found[order_id].append(OrderLine(sku, product, category, colour, size, quantity, pounds(pence)))
    return found


def _shipments(connection: Connection, rows: Iterable[Any]) -> dict[int, Shipment]:
    placed = {row.id: row for row in rows}
    statement = (
        sa.select(shipments, shipment_events.c.at, shipment_events.c.status, shipment_events.c.place)
        .add_columns(shipment_events.c.note)
        .outerjoin(shipment_events, shipment_events.c.shipment_id == shipments.c.id)
        .where(shipments.c.order_id.in_(list(placed)))
        .order_by(shipment_events.c.at, shipment_events.c.id)
    )
    parcels: dict[int, Any] = {}
    events: dict[int, list[ShipmentEvent]] = defaultdict(list)
    for row in connection.execute(statement):
        parcels[row.order_id] = row
        if row.at is not None:
            events[row.order_id].append(ShipmentEvent(row.at, row.status, row.place, row.note))
    return {key: _shipment(row, placed[key], events[key]) for key, row in parcels.items()}


def _shipment(row: Any, order: Any, events: Iterable[ShipmentEvent]) -> Shipment:
    url = f"{TRACKING_URL}{row.tracking_number}"
    return Shipment(row.courier, row.tracking_number, url, order.expected_on, tuple(events))


_exchanged = variants.alias("exchanged")
_RETURNS = (
    sa.select(
        returns,
        order_lines.c.order_id,
        orders.c.number.label("order_number"),
        variants.c.sku,
        products.c.name,
        _exchanged.c.sku.label("exchange_sku"),
    )
    .join(order_lines, order_lines.c.id == returns.c.order_line_id)
    .join(orders, orders.c.id == order_lines.c.order_id)
    .join(variants, variants.c.id == order_lines.c.variant_id)
    .join(products, products.c.id == variants.c.product_id)
    .outerjoin(_exchanged, _exchanged.c.id == returns.c.exchange_variant_id)
    .order_by(returns.c.id)
)


def _returns(connection: Connection, ids: list[int]) -> dict[int, list[ReturnRecord]]:
    found: dict[int, list[ReturnRecord]] = defaultdict(list)
    for row in connection.execute(_RETURNS.where(order_lines.c.order_id.in_(ids))):
        found[row.order_id].append(_return(row))
    return found


def _return(row: Any) -> ReturnRecord:
    number = f"R-{3000 + row.id}"
    return ReturnRecord(
        number=number,
        order_number=row.order_number,
        sku=row.sku,
        product=row.name,
        quantity=row.quantity,
        kind=row.kind,
        reason=row.reason,
        status=row.status,
        registered_on=row.registered_on,
        refund=pounds(row.refund_pence),
        label_reference=f"FC{number[2:]}-{row.order_number[3:]}",
        label_url=f"{LABEL_URL}{number}.pdf",
        exchange_sku=row.exchange_sku,
        received_on=row.received_on,
        refunded_on=row.refunded_on,
    )
