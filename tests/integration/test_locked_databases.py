"""Another program holds a database: the customer gets an answer, and nothing of the conversation is lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.integration.home import Home
from tests.integration.talking import Customer, is_wording

EMMA = "emma.hartley@example.com"


@contextmanager
def locked(home: Home, database: str) -> Iterator[None]:
    """Nobody else can write meanwhile."""
    with closing(sqlite3.connect(home.folder / "var" / database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def test_what_is_said_while_the_tracker_database_is_locked_is_written_later(
    customer: Customer, home: Home
) -> None:
    customer.say("hello")
    before = len(customer.written())
    with locked(home, "tracker.db"):
        customer.say("where is order 1001?")
        status = customer.say(EMMA)
        assert "FH-1001" in status.text
        assert len(customer.written()) == before
    customer.say("thanks")
    events = customer.tracker()["events"]
    written = customer.written()
    assert [row["type"] for row in written] == [event["event"] for event in events]
    assert any("utter_order_out_for_delivery" in row["data"] for row in written)


def test_a_conversation_that_begins_while_the_database_is_locked_is_kept_too(
    customer: Customer, home: Home
) -> None:
    with locked(home, "tracker.db"):
        assert customer.say("hello").text
        assert customer.written() == []
    Customer(home).say("hello")
    assert any('"hello"' in row["data"] for row in customer.written()), "another's turn writes it"


def test_a_locked_shop_is_said_kindly_and_the_change_can_be_made_later(
    customer: Customer, home: Home
) -> None:
    customer.says("please cancel order 1010", "oliver.pennington@example.org")
    other = Customer(home)
    other.says("cancel my order FH-1002", EMMA)
    assert other.said() == ["utter_ask_cancel_confirmed"]
    with locked(home, "shop.db"):
        reply = other.say("/affirm")
        assert other.said() == ["utter_shop_unavailable"]
        assert is_wording(home, reply.text, "utter_shop_unavailable")
    assert home.rows("shop.db", "SELECT status FROM orders WHERE number = 'FH-1002'") == [("placed",)]
