"""The seeded shop: large enough, true to itself, the same every time, whole or absent."""

import sqlite3
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.shop.backend import OrderStatus, ShopUnavailable
from actions.shop.embedded import EmbeddedShop
from actions.shop.seed import catalogue, showcase
from actions.shop.seed.build import Seeded, create_and_seed, seeded_on
from actions.shop.seed.rows import all_rows


def rows(today: date, seed: int = 7) -> dict[str, list[dict[str, Any]]]:
    return {table.name: found for table, found in all_rows(today, seed)}


@pytest.fixture(scope="module")
def seeded(today: date) -> dict[str, list[dict[str, Any]]]:
    return rows(today)


def test_the_same_day_and_seed_give_the_same_shop_and_others_another(today: date) -> None:
    assert rows(today) == rows(today)
    assert rows(today)["orders"] != rows(today, seed=8)["orders"]
    assert rows(today)["orders"] != rows(today + timedelta(days=1))["orders"]


def test_the_shop_is_large_enough_to_talk_to(seeded: dict[str, list[dict[str, Any]]]) -> None:
    assert len(seeded["products"]) >= 100
    assert len(seeded["customers"]) >= 320
    assert len(seeded["orders"]) >= 1600
    assert len(seeded["tickets"]) >= 40
    assert sum(variant["stock"] == 0 for variant in seeded["variants"]) >= 50
    assert seeded["orders"][-1]["number"] >= "FH-2600"


@pytest.mark.parametrize("today", [date(2026, 3, 11), date(2026, 3, 15), date(2024, 2, 29), date(2027, 1, 1)])
def test_every_state_occurs_on_any_day(today: date) -> None:
    counted = Counter(order["status"] for order in rows(today)["orders"])
    assert set(counted) == {str(status) for status in OrderStatus}


def test_an_orders_dates_fit_its_state(seeded: dict[str, list[dict[str, Any]]], today: date) -> None:
    arrived = {"delivered", "return_requested", "returned", "refunded", "partially_refunded"}
    for order in seeded["orders"]:
        assert (order["delivered_on"] is not None) == (order["status"] in arrived), order
        assert (order["cancelled_on"] is not None) == (order["status"] == "cancelled"), order
        for name in ("placed_on", "delivered_on", "cancelled_on", "refunded_on"):
            assert order[name] is None or order[name] <= today, order
        if order["delivered_on"]:
            assert order["delivered_on"] > order["placed_on"], order


def test_no_parcel_was_scanned_in_the_future_and_none_before_it_was_sent(
    seeded: dict[str, list[dict[str, Any]]], today: date
) -> None:
    placed = {order["id"]: order["placed_on"] for order in seeded["orders"]}
    parcel_of = {parcel["id"]: parcel["order_id"] for parcel in seeded["shipments"]}
    for event in seeded["shipment_events"]:
        assert event["at"] < datetime.combine(today, time(7))
        assert event["at"].date() >= placed[parcel_of[event["shipment_id"]]]


def test_totals_follow_the_published_delivery_prices(seeded: dict[str, list[dict[str, Any]]]) -> None:
    goods: Counter[int] = Counter()
    for line in seeded["order_lines"]:
        goods[line["order_id"]] += line["quantity"] * line["unit_pence"]
    for order in seeded["orders"]:
        assert order["total_pence"] == goods[order["id"]] + order["delivery_pence"]
        if order["delivery"] == "standard":
            assert order["delivery_pence"] == (0 if goods[order["id"]] > 6000 else 395)
        if order["payment_method"] == "Klarna":
            assert 3000 <= goods[order["id"]] <= 50000


def test_emails_are_unique_and_at_domains_reserved_for_examples(
    seeded: dict[str, list[dict[str, Any]]],
) -> None:
    emails = [customer["email"] for customer in seeded["customers"]]
    assert len(set(emails)) == len(emails)
    assert {email.split("@")[1] for email in emails} == {"example.com", "example.org"}


def test_the_showcase_is_what_its_file_says(shop: EmbeddedShop, today: date) -> None:
    shown = showcase.read()
    for entry in shown["orders"]:
        order, person = shop.find_order(entry["number"]), shown["customers"][entry["customer"]]
        assert order is not None
        assert order.status == entry["status"], entry["shows"]
        assert [[line.product, line.colour, line.size, line.quantity] for line in order.lines] == entry[
            "lines"
        ]
        assert order.placed_on == today - timedelta(days=entry["days_ago"]["placed"])
        assert len(order.returns) == len(entry.get("returns", []))
        identified = shop.identify(order.number, person["email"])
        assert identified is not None
        assert identified == shop.identify(order.number, person["address"].split(", ")[-1])
        assert identified.first_name == person["first_name"]


