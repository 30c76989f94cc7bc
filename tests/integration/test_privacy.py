"""What a customer tells about themselves is not written into conversations or logs."""

import pytest

from tests.integration.home import Home
from tests.integration.talking import Customer, Visitor

EMAIL, POSTCODE, PHONE, CARD = "marcus.bell@example.com", "BS6 5TH", "07911 123456", "4111 1111 1111 1111"
STREET, TOWN, NEW_POSTCODE = "22 Wansfell Terrace", "Ambleside", "LA22 9DX"
SUBJECT = "The zip of my jacket broke on Helvellyn, please call me"


@pytest.fixture(scope="module")
def told(home: Home) -> Customer:
    """A conversation in which a customer has said everything about themselves."""
    customer = Customer(home)
    customer.says("I need another delivery address for order 1012", EMAIL.upper())
    assert customer.said() == ["utter_ask_new_address"]
    customer.say(f"{STREET}, {TOWN}, {NEW_POSTCODE}")
    assert customer.said() == ["utter_ask_address_confirmed"]
    customer.say("/affirm")
    assert customer.said()[0] == "utter_address_done"
    customer.say("I'd like to open a ticket")
    customer.say(f"{SUBJECT} on {PHONE}, my card is {CARD}")
    other = Customer(home)
    other.says("where is order 1012?", POSTCODE)
    assert other.said() == ["utter_order_packing"]
    visitor = Visitor(home)
    visitor.say(f"my e-mail is {EMAIL}, my postcode {POSTCODE}, my phone {PHONE} and my card {CARD}")
    visitor.say("I'd like to open a ticket")
    visitor.say(SUBJECT)
    visitor.say(EMAIL)
    return customer


@pytest.mark.parametrize("personal", [EMAIL, POSTCODE, PHONE, CARD, STREET, NEW_POSTCODE])
def test_nothing_personal_is_written_to_the_conversations_database(
    told: Customer, home: Home, personal: str
) -> None:
    assert forms_found(tracker_bytes(home), personal) == []


@pytest.mark.parametrize("personal", [EMAIL, POSTCODE, PHONE, CARD, STREET, NEW_POSTCODE, SUBJECT])
def test_nothing_personal_is_written_to_a_log(told: Customer, home: Home, personal: str) -> None:
    assert forms_found(home.logs().encode(), personal) == []


def test_what_the_shop_needs_is_in_the_shop(told: Customer, home: Home) -> None:
    [(address,)] = home.rows("shop.db", "SELECT address FROM orders WHERE number = 'FH-1012'")
    assert STREET in str(address)
    found = home.rows("shop.db", "SELECT contact_email FROM tickets WHERE description LIKE ?", f"%{SUBJECT}%")
    assert (EMAIL,) in found


def tracker_bytes(home: Home) -> bytes:
    """The database as it lies on the disk, with what is not yet folded into it."""
    files = sorted((home.folder / "var").glob("tracker.db*"))
    assert files
    return b"\n".join(file.read_bytes() for file in files)


def forms_found(content: bytes, personal: str) -> list[str]:
    """In which forms a personal text stands there: as it is, without spaces, in any case."""
    forms = {personal, personal.replace(" ", "")}
    return [form for form in forms if form.lower().encode() in content.lower()]
