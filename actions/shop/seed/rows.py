"""All rows of the demo shop, from one date and one seed."""

import random
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from actions.crm import tables as crm_tables
from actions.shop import tables
from actions.shop.seed import catalogue, history, people, showcase
from actions.shop.seed.plans import COURIER, OrderPlan, scans

INVENTED_CUSTOMERS = 322
INVENTED_ORDERS = 1620
INVENTED_TICKETS = 40
_SUBJECTS = (
    ("Stitching came loose", "A seam on my jacket has opened after a few walks. What can be done?"),
    ("Question about an invoice", "I need an invoice with my company's address for this order."),
    ("Which size for wide feet?", "My feet are wide. Which of your boots would you suggest?"),
    ("Tent pole snapped", "One pole of my tent broke in the wind. Can I have a spare one?"),
    ("Points missing", "My last purchase does not show in my Trail Club account."),
    ("Gift card does not work", "The code of my gift card is refused at the checkout."),
)


def all_rows(today: date, seed: int) -> list[tuple[sa.Table, list[dict[str, Any]]]]:
    """Every table's rows in an order that satisfies the foreign keys; the seeding mark comes last."""
    rng = random.Random(seed)
    shown = showcase.read()
    products, variants = catalogue.rows(catalogue.read(), rng, showcase.fixed_stock(shown))
    known, known_places = showcase.people(shown, today)
    invented, places = people.customers(rng, len(known) + 1, INVENTED_CUSTOMERS, today)
    plans = showcase.plans(shown, today, _by_name(products, variants))
    first = int(plans[-1].number.removeprefix("FH-")) + 1
    priced = _priced(products, variants)
    plans += history.plans(rng, today, INVENTED_ORDERS, first, invented, places, priced)
    _give_points(invented, plans)
    tickets = showcase.tickets(shown, today) + _tickets(rng, today, invented)
    return [
        (tables.products, products),
        (tables.variants, variants),
        (tables.customers, known + invented),
        (tables.addresses, known_places + places),
        *_order_rows(plans, rng, today),
        (crm_tables.tickets, tickets),
        (tables.seeding, [{"today": today, "seed": seed}]),
    ]


def _by_name(
    products: list[dict[str, Any]], variants: list[dict[str, Any]]
) -> dict[showcase.VariantKey, tuple[int, int]]:
    by_id = {product["id"]: product for product in products}
    owned = ((variant, by_id[variant["product_id"]]) for variant in variants)
    return {(p["name"], v["colour"], v["size"]): (v["id"], p["price_pence"]) for v, p in owned}


def _priced(products: list[dict[str, Any]], variants: list[dict[str, Any]]) -> list[tuple[int, int, bool]]:
    by_id = {product["id"]: product for product in products}
    # Shoes have twenty sizes and must not be twenty times as popular as a tent: one draw per colour.
    chosen: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for variant in variants:
        chosen[(variant["product_id"], variant["colour"])].append(variant)
    middle = [group[len(group) // 2] for group in chosen.values()]
    owned = ((variant, by_id[variant["product_id"]]) for variant in middle)
    return [(v["id"], p["price_pence"], p["non_returnable_once"] is None) for v, p in owned]


def _give_points(customers: list[dict[str, Any]], plans: list[OrderPlan]) -> None:
    spent: dict[int, int] = defaultdict(int)
    for plan in plans:
        if plan.delivered_on and not plan.returns:
            spent[plan.customer_id] += plan.total_pence // 100
    for customer in customers:
        customer["points"] = spent[customer["id"]] if customer["club_member"] else 0


def _order_rows(
    plans: list[OrderPlan], rng: random.Random, today: date
) -> list[tuple[sa.Table, list[dict[str, Any]]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order_id, plan in enumerate(plans, start=1):
        rows["orders"].append(_order_row(order_id, plan))
        for variant_id, quantity, pence in plan.lines:
            line = {"id": len(rows["lines"]) + 1, "order_id": order_id, "variant_id": variant_id}
            rows["lines"].append({**line, "quantity": quantity, "unit_pence": pence})
        rows["returns"] += _return_rows(plan, len(rows["lines"]) - len(plan.lines))
        if events := scans(plan, rng, today):
            key = len(rows["shipments"]) + 1
            tracking = f"FR{90000000 + order_id * 7919:08d}GB"
            parcel = {"id": key, "order_id": order_id, "courier": COURIER, "tracking_number": tracking}
            rows["shipments"].append(parcel)
            rows["events"] += [{**event, "shipment_id": key} for event in events]
    return [
        (tables.orders, rows["orders"]),
        (tables.order_lines, rows["lines"]),
        (tables.shipments, rows["shipments"]),
        (tables.shipment_events, rows["events"]),
        (tables.returns, rows["returns"]),
    ]


def _order_row(order_id: int, plan: OrderPlan) -> dict[str, Any]:
    copied = ["number", "customer_id", "status", "placed_on", "delivery", "delivery_pence", "total_pence"]
    copied += [
        "payment_method",
        "address",
        "postcode",
        "expected_on",
        "delivered_on",
        "cancelled_on",
        "refunded_on",
    ]
    return {"id": order_id, **{name: getattr(plan, name) for name in copied}}


def _return_rows(plan: OrderPlan, lines_before: int) -> list[dict[str, Any]]:
    rows = []
    for back in plan.returns:
        _, quantity, pence = plan.lines[back.line]
        row = {"order_line_id": lines_before + back.line + 1, "quantity": quantity}
        row["refund_pence"] = 0 if back.kind == "exchange" else quantity * pence
        copied = (
            "kind",
            "reason",
            "status",
            "exchange_variant_id",
            "registered_on",
            "received_on",
            "refunded_on",
        )
        rows.append({**row, **{name: getattr(back, name) for name in copied}})
    return rows


def _tickets(rng: random.Random, today: date, customers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for _ in range(INVENTED_TICKETS):
        customer, (subject, text) = rng.choice(customers), rng.choice(_SUBJECTS)
        opened = datetime.combine(today - timedelta(days=rng.randint(1, 200)), time(rng.randint(7, 19), 15))
        row = {"customer_id": customer["id"], "contact_email": customer["email"], "subject": subject}
        row |= {"description": text, "priority": rng.choice(("low", "normal", "normal", "high"))}
        row |= {"status": rng.choice(("open", "in_progress", "waiting_for_customer", "solved", "closed"))}
        row |= {"order_number": None, "conversation_id": None, "opened_at": opened, "updated_at": opened}
        rows.append(row)
    return rows
