"""Who may see an order, and cancelling or redirecting it."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from actions.shop.backend import InvalidAddress, OrderStatus, UnknownAddressChange, UnknownOrder
from actions.shop.database import make_engine
from actions.shop.embedded import EmbeddedShop

EMMA = 1
NEW_HOME = "7 Stramongate, Kendal, LA9 4BH"


@pytest.mark.parametrize(
    "identity", ["emma.hartley@example.com", " Emma.Hartley@Example.com", "LA9 4QQ", "la94qq"]
)
@pytest.mark.parametrize("number", ["FH-1001", "fh 1001", "#1001", "1001"])
def test_email_or_postcode_identifies_however_they_are_written(
    shop: EmbeddedShop, number: str, identity: str
) -> None:
    customer = shop.identify(number, identity)
    assert customer is not None
    assert customer.first_name == "Emma"


def test_a_wrong_identity_and_an_unknown_order_get_the_same_answer(shop: EmbeddedShop) -> None:
    wrong_identity = shop.identify("FH-1001", "tom.birkett@example.com")
    unknown_order = shop.identify("FH-9999", "emma.hartley@example.com")
    assert wrong_identity is None
    assert unknown_order is None


@pytest.mark.parametrize("identity", ["", " ", "@", "LA9", "nobody@example.invalid", "ZZ99 9ZZ", "é" * 1000])
@pytest.mark.parametrize("number", ["FH-1001", "FH-9999", "", "' OR 1=1"])
def test_nothing_but_the_right_pair_identifies(shop: EmbeddedShop, number: str, identity: str) -> None:
    assert shop.identify(number, identity) is None


def test_listing_orders_needs_email_and_postcode_of_one_customer(shop: EmbeddedShop) -> None:
    emma = shop.identify_by_both("EMMA.hartley@example.com", "la94qq")
    assert emma is not None
    assert emma.id == EMMA
    assert shop.identify_by_both("emma.hartley@example.com", "CA12 5JR") is None
    assert shop.identify_by_both("nobody@example.com", "LA9 4QQ") is None
    assert shop.identify_by_both("nobody@example.com", "ZZ99 9ZZ") is None


def test_a_customer_owns_only_their_own_orders(shop: EmbeddedShop) -> None:
    assert shop.owns(EMMA, "1001")
    assert not shop.owns(EMMA, "FH-1003")
    assert not shop.owns(EMMA, "FH-9999")


def test_what_identifies_stays_out_of_representations(shop: EmbeddedShop) -> None:
    shown = repr(shop.identify("FH-1001", "LA9 4QQ")) + repr(shop.find_order("FH-1001"))
    assert "LA9 4QQ" not in shown
    assert "example.com" not in shown
    assert "Beast Banks" not in shown


def test_an_order_comes_with_lines_parcel_and_totals(shop: EmbeddedShop, today: date) -> None:
    order = shop.find_order("FH-1001")
    assert order is not None
    assert order.status == OrderStatus.OUT_FOR_DELIVERY
    assert [(line.product, line.colour, line.size) for line in order.lines] == [
        ("Scafell Rain Jacket", "blue", "M")
    ]
    assert order.total == Decimal("185.00")
    assert order.expected_on == today
    assert order.shipment is not None
    assert order.shipment.courier == "Fellrunner Couriers"
    statuses = [event.status for event in order.shipment.events]
    assert statuses == ["label_created", "collected", "in_transit", "out_for_delivery"]
    assert order.shipment.last_event == order.shipment.events[-1]
    assert [event.at for event in order.shipment.events] == sorted(
        event.at for event in order.shipment.events
    )


def test_an_unknown_or_malformed_number_finds_no_order(shop: EmbeddedShop) -> None:
    for number in ("FH-9999", "", "abc", "10011001"):
        assert shop.find_order(number) is None


def test_orders_are_listed_newest_first(shop: EmbeddedShop) -> None:
    assert [order.number for order in shop.orders_of(EMMA)] == ["FH-1002", "FH-1001", "FH-1016"]
    assert [order.number for order in shop.orders_of(EMMA, limit=1)] == ["FH-1002"]
    assert shop.orders_of(999_999) == []


def test_each_listed_order_keeps_its_own_lines_and_parcel(shop: EmbeddedShop) -> None:
    for listed in shop.orders_of(EMMA):
        assert listed == shop.find_order(listed.number)


def test_a_placed_order_is_cancelled_with_full_refund_and_restocked(shop: EmbeddedShop, today: date) -> None:
    before = shop.availability("Patterdale Merino Socks", "grey", "M")[0].stock
    result = shop.cancel_order("fh1002")
    assert (result.ok, result.reason, result.refund) == (True, None, Decimal("81.00"))
    assert result.payment_method == "PayPal"
    assert shop.availability("Patterdale Merino Socks", "grey", "M")[0].stock == before + 2
    order = shop.find_order("FH-1002")
    assert order is not None
    assert (order.status, order.cancelled_on, order.changeable) == (OrderStatus.CANCELLED, today, False)


@pytest.mark.parametrize("number", ["FH-1015", "FH-1001", "FH-1003", "FH-1006", "FH-1008"])
def test_what_has_left_the_warehouse_cannot_be_cancelled(shop: EmbeddedShop, number: str) -> None:
    before = shop.find_order(number)
    result = shop.cancel_order(number)
    assert (result.ok, result.reason, result.refund) == (False, "too_late", None)
    assert shop.find_order(number) == before


def test_cancelling_twice_or_nothing_says_so(shop: EmbeddedShop) -> None:
    assert shop.cancel_order("FH-1010").reason == "already_cancelled"
    unknown = shop.cancel_order("FH-9999")
    assert (unknown.ok, unknown.reason, unknown.status) == (False, "unknown_order", None)


def test_of_many_cancellations_at_once_exactly_one_wins(shop_file: Path, today: date) -> None:
    engine = make_engine(f"sqlite:///{shop_file}", busy_timeout_seconds=10)
    shop = EmbeddedShop(engine, lambda: today)
    before = shop.availability("Beacon Head Torch", "black")[0].stock
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: shop.cancel_order("FH-1002"), range(8)))
    assert sorted(str(result.reason) for result in results) == ["None"] + ["already_cancelled"] * 7
    assert shop.availability("Beacon Head Torch", "black")[0].stock == before + 1
    engine.dispose()


def test_an_address_changes_only_once_it_is_confirmed(shop: EmbeddedShop) -> None:
    before = shop.find_order("FH-1012")
    change_id = shop.propose_address("1012", "  7 Stramongate,\nKendal, la94bh ")
    pending = shop.pending_address(change_id)
    assert pending is not None
    assert (pending.order_number, pending.status) == ("FH-1012", "pending")
    assert pending.text == "7 Stramongate, Kendal, la94bh"
    assert shop.find_order("FH-1012") == before
    assert shop.confirm_address(change_id).ok
    order = shop.find_order("FH-1012")
    assert order is not None
    assert (order.address, order.postcode) == ("7 Stramongate, Kendal, la94bh", "LA9 4BH")


def test_a_new_delivery_address_does_not_become_an_identity(shop: EmbeddedShop) -> None:
    shop.confirm_address(shop.propose_address("FH-1012", NEW_HOME))
    assert shop.identify("FH-1012", "LA9 4BH") is None
    assert shop.identify("FH-1012", "BS6 5TH") is not None


def test_the_text_of_a_settled_change_is_erased(shop: EmbeddedShop, shop_file: Path) -> None:
    first = shop.propose_address("FH-1012", "1 Old Road, Kendal, LA9 4AA")
    second = shop.propose_address("FH-1012", NEW_HOME)
    assert shop.confirm_address(first).reason == "replaced"
    assert shop.confirm_address(second).ok
    assert shop.confirm_address(second).reason == "already_confirmed"
    with sqlite3.connect(shop_file) as connection:
        assert connection.execute("SELECT DISTINCT text, postcode FROM address_changes").fetchall() == [
            ("", "")
        ]


def test_an_order_that_leaves_meanwhile_keeps_its_address(shop: EmbeddedShop, shop_file: Path) -> None:
    change_id = shop.propose_address("FH-1012", NEW_HOME)
    with sqlite3.connect(shop_file) as connection:
        connection.execute("UPDATE orders SET status = 'shipped' WHERE number = 'FH-1012'")
    assert shop.confirm_address(change_id).reason == "too_late"
    order = shop.find_order("FH-1012")
    assert order is not None
    assert order.postcode == "BS6 5TH"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_postcode"),
        ("7 Stramongate, Kendal", "no_postcode"),
        ("LA9 4BH", "too_short"),
        ("x" * 500, "too_long"),
    ],
)
def test_an_unusable_address_is_refused_with_its_reason(shop: EmbeddedShop, text: str, reason: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        shop.propose_address("FH-1012", text)
    assert refused.value.reason == reason


def test_unknown_orders_and_changes_are_errors(shop: EmbeddedShop) -> None:
    with pytest.raises(UnknownOrder, match="FH-9999"):
        shop.propose_address("FH-9999", NEW_HOME)
    with pytest.raises(UnknownAddressChange, match="77"):
        shop.confirm_address(77)
    assert shop.pending_address(77) is None
