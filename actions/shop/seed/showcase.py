"""Reads showcase.yml: the fixed customers, orders and tickets at the start of the number range."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from actions.shop.normalise import find_postcode
from actions.shop.seed.plans import OrderPlan, ReturnPlan, delivery_pence

SHOWCASE = Path(__file__).with_name("showcase.yml")
VariantKey = tuple[str, str, str]


def read() -> dict[str, Any]:
    """The showcase as written."""
    return yaml.safe_load(SHOWCASE.read_text(encoding="utf-8"))


def fixed_stock(showcase: dict[str, Any]) -> dict[VariantKey, int]:
    """(product, colour, size) to pieces."""
    return {(product, colour, size): pieces for product, colour, size, pieces in showcase["stock"]}


def people(showcase: dict[str, Any], today: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows for `customers` and `addresses`, ids from 1 in the file's order."""
    rows, places = [], []
    for key, person in enumerate(showcase["customers"].values(), start=1):
        row = {"id": key, "since": today - timedelta(days=700 + key), "points": person.get("points", 0)}
        rows.append(
            row | {name: person[name] for name in ("first_name", "last_name", "email", "club_member")}
        )
        text = person["address"]
        place = {"customer_id": key, "text": text, "postcode": find_postcode(text), "is_account": True}
        places.append(place)
    return rows, places


def plans(
    showcase: dict[str, Any], today: date, variants: dict[VariantKey, tuple[int, int]]
) -> list[OrderPlan]:
    """The showcase's orders; `variants` maps (product, colour, size) to (id, price in pence)."""
    return [_plan(showcase, order, today, variants) for order in showcase["orders"]]


def _plan(
    showcase: dict[str, Any], order: dict[str, Any], today: date, variants: dict[VariantKey, tuple[int, int]]
) -> OrderPlan:
    person = showcase["customers"][order["customer"]]
    lines = [_line(line, variants) for line in order["lines"]]
    goods = sum(quantity * pence for _, quantity, pence in lines)
    delivery = order.get("delivery", "standard")
    dates = {f"{name}_on": today - timedelta(days=days) for name, days in order["days_ago"].items()}
    return OrderPlan(
        number=order["number"],
        customer_id=_customer_id(showcase, order["customer"]),
        status=order["status"],
        delivery=delivery,
        payment_method=order["payment"],
        address=person["address"],
        postcode=find_postcode(person["address"]) or "",
        lines=lines,
        delivery_pence=delivery_pence(delivery, goods, person["club_member"]),
        returns=[_return(back, today, variants) for back in order.get("returns", [])],
        **dates,
    )


def _line(line: list[Any], variants: dict[VariantKey, tuple[int, int]]) -> tuple[int, int, int]:
    product, colour, size, quantity = line
    key, pence = variants[(product, colour, size)]
    return key, quantity, pence


def _return(back: dict[str, Any], today: date, variants: dict[VariantKey, tuple[int, int]]) -> ReturnPlan:
    dates = {f"{name}_on": today - timedelta(days=days) for name, days in back["days_ago"].items()}
    wanted = variants[tuple(back["exchange"])][0] if "exchange" in back else None
    return ReturnPlan(back["line"], back["kind"], back["reason"], exchange_variant_id=wanted, **dates)


def tickets(showcase: dict[str, Any], today: date) -> list[dict[str, Any]]:
    """Rows for `tickets`, T-2001 first."""
    return [_ticket(showcase, ticket, today) for ticket in showcase["tickets"]]


def _ticket(showcase: dict[str, Any], ticket: dict[str, Any], today: date) -> dict[str, Any]:
    at = datetime.combine(today - timedelta(days=ticket["days_ago"]), time(8, 30))
    row = {name: ticket[name] for name in ("subject", "description", "status", "priority")}
    return row | {
        "customer_id": _customer_id(showcase, ticket["customer"]),
        "contact_email": showcase["customers"][ticket["customer"]]["email"],
        "order_number": ticket["order"],
        "conversation_id": None,
        "opened_at": at,
        "updated_at": at,
    }


def _customer_id(showcase: dict[str, Any], key: str) -> int:
    return list(showcase["customers"]).index(key) + 1
