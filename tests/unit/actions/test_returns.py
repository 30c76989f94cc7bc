import pytest

from actions.context import Services
from actions.forms.returns import match_line
from actions.shop.backend import OrderLine
from tests.unit.actions.chat import Chat

TOM, PRIYA, EMMA = "tom.birkett@example.com", "priya.nair@example.com", "emma.hartley@example.com"


async def start(
    chat: Chat, number: str, email: str, intent: str = "start_return", **entities: str
) -> list[str]:
    await chat.hear("about a return", intent, order_number=number, email=email, **entities)
    return await chat.do("return_form")


async def test_the_item_is_chosen_by_button_the_reason_by_another_and_a_label_comes(
    chat: Chat, services: Services
) -> None:
    assert await start(chat, "FH-1003", TOM) == ["utter_ask_return_item"]
    button = next(payload for title, payload in chat.buttons.items() if "Catbells" in title)
    await chat.hear(button, "nlu_fallback")
    assert await chat.do("return_form") == ["utter_ask_return_reason"]
    await chat.hear('/inform{"reason": "too_small"}', "inform", reason="too_small")
    assert await chat.do("return_form") == []
    assert await chat.do("action_register_return") == ["utter_return_registered", "utter_return_another"]
    record = services.shop.find_order("FH-1003").returns[0]  # type: ignore[union-attr]
    assert record.number in chat.text and record.label_url in chat.text
    assert (record.reason, record.kind) == ("too_small", "return")
    assert chat.slot("return_item") is None and chat.slot("return_reason") is None


@pytest.mark.parametrize("text", ["the boots", "the first one", "Catbells Hiking Boots please", "catbels"])
async def test_the_item_may_be_said_in_many_ways(chat: Chat, text: str) -> None:
    await start(chat, "FH-1003", TOM)
    await chat.hear(text, "search_product")
    assert await chat.do("return_form") == ["utter_ask_return_reason"]


async def test_an_item_that_is_not_in_the_order_is_asked_again(chat: Chat) -> None:
    await start(chat, "FH-1003", TOM)
    await chat.hear("the kayak", "nlu_fallback")
    assert await chat.do("return_form") == ["utter_item_unclear"]
    assert any("Catbells" in title for title in chat.buttons)


async def test_an_order_of_one_item_leaves_no_choice(chat: Chat) -> None:
    assert await start(chat, "FH-1016", EMMA) == ["utter_ask_return_reason"]


async def test_any_other_reason_will_do(chat: Chat, services: Services) -> None:
    await start(chat, "FH-1016", EMMA)
    await chat.hear("my husband bought the same one", "nlu_fallback")
    assert await chat.do("return_form") == []
    await chat.do("action_register_return")
    assert services.shop.find_order("FH-1016").returns[0].reason == "other"  # type: ignore[union-attr]


async def test_outside_the_window_is_explained_without_more_questions(chat: Chat) -> None:
    assert await start(chat, "FH-1004", TOM) == []
    assert await chat.do("action_register_return") == ["utter_return_outside_window"]
    assert "Bowfell Softshell Jacket" in chat.text and "/ask_repair_service" in chat.buttons.values()
    assert "{" not in chat.text


async def test_a_harness_cannot_come_back_unless_it_is_faulty(chat: Chat, services: Services) -> None:
    await start(chat, "FH-1005", PRIYA, product="Napes Climbing Harness")
    await chat.hear("changed my mind", reason="changed_mind")
    assert await chat.do("return_form") == []
    assert await chat.do("action_register_return") == ["utter_return_non_returnable"]
    assert "unsealed" in chat.text
    await start(chat, "FH-1005", PRIYA, "report_damaged", product="Napes Climbing Harness")
    assert chat.form is None
    assert (await chat.do("action_register_return"))[0] == "utter_return_registered"


@pytest.mark.parametrize(
    ("number", "email", "response"),
    [
        ("FH-1001", EMMA, "utter_return_not_delivered"),
        ("FH-1002", EMMA, "utter_return_cancel_instead"),
        ("FH-1010", "oliver.pennington@example.org", "utter_return_closed"),
        ("FH-1008", "alistair.grant@example.org", "utter_return_already_returned"),
        ("FH-1013", PRIYA, "utter_return_only_once"),
    ],
)
async def test_what_cannot_be_returned_is_explained(
    chat: Chat, number: str, email: str, response: str
) -> None:
    assert await start(chat, number, email) == []
    assert await chat.do("action_register_return") == [response]
    assert "{" not in chat.text


async def test_an_exchange_asks_for_size_or_colour_and_checks_the_shelf(
    chat: Chat, services: Services
) -> None:
    await start(chat, "FH-1003", TOM, "start_exchange", product="Catbells Hiking Boots")
    await chat.hear("too small", reason="too_small")
    assert await chat.do("return_form") == ["utter_ask_exchange_for"]
    assert "- brown: " in chat.text and "9.5" in chat.text
    await chat.hear("the same", "inform", size="9")
    assert await chat.do("return_form") == ["utter_exchange_same"]
    await chat.hear("a 9.5 please", "nlu_fallback")
    assert await chat.do("return_form") == []
    assert (await chat.do("action_register_return"))[0] == "utter_exchange_registered"
    assert "brown, 9.5" in chat.text
    assert services.shop.find_order("FH-1003").returns[0].kind == "exchange"  # type: ignore[union-attr]


async def test_a_sold_out_wish_gets_what_there_is_and_a_way_out(chat: Chat) -> None:
    await start(chat, "FH-1003", TOM, "start_exchange", product="Catbells Hiking Boots")
    await chat.hear("too small", reason="too_small")
    await chat.do("return_form")
    await chat.hear("in pink, size 99", "inform", colour="pink", size="99")
    assert await chat.do("return_form") == ["utter_exchange_unavailable"]
    assert "pink, 99" in chat.text
    await chat.hear("/start_return", "start_return")
    assert await chat.do("return_form") == []
    assert (await chat.do("action_register_return"))[0] == "utter_return_registered"


async def test_the_size_said_at_the_start_is_not_asked_again(chat: Chat) -> None:
    await chat.hear(
        "swap my Catbells boots from 1003 for a 9.5, too small",
        "start_exchange",
        order_number="FH-1003",
        email=TOM,
        product="Catbells Hiking Boots",
        size="9.5",
        reason="too_small",
    )
    assert await chat.do("return_form") == []
    assert (await chat.do("action_register_return"))[0] == "utter_exchange_registered"


def _line(sku: str, product: str, colour: str, size: str) -> OrderLine:
    return OrderLine(sku, product, "Jackets", colour, size, 1, 10)  # type: ignore[arg-type]


def test_two_lines_alike_are_not_guessed_between() -> None:
    lines = (_line("a", "Scafell Rain Jacket", "blue", "M"), _line("b", "Scafell Rain Jacket", "red", "L"))
    assert match_line("the Scafell Rain Jacket", lines) is None
    found = match_line("the red jacket", lines)
    assert found is not None and found.sku == "b"
