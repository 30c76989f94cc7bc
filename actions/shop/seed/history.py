"""Invents the shop's past: every order gets a timeline, and its state is where that timeline stands today."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from actions.shop.calendar import add_working_days
from actions.shop.seed.plans import OrderPlan, ReturnPlan, delivery_pence

_PAYMENTS = ["Visa"] * 5 + ["Mastercard"] * 3 + ["PayPal"] * 3 + ["Apple Pay"] * 2
_PAYMENTS += ["Google Pay", "American Express", "gift card"]
_DELIVERIES = ("standard",) * 15 + ("express",) * 4 + ("collect",)
_REASONS = (
    "too_small",
    "too_small",
    "too_big",
    "changed_mind",
    "changed_mind",
    "damaged",
    "not_as_described",
)
_OLDEST_ORDER_DAYS = 400
_KLARNA_PENCE = range(3000, 50001)


def plans(
    rng: random.Random,
    today: date,
    count: int,
    first_number: int,
    people: list[dict[str, Any]],
    places: list[dict[str, Any]],
    priced_variants: list[tuple[int, int, bool]],
) -> Iterator[OrderPlan]:
    """Orders of the given people, oldest first, the recent weeks busier.

    Args:
        rng: The seeded source of chance.
        today: The day on which the timelines are looked at.
        count: How many.
        first_number: 1018 for FH-1018.
        people: Rows for `customers`.
        places: Rows for `addresses`.
        priced_variants: (variant id, price in pence, may come back).
    """
    homes = {place["customer_id"]: place for place in places if place["is_account"]}
    ages = sorted((int(rng.random() ** 1.6 * _OLDEST_ORDER_DAYS) for _ in range(count)), reverse=True)
    for offset, age in enumerate(ages):
        person = rng.choice(people)
        chosen = _basket(rng, priced_variants)
        plan = _order(rng, f"FH-{first_number + offset}", person, homes[person["id"]], chosen, today, age)
        _live(rng, plan, today, [returnable for _, _, returnable in chosen])
        yield plan


def _basket(rng: random.Random, variants: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    return rng.sample(variants, rng.choice((1, 1, 1, 2, 2, 3, 4)))


def _order(
    rng: random.Random,
    number: str,
    person: dict[str, Any],
    home: dict[str, Any],
    chosen: list[tuple[int, int, bool]],
    today: date,
    age: int,
) -> OrderPlan:
    lines = [(key, 2 if rng.random() < 0.08 else 1, pence) for key, pence, _ in chosen]
    goods = sum(quantity * pence for _, quantity, pence in lines)
    delivery = rng.choice(_DELIVERIES)
    payment = "Klarna" if goods in _KLARNA_PENCE and rng.random() < 0.12 else rng.choice(_PAYMENTS)
    cost = delivery_pence(delivery, goods, person["club_member"])
    placed_on = today - timedelta(days=age)
    where = (home["text"], home["postcode"])
    return OrderPlan(number, person["id"], "placed", delivery, payment, *where, placed_on, lines, cost)


def _live(rng: random.Random, plan: OrderPlan, today: date, returnable: list[bool]) -> None:
    """Move the order along its timeline up to today."""
    fate = rng.random()
    if fate < 0.05:
        _cancel(rng, plan, today)
        return
    dispatched_on, plan.expected_on = _promise(rng, plan)
    if today <= dispatched_on:  # the van comes in the evening
        plan.status = "placed" if today == plan.placed_on else "packing"
        return
    plan.dispatched_on = None if plan.delivery == "collect" else dispatched_on
    _deliver(rng, plan, today, fate)
    if plan.delivered_on and rng.random() < 0.16:
        _send_back(rng, plan, today, returnable)


def _promise(rng: random.Random, plan: OrderPlan) -> tuple[date, date]:
    """When the order leaves and when it arrives: standard in 3 or 4 working days, the others in 1."""
    if plan.delivery == "standard":
        dispatched_on = add_working_days(plan.placed_on, rng.choice((1, 1, 2)))
        return dispatched_on, add_working_days(dispatched_on, 2)
    dispatched_on = add_working_days(plan.placed_on - timedelta(days=1), 1)
    return dispatched_on, add_working_days(dispatched_on, 1)


def _cancel(rng: random.Random, plan: OrderPlan, today: date) -> None:
    plan.status = "cancelled"
    plan.cancelled_on = min(plan.placed_on + timedelta(days=rng.randint(0, 1)), today)
    paid_back_on = add_working_days(plan.cancelled_on, rng.randint(2, 4))
    plan.refunded_on = paid_back_on if paid_back_on <= today else None


def _deliver(rng: random.Random, plan: OrderPlan, today: date, fate: float) -> None:
    expected_on = plan.expected_on
    assert expected_on is not None
    late = (today - expected_on).days
    if plan.delivery != "collect":
        if late < 0:
            plan.status = "shipped"
            return
        if late == 0:
            plan.status = "out_for_delivery"
            return
        if fate < 0.30 and late <= 5:
            plan.status = "delayed"
            plan.expected_on = add_working_days(today, rng.randint(1, 3))
            return
        if fate < 0.07 and 11 <= late <= 90:
            plan.status = "lost"
            return
    plan.status, plan.delivered_on = "delivered", min(expected_on, today)


def _send_back(rng: random.Random, plan: OrderPlan, today: date, returnable: list[bool]) -> None:
    candidates = [index for index, may in enumerate(returnable) if may]
    assert plan.delivered_on is not None
    registered_on = plan.delivered_on + timedelta(days=rng.randint(1, 21))
    if not candidates or registered_on > today:
        return
    lines = candidates if rng.random() < 0.5 else candidates[:1]
    never_sent = rng.random() < 0.1
    received_on = add_working_days(registered_on, rng.randint(3, 7))
    refunded_on = add_working_days(received_on, rng.randint(1, 5))
    reason = rng.choice(_REASONS)
    for line in lines:
        back = ReturnPlan(line, "return", reason, registered_on)
        back.received_on = received_on if received_on <= today and not never_sent else None
        back.refunded_on = refunded_on if back.received_on and refunded_on <= today else None
        plan.returns.append(back)
    plan.status = status_after_returns(plan)


def status_after_returns(plan: OrderPlan) -> str:
    """The order's state that its returns imply."""
    states = {back.status for back in plan.returns}
    if "registered" in states:
        return "return_requested"
    if states & {"received", "exchanged"}:
        return "returned"
    return "refunded" if len(plan.returns) == len(plan.lines) else "partially_refunded"
