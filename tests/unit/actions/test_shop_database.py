"""What happens when the database is locked, missing or broken, and how fast it is when it is well."""

import sqlite3
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.crm.backend import CrmUnavailable
from actions.crm.embedded import EmbeddedCrm
from actions.shop import tables
from actions.shop.backend import ShopUnavailable
from actions.shop.database import make_engine, transaction
from actions.shop.embedded import EmbeddedShop


@pytest.fixture
def locked(shop_file: Path) -> sqlite3.Connection:
    """Another program that holds the write lock."""
    other = sqlite3.connect(shop_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_locked_shop_gives_up_after_the_busy_timeout(
    shop: EmbeddedShop, locked: sqlite3.Connection
) -> None:
    started = time.monotonic()
    with pytest.raises(ShopUnavailable, match="locked"):
        shop.cancel_order("FH-1002")
    assert 0.15 <= time.monotonic() - started < 2.0
    locked.execute("ROLLBACK")
    assert shop.cancel_order("FH-1002").ok


def test_reading_goes_on_while_another_program_writes(shop: EmbeddedShop, locked: sqlite3.Connection) -> None:
    assert shop.find_order("FH-1001") is not None


def test_a_locked_crm_says_so_in_its_own_words(crm: EmbeddedCrm, locked: sqlite3.Connection) -> None:
    with pytest.raises(CrmUnavailable, match="locked"):
        crm.open_ticket(None, "s", "d", "a@example.com", "c")


def test_a_missing_file_is_an_error_and_not_an_empty_shop(tmp_path: Path, today: date) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/nowhere.db")
    with pytest.raises(ShopUnavailable, match=r"nowhere\.db.*make run"):
        EmbeddedShop(engine, lambda: today).ping()
    with pytest.raises(CrmUnavailable, match=r"nowhere\.db"):
        EmbeddedCrm(engine).ping()
    assert not (tmp_path / "nowhere.db").exists()


def test_an_unseeded_or_broken_file_is_unavailable(tmp_path: Path, today: date) -> None:
    for name, content in (("empty.db", b""), ("noise.db", b"noise" * 1000)):
        (tmp_path / name).write_bytes(content)
        shop = EmbeddedShop(make_engine(f"sqlite:///{tmp_path}/{name}"), lambda: today)
        for ask in (
            shop.ping,
            lambda shop=shop: shop.find_order("FH-1001"),
            lambda shop=shop: shop.find_product("x"),
        ):
            with pytest.raises(ShopUnavailable, match=name):
                ask()


def test_a_shop_without_its_seeding_mark_does_not_answer_the_ping(shop: EmbeddedShop, engine: Engine) -> None:
    shop.ping()
    with transaction(engine, ShopUnavailable, write=True) as connection:
        connection.execute(sa.delete(tables.seeding))
    with pytest.raises(ShopUnavailable, match="make run"):
        shop.ping()


def test_errors_do_not_repeat_customers_data(engine: Engine) -> None:
    with pytest.raises(ShopUnavailable) as failed, transaction(engine, ShopUnavailable) as connection:
        connection.execute(
            sa.text("SELECT * FROM nothing WHERE email = :email"), {"email": "emma@example.com"}
        )
    assert "emma@example.com" not in f"{failed.value} {failed.value.__cause__}"


def test_a_transaction_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(KeyError), transaction(engine, ShopUnavailable, write=True) as connection:
        connection.execute(sa.delete(tables.seeding))
        raise KeyError
    with transaction(engine, ShopUnavailable) as connection:
        assert connection.execute(sa.select(tables.seeding)).first() is not None


def test_every_connection_has_write_ahead_log_and_foreign_keys(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_lookup_takes_two_milliseconds_at_most(shop: EmbeddedShop) -> None:
    lookups: list[Callable[[], object]] = [
        lambda: shop.identify("FH-1001", "LA9 4QQ"),
        lambda: shop.find_order("FH-1003"),
        lambda: shop.find_product("scafel jacket"),
        lambda: shop.search_products("waterproof jackets"),
    ]
    for lookup in lookups:
        lookup()
        assert min(_seconds(lookup) for _ in range(20)) < 0.002


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def test_orders_are_found_through_indexes(engine: Engine) -> None:
    with engine.connect() as connection:
        for where in ("number = 'FH-1001'", "customer_id = 1 ORDER BY placed_on DESC"):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM orders WHERE {where}").all()
            assert all("SCAN" not in str(step) for step in plan), plan


def test_order_lines_of_a_return_and_a_customer_have_indexes_too(engine: Engine) -> None:
    wanted = {
        "order_lines": "order_id",
        "shipments": "order_id",
        "shipment_events": "shipment_id",
        "returns": "order_line_id",
        "variants": "product_id",
        "addresses": "customer_id",
        "tickets": "customer_id",
        "activities": "conversation_id",
        "handovers": "conversation_id",
    }
    inspector = sa.inspect(engine)
    for table, column in wanted.items():
        indexed = [index["column_names"][0] for index in inspector.get_indexes(table)]
        indexed += [unique["column_names"][0] for unique in inspector.get_unique_constraints(table)]
        assert column in indexed, f"{table}.{column} has no index"
