from decimal import Decimal

import pytest

from actions.products import max_price
from tests.unit.actions.chat import Chat


async def test_a_category_is_searched_and_shown_with_prices(chat: Chat) -> None:
    await chat.hear("I need a tent", "search_product", category="Tents")
    assert await chat.do("action_search_products") == ["utter_products_found"]
    assert "Tent" in chat.text and "£" in chat.text
    assert all(payload.startswith('/search_product{"product": ') for payload in chat.buttons.values())


async def test_a_price_limit_is_kept(chat: Chat) -> None:
    await chat.hear("jackets under £100", "search_product", category="Jackets")
    await chat.do("action_search_products")
    prices = [Decimal(part.split(",")[0].split("\n")[0]) for part in chat.text.split(", £")[1:]]
    assert prices and max(prices) <= 100


async def test_when_nothing_fits_all_something_close_is_shown(chat: Chat) -> None:
    await chat.hear("tents under £5", "search_product", category="Tents")
    assert await chat.do("action_search_products") == ["utter_products_similar"]


async def test_plain_words_are_searched_too(chat: Chat) -> None:
    await chat.hear("something against the rain", "search_product")
    assert (await chat.do("action_search_products"))[0] in ("utter_products_found", "utter_search_unclear")


async def test_a_request_for_nothing_in_particular_is_asked_back(chat: Chat) -> None:
    await chat.hear("/search_product", "search_product")
    assert await chat.do("action_search_products") == ["utter_ask_search"]
    await chat.hear("can you recommend something?", "recommend_product")
    assert await chat.do("action_search_products") == ["utter_ask_search"]


@pytest.mark.parametrize(
    ("text", "price"),
    [("under £100", 100), ("less than 80 pounds", 80), ("£50 or less", 50), ("a 65 litre pack", None)],
)
def test_prices_are_read_from_words(text: str, price: int | None) -> None:
    assert max_price(text) == (None if price is None else Decimal(price))


async def test_a_price_question_is_answered_and_remembered(chat: Chat) -> None:
    await chat.hear("how much is the scafel jacket?", "ask_price", product="Scafell Rain Jacket")
    assert await chat.do("action_product_info") == ["utter_price"]
    await chat.hear("is it in stock in blue, M?", "check_availability", colour="blue", size="M")
    assert await chat.do("action_check_availability") == ["utter_in_stock"]
    assert "Scafell Rain Jacket in blue, M" in chat.text


@pytest.mark.parametrize(
    ("wish", "response"),
    [
        ({"colour": "red", "size": "L"}, "utter_low_stock"),
        ({"colour": "yellow", "size": "XS"}, "utter_sold_out_variant"),
        ({"colour": "purple", "size": "M"}, "utter_unknown_variant"),
        ({"colour": "blue"}, "utter_stock_overview"),
        ({}, "utter_stock_overview"),
    ],
)
async def test_stock_is_told_for_colour_and_size(chat: Chat, wish: dict[str, str], response: str) -> None:
    await chat.hear("in stock?", "check_availability", product="Scafell Rain Jacket", **wish)
    assert await chat.do("action_check_availability") == [response]
    assert "{" not in chat.text


async def test_another_product_does_not_inherit_the_size_of_the_last(chat: Chat) -> None:
    await chat.hear("?", "check_availability", product="Scafell Rain Jacket", colour="red", size="L")
    await chat.do("action_check_availability")
    await chat.hear("and the beanie?", "check_availability", product="Tarn Beanie")
    assert await chat.do("action_check_availability") == ["utter_stock_overview"]
    assert "- teal" in chat.text


async def test_an_unknown_product_and_no_product_are_asked_about(chat: Chat) -> None:
    await chat.hear("in stock?", "check_availability")
    assert await chat.do("action_check_availability") == ["utter_ask_product"]
    await chat.hear("price of the zzzz", "ask_price", product="Zzzz Kayak")
    assert await chat.do("action_product_info") == ["utter_product_unknown"]


async def test_a_bare_product_name_answers_what_was_asked_before(chat: Chat) -> None:
    await chat.hear("is it in stock?", "check_availability")
    await chat.do("action_check_availability")
    await chat.hear("the beanie", product="Tarn Beanie")
    assert await chat.do("action_about_value") == ["utter_stock_overview"]
    await chat.hear("in teal", colour="teal")
    assert await chat.do("action_about_value") == ["utter_in_stock"]


async def test_a_bare_order_number_is_tracked(chat: Chat) -> None:
    await chat.hear("1001", order_number="FH-1001")
    assert await chat.do("action_about_value") == []
    assert chat.tracker.followup_action == "order_form" and chat.slot("order_task") == "track"


async def test_a_bare_category_is_looked_for_and_anything_else_asked_about(chat: Chat) -> None:
    await chat.hear("boots", category="Boots")
    assert await chat.do("action_about_value") == ["utter_products_found"]
    await chat.hear("emma@example.com", email="emma@example.com")
    assert await chat.do("action_about_value") == ["utter_inform"]


async def test_a_product_by_its_name_is_described(chat: Chat) -> None:
    await chat.hear("tell me about the Tarn Beanie", "search_product", product="Tarn Beanie")
    assert await chat.do("action_search_products") == ["utter_product_info"]


async def test_what_we_do_not_sell_is_said_so(chat: Chat) -> None:
    await chat.hear("do you sell snowboards", "search_product")
    assert await chat.do("action_search_products") == ["utter_search_unclear"]


async def test_the_customers_own_words_decide_what_comes_first(chat: Chat) -> None:
    await chat.hear("I need a tent for 3 people under £400", "search_product", category="Tents")
    await chat.do("action_search_products")
    assert next(iter(chat.buttons)) == "Wasdale 3 Tent"
