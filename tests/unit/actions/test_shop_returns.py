"""Returns, exchanges and refunds keep the promises of the help centre."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from actions.shop.backend import (
    Order,
    OrderStatus,
    ReturnRecord,
    ReturnRefused,
    UnknownOrder,
    VariantUnavailable,
)
from actions.shop.calendar import add_working_days
from actions.shop.database import make_engine
from actions.shop.embedded import EmbeddedShop
from actions.shop.returns import _warranty_until


def order(shop: EmbeddedShop, number: str) -> Order:
    found = shop.find_order(number)
    assert found is not None
    return found


def sku(shop: EmbeddedShop, number: str, line: int = 0) -> str:
    return order(shop, number).lines[line].sku


def test_a_recent_delivery_can_go_back_until_thirty_days_after(shop: EmbeddedShop, today: date) -> None:
    allowed = shop.return_eligibility("FH-1003", sku(shop, "FH-1003"))
    assert (allowed.ok, allowed.reason, allowed.quantity) == (True, None, 1)
    assert allowed.until == today + timedelta(days=22)


def test_the_thirtieth_day_is_in_the_window_and_the_next_is_not(shop: EmbeddedShop) -> None:
    assert shop.return_eligibility("FH-1016", sku(shop, "FH-1016")).ok
    late = shop.return_eligibility("FH-1017", sku(shop, "FH-1017"))
    assert (late.ok, late.reason) == (False, "outside_window")


def test_outside_the_window_the_warranty_is_named(shop: EmbeddedShop, today: date) -> None:
    late = shop.return_eligibility("FH-1004", sku(shop, "FH-1004"))
    assert (late.ok, late.reason, late.until) == (False, "outside_window", today - timedelta(days=15))
    assert late.warranty_until == date(2028, 1, 25)


def test_tents_and_backpacks_are_covered_for_five_years_and_leap_days_end_a_day_early() -> None:
    assert _warranty_until(date(2026, 3, 1), "Tents") == date(2031, 3, 1)
    assert _warranty_until(date(2026, 3, 1), "Boots") == date(2028, 3, 1)
    assert _warranty_until(date(2024, 2, 29), "Boots") == date(2026, 2, 28)


def test_a_harness_cannot_come_back_but_the_boots_beside_it_can(shop: EmbeddedShop) -> None:
    harness = shop.return_eligibility("FH-1005", sku(shop, "FH-1005", 0))
    assert (harness.ok, harness.reason, harness.condition) == (False, "non_returnable", "unsealed")
    assert shop.return_eligibility("FH-1005", sku(shop, "FH-1005", 1)).ok


@pytest.mark.parametrize("reason", ["damaged", "wrong_item", "not_as_described"])
def test_a_faulty_harness_can_come_back(shop: EmbeddedShop, reason: str) -> None:
    assert shop.return_eligibility("FH-1005", sku(shop, "FH-1005", 0), reason).ok


@pytest.mark.parametrize("number", ["FH-1001", "FH-1002", "FH-1006", "FH-1007", "FH-1010"])
def test_what_never_arrived_cannot_go_back(shop: EmbeddedShop, number: str) -> None:
    assert shop.return_eligibility(number, sku(shop, number)).reason == "not_delivered"


def test_items_of_other_orders_and_unknown_orders_are_told_apart(shop: EmbeddedShop) -> None:
    assert shop.return_eligibility("FH-1003", sku(shop, "FH-1004")).reason == "unknown_item"
    with pytest.raises(UnknownOrder, match="FH-9999"):
        shop.return_eligibility("FH-9999", "X")


def test_a_return_is_registered_with_number_label_and_refund(shop: EmbeddedShop, today: date) -> None:
    record = shop.register_return("fh 1003", sku(shop, "FH-1003"), "return", "too_small")
    assert record.number.startswith("R-3")
    assert record.number in record.label_url
    assert (record.refund, record.status, record.registered_on) == (Decimal("145.00"), "registered", today)
    after = order(shop, "FH-1003")
    assert after.status == OrderStatus.RETURN_REQUESTED
    assert after.returns == (record,)
    again = shop.return_eligibility("FH-1003", record.sku)
    assert (again.ok, again.reason, again.quantity) == (False, "already_returned", 0)
    assert shop.return_eligibility("FH-1003", sku(shop, "FH-1003", 1)).ok


def test_a_refused_return_changes_nothing_and_says_why(shop: EmbeddedShop) -> None:
    before = order(shop, "FH-1004")
    with pytest.raises(ReturnRefused) as refused:
        shop.register_return("FH-1004", sku(shop, "FH-1004"), "return", "changed_mind")
    assert refused.value.eligibility.reason == "outside_window"
    assert order(shop, "FH-1004") == before
    with pytest.raises(UnknownOrder):
        shop.register_return("FH-9999", "X", "return", "changed_mind")


@pytest.mark.parametrize("quantity", [0, -1, 2])
def test_no_more_than_was_bought_can_go_back(shop: EmbeddedShop, quantity: int) -> None:
    with pytest.raises(ReturnRefused):
        shop.register_return("FH-1003", sku(shop, "FH-1003"), "return", "too_big", quantity=quantity)


def test_an_exchange_reserves_the_new_variant_and_refunds_nothing(shop: EmbeddedShop) -> None:
    wanted = shop.availability("Catbells Hiking Boots", "brown", "9.5")[0]
    record = shop.register_return("FH-1003", sku(shop, "FH-1003"), "exchange", "too_small", wanted.sku)
    assert (record.kind, record.exchange_sku, record.refund) == ("exchange", wanted.sku, Decimal("0.00"))
    assert shop.availability("Catbells Hiking Boots", "brown", "9.5")[0].stock == wanted.stock - 1


def test_an_exchange_for_what_cannot_be_sent_registers_nothing(shop: EmbeddedShop) -> None:
    boots = sku(shop, "FH-1003")
    sold_out = shop.availability("Catbells Hiking Boots", "brown", "9")[0].sku
    other_product = shop.availability("Tarn Beanie", "teal")[0].sku
    for wanted in (sold_out, other_product, "NO-SUCH", None):
        with pytest.raises(VariantUnavailable):
            shop.register_return("FH-1003", boots, "exchange", "too_small", wanted)
    assert order(shop, "FH-1003").returns == ()


def test_of_many_returns_of_one_item_at_once_exactly_one_is_registered(shop_file: Path, today: date) -> None:
    engine = make_engine(f"sqlite:///{shop_file}", busy_timeout_seconds=10)
    shop = EmbeddedShop(engine, lambda: today)
    boots = sku(shop, "FH-1003")

    def attempt(_: int) -> ReturnRecord | None:
        try:
            return shop.register_return("FH-1003", boots, "return", "too_small")
        except ReturnRefused:
            return None

    with ThreadPoolExecutor(6) as pool:
        assert len([record for record in pool.map(attempt, range(6)) if record]) == 1
    engine.dispose()


def test_the_window_closes_as_days_pass(
    shop: EmbeddedShop, shop_at: Callable[[date], EmbeddedShop], today: date
) -> None:
    boots = sku(shop, "FH-1003")
    assert shop_at(today + timedelta(days=22)).return_eligibility("FH-1003", boots).ok
    assert shop_at(today + timedelta(days=23)).return_eligibility("FH-1003", boots).reason == "outside_window"


@pytest.mark.parametrize(
    ("number", "state", "amount"),
    [
        ("FH-1001", "none", "0.00"),
        ("FH-1008", "refunded", "75.00"),
        ("FH-1009", "parcel_received", "210.00"),
        ("FH-1010", "on_its_way", "269.00"),
        ("FH-1013", "none", "0.00"),
        ("FH-1014", "partially_refunded", "39.00"),
    ],
)
def test_refund_status_says_where_the_money_is(
    shop: EmbeddedShop, number: str, state: str, amount: str
) -> None:
    refund = shop.refund_status(number)
    assert refund is not None
    assert (refund.state, refund.amount) == (state, Decimal(amount))


def test_a_refund_is_due_five_working_days_after_the_parcel_or_the_cancellation(shop: EmbeddedShop) -> None:
    received, cancelled = shop.refund_status("FH-1009"), shop.refund_status("FH-1010")
    assert received is not None and cancelled is not None
    assert (received.received_on, received.due_by) == (date(2026, 3, 9), date(2026, 3, 16))
    assert cancelled.due_by == date(2026, 3, 16)


def test_a_registered_return_waits_for_the_parcel(shop: EmbeddedShop) -> None:
    shop.register_return("FH-1003", sku(shop, "FH-1003"), "return", "too_small")
    refund = shop.refund_status("FH-1003")
    assert refund is not None
    assert (refund.state, refund.amount, refund.due_by) == ("waiting_for_parcel", Decimal("145.00"), None)
    assert shop.refund_status("FH-9999") is None


def test_working_days_skip_weekends() -> None:
    friday = date(2026, 3, 13)
    assert add_working_days(friday, 1) == date(2026, 3, 16)
    assert add_working_days(friday, 5) == date(2026, 3, 20)
    assert add_working_days(friday, 0) == friday