@pytest.mark.parametrize(
    ("number", "email", "postcode", "status"),
    [
        ("FH-1001", "emma.hartley@example.com", "LA9 4QQ", "out_for_delivery"),
        ("FH-1002", "emma.hartley@example.com", "LA9 4QQ", "placed"),
        ("FH-1003", "tom.birkett@example.com", "CA12 5JR", "delivered"),
        ("FH-1004", "tom.birkett@example.com", "CA12 5JR", "delivered"),
        ("FH-1005", "priya.nair@example.com", "M4 1HQ", "delivered"),
        ("FH-1006", "daniel.okafor@example.com", "LS6 1HA", "lost"),
        ("FH-1007", "megan.pritchard@example.com", "CF10 1DD", "delayed"),
        ("FH-1008", "alistair.grant@example.org", "EH3 5DQ", "refunded"),
        ("FH-1009", "grace.whitfield@example.com", "YO1 6JG", "returned"),
        ("FH-1010", "oliver.pennington@example.org", "S7 1FD", "cancelled"),
        ("FH-1011", "hannah.postlethwaite@example.com", "CA11 7DE", "delivered"),
        ("FH-1012", "marcus.bell@example.com", "BS6 5TH", "packing"),
    ],
)
def test_the_orders_that_others_test_with_stay_where_they_are(
    shop: EmbeddedShop, number: str, email: str, postcode: str, status: str
) -> None:
    customer, order = shop.identify_by_both(email, postcode), shop.find_order(number)
    assert customer is not None and order is not None
    assert (order.customer_id, order.status) == (customer.id, status)


def test_a_lost_and_a_delayed_parcel_say_so(shop: EmbeddedShop) -> None:
    for number, last in (("FH-1006", "lost"), ("FH-1007", "delayed"), ("FH-1011", "delivered")):
        order = shop.find_order(number)
        assert order is not None and order.shipment is not None and order.shipment.last_event is not None
        assert order.shipment.last_event.status == last


def test_seeding_makes_the_folder_and_happens_once(tmp_path: Path, today: date) -> None:
    url = f"sqlite:///{tmp_path}/var/shop.db"
    assert create_and_seed(url, today, seed=3)
    assert not create_and_seed(url, today + timedelta(days=5), seed=4)
    assert seeded_on(url) == Seeded(today, 3)


def test_an_interrupted_seeding_leaves_no_shop_and_can_be_repeated(tmp_path: Path, today: date) -> None:
    path = tmp_path / "shop.db"
    with pytest.raises(OverflowError):
        create_and_seed(f"sqlite:///{path}", today, seed=2**70)  # fails at the very last row
    assert not path.exists()
    path.with_name("shop.db.seeding").write_text("what a power cut left")
    assert create_and_seed(f"sqlite:///{path}", today)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["shop.db", "shop.db.lock"]


def test_a_file_that_is_no_finished_shop_is_not_overwritten(tmp_path: Path, today: date) -> None:
    for name, content in (("empty.db", b""), ("letter.db", b"Dear Sir or Madam, " * 100)):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ShopUnavailable, match=name):
            create_and_seed(f"sqlite:///{path}", today)
        assert path.read_bytes() == content or name == "empty.db"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, today: date) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ShopUnavailable, match="file"):
        create_and_seed(f"sqlite:///{tmp_path}/file/shop.db", today)


def test_a_shop_in_memory_is_refused(today: date) -> None:
    with pytest.raises(ValueError, match="sqlite:///path"):
        create_and_seed("sqlite://", today)


def test_foreign_keys_hold_in_the_seeded_file(shop_file: Path) -> None:
    with sqlite3.connect(shop_file) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("category", "Spaceships", "unknown category"),
        ("sizes", "huge", "unknown size set"),
        ("activities", ["chess"], "unknown activities"),
        ("name", "Tarn Beanie", "twice"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(
    tmp_path: Path, field: str, value: Any, complaint: str
) -> None:
    content = yaml.safe_load(catalogue.CATALOGUE.read_text(encoding="utf-8"))
    content["products"][0][field] = value
    path = tmp_path / "catalogue.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(catalogue.CatalogueError, match=complaint):
        catalogue.read(path)
