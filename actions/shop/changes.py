"""Cancelling an order and sending it elsewhere: possible until it is dispatched, decided in one statement."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from actions.shop import normalise
from actions.shop.backend import (
    CHANGEABLE,
    AddressChange,
    AddressReason,
    AddressResult,
    CancelReason,
    CancelResult,
    InvalidAddress,
    OrderStatus,
    UnknownAddressChange,
    UnknownOrder,
)
from actions.shop.normalise import pounds
from actions.shop.tables import address_changes, order_lines, orders, variants

_CHANGEABLE = tuple(str(status) for status in CHANGEABLE)
# Short enough for a parcel label and the column, long enough for "1 Foo St, LA9 4QQ".
_ADDRESS_LENGTHS = (12, 200)
_SETTLED: dict[str, AddressReason] = {"confirmed": "already_confirmed", "replaced": "replaced"}


def cancel(connection: Connection, number: str, today: date) -> CancelResult:
    """Cancel the order if it has not left, and put its goods back on the shelf."""
    wanted = normalise.order_number(number) or ""
    cancelled = connection.execute(
        sa.update(orders)
        .where(orders.c.number == wanted, orders.c.status.in_(_CHANGEABLE))
        .values(status=str(OrderStatus.CANCELLED), cancelled_on=today, expected_on=None)
    )
    row = connection.execute(sa.select(orders).where(orders.c.number == wanted)).first()
    if row is None:
        return CancelResult(False, "unknown_order", None, None, None)
    status = OrderStatus(row.status)
    if cancelled.rowcount == 0:
        late: CancelReason = "already_cancelled" if status == OrderStatus.CANCELLED else "too_late"
        return CancelResult(False, late, status, None, None)
    _restock(connection, row.id)
    return CancelResult(True, None, status, pounds(row.total_pence), row.payment_method)


def _restock(connection: Connection, order_id: int) -> None:
    lines = (
        sa.select(order_lines).where(order_lines.c.order_id == order_id).order_by(order_lines.c.variant_id)
    )
    for line in connection.execute(lines).all():
        connection.execute(
            sa.update(variants)
            .where(variants.c.id == line.variant_id)
            .values(stock=variants.c.stock + line.quantity)
        )


def propose_address(connection: Connection, number: str, text: str, today: date) -> int:
    """Keep a new delivery address until the customer confirms it; an earlier proposal is dropped."""
    address, postcode = _checked_address(text)
    wanted = normalise.order_number(number) or ""
    order_id = connection.execute(sa.select(orders.c.id).where(orders.c.number == wanted)).scalar()
    if order_id is None:
        raise UnknownOrder(f"no order {number!r}: identify the customer before changing an address")
    connection.execute(
        sa.update(address_changes)
        .where(address_changes.c.order_id == order_id, address_changes.c.status == "pending")
        .values(status="replaced", text="", postcode="")
    )
    values = {
        "order_id": order_id,
        "text": address,
        "postcode": postcode,
        "status": "pending",
        "proposed_on": today,
    }
    return int(connection.execute(sa.insert(address_changes).values(**values)).inserted_primary_key[0])


def _checked_address(text: str) -> tuple[str, str]:
    address = " ".join(text.split())
    shortest, longest = _ADDRESS_LENGTHS
    if len(address) > longest:
        raise InvalidAddress("too_long")
    postcode = normalise.find_postcode(address)
    if postcode is None:
        raise InvalidAddress("no_postcode")
    if len(address) < shortest:
        raise InvalidAddress("too_short")
    return address, postcode


def pending_address(connection: Connection, change_id: int) -> AddressChange | None:
    """The change with this id, whatever has become of it."""
    row = connection.execute(_change(change_id)).first()
    return AddressChange(row.id, row.number, row.status, row.text) if row else None


def confirm_address(connection: Connection, change_id: int) -> AddressResult:
    """Send the order to the proposed address, if it has not left and the proposal still stands."""
    row = connection.execute(_change(change_id).with_for_update(of=address_changes)).first()
    if row is None:
        raise UnknownAddressChange(f"no address change {change_id}: propose the address again")
    if row.status != "pending":
        return AddressResult(False, _SETTLED[row.status], row.number)
    moved = connection.execute(
        sa.update(orders)
        .where(orders.c.id == row.order_id, orders.c.status.in_(_CHANGEABLE))
        .values(address=row.text, postcode=row.postcode)
    )
    if moved.rowcount == 0:
        return AddressResult(False, "too_late", row.number)
    connection.execute(
        sa.update(address_changes)
        .where(address_changes.c.id == change_id)
        .values(status="confirmed", text="", postcode="")  # the order has it now; one copy is enough
    )
    return AddressResult(True, None, row.number)


def _change(change_id: int) -> "sa.sql.Select":
    return (
        sa.select(address_changes, orders.c.number)
        .join(orders, orders.c.id == address_changes.c.order_id)
        .where(address_changes.c.id == change_id)
    )
