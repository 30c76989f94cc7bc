"""An order as it is planned before it becomes rows, and the parcel scans that its dates imply."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

COURIER = "Fellrunner Couriers"
STANDARD_PENCE = 395
EXPRESS_PENCE = 795
FREE_STANDARD_FROM_PENCE = 6000
FREE_CLUB_EXPRESS_OVER_PENCE = 10000
_HUBS = ("Preston hub", "Warrington hub", "Wakefield hub", "Daventry hub")
_LEFT = ("handed to the customer", "handed to the customer", "left in the porch", "left with a neighbour")
_DELAYS = ("snow on the A66", "high volumes at the hub", "vehicle breakdown", "address label hard to read")
_PARCEL_NEVER_LEFT = frozenset({"placed", "packing", "cancelled"})


@dataclass
class ReturnPlan:
    """One returned line; `line` is its place in the order."""

    line: int
    kind: str
    reason: str
    registered_on: date
    received_on: date | None = None
    refunded_on: date | None = None
    exchange_variant_id: int | None = None

    @property
    def status(self) -> str:
        """Where the return is, from its dates."""
        if self.received_on is None:
            return "registered"
        if self.kind == "exchange":
            return "exchanged"
        return "refunded" if self.refunded_on else "received"


@dataclass
class OrderPlan:
    """An order with real dates. `lines` are (variant id, quantity, unit price in pence)."""

    number: str
    customer_id: int
    status: str
    delivery: str
    payment_method: str
    address: str
    postcode: str
    placed_on: date
    lines: list[tuple[int, int, int]]
    delivery_pence: int
    dispatched_on: date | None = None
    expected_on: date | None = None
    delivered_on: date | None = None
    cancelled_on: date | None = None
    refunded_on: date | None = None
    returns: list[ReturnPlan] = field(default_factory=list)

    @property
    def total_pence(self) -> int:
        """Goods and delivery."""
        return sum(quantity * pence for _, quantity, pence in self.lines) + self.delivery_pence

    @property
    def town(self) -> str:
        """The part of the address before the postcode."""
        return self.address.split(", ")[-2]


def delivery_pence(delivery: str, goods_pence: int, club_member: bool) -> int:
    """What delivery costs by the shop's published rules."""
    if delivery == "collect":
        return 0
    if delivery == "express":
        return 0 if club_member and goods_pence > FREE_CLUB_EXPRESS_OVER_PENCE else EXPRESS_PENCE
    return 0 if goods_pence > FREE_STANDARD_FROM_PENCE else STANDARD_PENCE


def scans(plan: OrderPlan, rng: random.Random, today: date) -> list[dict[str, Any]]:
    """The courier's scans, oldest first; empty for what never left the warehouse."""
    if plan.status in _PARCEL_NEVER_LEFT or plan.delivery == "collect" or plan.dispatched_on is None:
        return []
    sent, hub, depot = plan.dispatched_on, rng.choice(_HUBS), f"{plan.town} depot"
    found = [
        _scan(sent, "label_created", "Fernhill warehouse, Kendal", "parcel packed and labelled", rng, 14)
    ]
    found.append(_scan(sent, "collected", "Fernhill warehouse, Kendal", f"collected by {COURIER}", rng, 17))
    if sent < today:
        found.append(_scan(sent + timedelta(days=1), "in_transit", hub, "sorted for onward travel", rng, 2))
    return found + _last_scans(plan, rng, today, hub, depot)


def _last_scans(
    plan: OrderPlan, rng: random.Random, today: date, hub: str, depot: str
) -> list[dict[str, Any]]:
    sent = plan.dispatched_on
    assert sent is not None
    if plan.status == "delayed":
        reason = rng.choice(_DELAYS)
        return [_scan(min(sent + timedelta(days=2), today), "delayed", hub, f"held up: {reason}", rng, 5)]
    if plan.status == "lost":
        return [
            _scan(sent + timedelta(days=8), "missing", hub, "not scanned for a week; search opened", rng, 9),
            _scan(sent + timedelta(days=10), "lost", hub, "search ended, parcel declared lost", rng, 9),
        ]
    if plan.status == "out_for_delivery":
        return [_scan(today, "out_for_delivery", depot, "on the van", rng, 6)]
    if plan.delivered_on is None:
        return []
    van = _scan(plan.delivered_on, "out_for_delivery", depot, "on the van", rng, 6)
    return [van, _scan(plan.delivered_on, "delivered", plan.town, rng.choice(_LEFT), rng, rng.randint(9, 16))]


def _scan(day: date, status: str, place: str, note: str, rng: random.Random, hour: int) -> dict[str, Any]:
    at = datetime.combine(day, time(hour, rng.randint(0, 59)))
    return {"at": at, "status": status, "place": place, "note": note}
