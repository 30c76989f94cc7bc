"""Products are found by what customers call them."""

from decimal import Decimal

import pytest

from actions.shop import normalise
from actions.shop.embedded import EmbeddedShop


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Scafell Rain Jacket", "Scafell Rain Jacket"),
        ("scafel jaket", "Scafell Rain Jacket"),
        ("the scafell", "Scafell Rain Jacket"),
        ("catbell boots", "Catbells Hiking Boots"),
        ("wasdale 3 tents", "Wasdale 3 Tent"),
        ("wasdale 2 tent", "Wasdale 2 Tent"),
        ("Shepherds Crag helmet", "Shepherd's Crag Climbing Helmet"),
        ("head torch", "Beacon Head Torch"),
        ("compas", "Cairn Compass"),
        ("langdale-65-backpack", "Langdale 65 Backpack"),
    ],
)
def test_a_product_is_found_by_half_and_misspelt_names(shop: EmbeddedShop, said: str, meant: str) -> None:
    found = shop.find_product(said)
    assert found is not None
    assert found.name == meant


@pytest.mark.parametrize("said", ["jacket", "boots", "sleeping bags", "weather", "pizza", "", "?!", "the"])
def test_what_could_be_many_or_none_is_no_product(shop: EmbeddedShop, said: str) -> None:
    assert shop.find_product(said) is None


def test_every_product_is_found_by_its_name_in_any_case(shop: EmbeddedShop) -> None:
    for product in shop.search_products(limit=1000):
        found = shop.find_product(product.name.upper())
        assert found is not None
        assert found.slug == product.slug


@pytest.mark.parametrize("query", ["waterproof jackets", "waterproof jaket", "a waterproof jacket please"])
def test_search_forgives_typos_plurals_and_small_words(shop: EmbeddedShop, query: str) -> None:
    names = [product.name for product in shop.search_products(query)]
    assert "Scafell Rain Jacket" in names


def test_every_wish_narrows_the_search(shop: EmbeddedShop) -> None:
    found = shop.search_products(
        category="jacket", activity="Climbing", colour="Red", size="medium", max_price=150, limit=50
    )
    assert found
    for product in found:
        assert product.category == "Jackets"
        assert "climbing" in product.activities
        assert "red" in product.colours
        assert product.price <= Decimal(150)


def test_search_without_hits_is_empty_rather_than_vague(shop: EmbeddedShop) -> None:
    assert shop.search_products("quantum blender") == []
    assert shop.search_products(category="spaceships") == []
    assert shop.search_products(activity="chess") == []
    assert shop.search_products(colour="pink") == []


def test_search_is_limited_and_shows_what_is_in_stock_first(shop: EmbeddedShop) -> None:
    assert len(shop.search_products(limit=3)) == 3
    found = shop.search_products(category="Boots", colour="brown", size="9")
    cheapest_first_but_sold_out_last = [
        "Latrigg Walking Boots",
        "Black Sail Leather Boots",
        "Catbells Hiking Boots",
    ]
    assert [product.name for product in found] == cheapest_first_but_sold_out_last
    assert [product.in_stock for product in found] == [True, True, False]


def test_availability_narrows_by_colour_and_size(shop: EmbeddedShop) -> None:
    blue = shop.availability("scafell jacket", colour="Blue")
    assert [variant.size for variant in blue] == ["XS", "S", "M", "L", "XL", "XXL"]
    assert [(v.colour, v.size, v.stock) for v in shop.availability("scafell", "blue", "medium")] == [
        ("blue", "M", 6)
    ]
    assert shop.availability("scafell", "yellow", "XS")[0].stock == 0
    assert shop.availability("scafell", "pink") == []
    assert shop.availability("flying carpet") == []


def test_european_shoe_sizes_are_understood(shop: EmbeddedShop) -> None:
    assert [v.size for v in shop.availability("Catbells Hiking Boots", "brown", "EU 42")] == ["8"]
    assert [v.size for v in shop.availability("Catbells Hiking Boots", "brown", "44")] == ["10"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("uk 8½", "8.5"),
        ("UK size 9", "9"),
        ("9.0", "9"),
        ("2XL", "XXL"),
        ("extra-large", "XL"),
        ("One size", "one size"),
    ],
)
def test_sizes_have_one_form(said: str, meant: str) -> None:
    assert normalise.size(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("fh-1001", "FH-1001"),
        ("FH 1001", "FH-1001"),
        ("#1001", "FH-1001"),
        ("order", None),
        ("12", None),
        ("", None),
    ],
)
def test_order_numbers_have_one_form(said: str, meant: str | None) -> None:
    assert normalise.order_number(said) == meant


def test_the_last_postcode_of_a_text_counts() -> None:
    assert normalise.find_postcode("not m4 1hq but 1 Lake Road, ca125jr") == "CA12 5JR"
    assert normalise.find_postcode("somewhere") is None
