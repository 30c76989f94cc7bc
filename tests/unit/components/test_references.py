"""What customers point at, over conversations made of things."""

import random

import pytest

from components.phrases import words_of
from components.references import ExpressionFinder, Referable, candidates
from components.salience import Thing
from tests.unit.components.conftest import entity

PRICE = {"price": {"least": ["cheaper", "cheapest"], "greatest": ["dearer"]}}
REFERABLES = {
    "order_number": Referable(["order", "parcel", "bestellung"]),
    "product": Referable(["product"], ["colour", "category"], PRICE),
}
FINDER = ExpressionFinder(words_of(["en", "de"]), REFERABLES)


def order(number: int, turn: int, by_customer: bool = True, place: int | None = None) -> Thing:
    return Thing("order_number", str(number), turn, by_customer, place)


def product(name: str, place: int, price: float, *colours: str) -> Thing:
    told_by = {"price": price, "colour": list(colours), "category": "Tents"}
    return Thing("product", name, 1, False, place, told_by)


TENTS = [product("A", 0, 300, "green"), product("B", 1, 200, "red", "green"), product("C", 2, 250, "blue")]
LISTED = [order(number, 1, False, place) for place, number in enumerate((1001, 1002, 1016))]


def meant(text: str, things: list[Thing], *entities: dict[str, object]) -> list[str] | None:
    """What is pointed at; None if the text points at nothing."""
    expression = FINDER.find(text, entities)
    if expression is None:
        return None
    return [one.value for one in candidates(expression, things, expression.kinds or tuple(REFERABLES))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cancel the other one", ["1001"]),
        ("and my other order?", ["1001"]),
        ("cancel the other order please", ["1001"]),
        ("not that one", ["1001"]),
        ("what about the first one", ["1001"]),
        ("the second order", ["1002"]),
        ("cancel that order", ["1002"]),
        ("cancel it", ["1002"]),
        ("I'd like to return it please", None),
        ("storniere die andere bestellung", ["1001"]),
        ("die zweite bestellung", ["1002"]),
    ],
)
def test_of_two_orders_named_one_after_the_other(text: str, expected: list[str] | None) -> None:
    assert meant(text, [order(1001, 1), order(1002, 2)]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cancel the second one", ["1002"]),
        ("the last one", ["1016"]),
        ("the 3rd one", ["1016"]),
        ("the fourth one", []),
        ("cancel it", ["1001", "1002", "1016"]),
        ("the other one", ["1001", "1002", "1016"]),
    ],
)
def test_of_a_list_the_position_counts(text: str, expected: list[str]) -> None:
    assert meant(text, LISTED) == expected


def test_the_other_one_of_a_list_is_any_but_the_one_spoken_of() -> None:
    assert meant("the other one", [*LISTED, order(1002, 2)]) == ["1001", "1016"]
    assert meant("the other one", [*LISTED[:2], order(1002, 2)]) == ["1001"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how much is the cheapest one", ["B"]),
        ("the cheaper one", ["B"]),
        ("is the dearer one in stock", ["A"]),
        ("the second one", ["B"]),
    ],
)
def test_products_are_told_apart_by_price_and_position(text: str, expected: list[str]) -> None:
    assert meant(text, TENTS) == expected


def test_products_are_told_apart_by_what_describes_them() -> None:
    blue, green = "is the blue one in stock", "is the green one in stock"
    assert meant(blue, TENTS, entity("colour", "blue", blue)) == ["C"]
    assert meant(green, TENTS, entity("colour", "green", green)) == ["A", "B"]


def test_alike_prices_leave_it_open() -> None:
    assert meant("the cheapest one", [*TENTS[:2], product("D", 2, 200)]) == ["B", "D"]
    assert meant("the cheapest one", [order(1001, 1), order(1002, 1)]) == []


@pytest.mark.parametrize(
    "text",
    [
        *("", "where is my order", "do you have other colours", "on the other hand I like it in blue", "🙂"),
        *("first of all, where is my parcel", "what is the last date", "it is raining", "is it waterproof"),
        *("any other shops?", "thanks for that order of things", "the one with the long zip"),
    ],
)
def test_ordinary_messages_point_at_nothing(text: str) -> None:
    assert meant(text, [order(1001, 1), order(1002, 2)]) in (None, ["1002"] if "that order" in text else None)


def test_nothing_named_means_nothing_meant() -> None:
    for text in ("the other one", "the second one", "cancel it", "that order"):
        assert meant(text, []) == []


def test_only_things_of_the_conversation_are_ever_meant_and_the_other_is_never_the_one_spoken_of() -> None:
    drawn = random.Random(3)
    texts = ["the other one", "the first one", "the last order", "not that one", "that order", "cancel it"]
    for _ in range(500):
        things = [order(drawn.randint(1, 4), turn) for turn in range(1, drawn.randint(2, 6))]
        known = {thing.value for thing in things}
        for text in texts:
            found = meant(text, things) or []
            assert set(found) <= known
            assert len(found) == len(set(found))
        assert things[-1].value not in (meant("the other one", things) or [])
        assert len(meant("the other one", things) or []) == len(known) - 1
