import pytest

from actions.context import Services
from tests.unit.actions.chat import Chat

CUSTOMERS = {
    **dict.fromkeys(("FH-1001", "FH-1002", "FH-1016"), "emma.hartley@example.com"),
    **dict.fromkeys(("FH-1003", "FH-1004"), "tom.birkett@example.com"),
    "FH-1006": "daniel.okafor@example.com",
    "FH-1007": "megan.pritchard@example.com",
    "FH-1008": "alistair.grant@example.org",
    **dict.fromkeys(("FH-1009", "FH-1014"), "grace.whitfield@example.com"),
    "FH-1010": "oliver.pennington@example.org",
    "FH-1011": "hannah.postlethwaite@example.com",
    **dict.fromkeys(("FH-1012", "FH-1015"), "marcus.bell@example.com"),
    "FH-1013": "priya.nair@example.com",
}


async def ask(chat: Chat, intent: str, number: str, form: str = "order_form") -> list[str]:
    """One message with everything that the form needs to know the customer."""
    await chat.hear(f"about {number}", intent, order_number=number, email=CUSTOMERS[number])
    return await chat.do(form)


@pytest.mark.parametrize(
    ("number", "response", "told"),
    [
        ("FH-1001", "utter_order_out_for_delivery", "Fellrunner"),
        ("FH-1002", "utter_order_placed", "Saturday 14 March"),
        ("FH-1003", "utter_order_delivered", "Tuesday 3 March"),
        ("FH-1006", "utter_order_lost", "FH-1006"),
        ("FH-1007", "utter_order_delayed", "Friday 13 March"),
        ("FH-1008", "utter_order_refunded", "American Express"),
        ("FH-1009", "utter_order_returned", "5 working days"),
        ("FH-1010", "utter_order_cancelled", "PayPal"),
        ("FH-1012", "utter_order_packing", "Friday 13 March"),
        ("FH-1013", "utter_order_return_requested", "FH-1013"),
        ("FH-1014", "utter_order_partially_refunded", "Mastercard"),
        ("FH-1015", "utter_order_shipped", "Thursday 12 March"),
    ],
)
async def test_every_state_has_its_own_words(chat: Chat, number: str, response: str, told: str) -> None:
    await ask(chat, "track_order", number)
    assert await chat.do("action_order_task") == [response]
    assert told in chat.text and "{" not in chat.text


async def test_details_list_what_was_bought_and_what_it_cost(chat: Chat) -> None:
    await ask(chat, "order_details", "FH-1002")
    assert await chat.do("action_order_task") == ["utter_order_details", "utter_order_placed"]
    assert "2 × Patterdale Merino Socks (grey, M)" in chat.text and "£" in chat.text


@pytest.mark.parametrize(
    ("number", "response"),
    [
        ("FH-1003", "utter_refund_none"),
        ("FH-1008", "utter_refund_refunded"),
        ("FH-1009", "utter_refund_parcel_received"),
        ("FH-1010", "utter_refund_on_its_way"),
        ("FH-1014", "utter_refund_partially_refunded"),
    ],
)
async def test_a_refund_is_followed_through_its_states(chat: Chat, number: str, response: str) -> None:
    await ask(chat, "refund_status", number)
    assert await chat.do("action_order_task") == [response]
    assert "{" not in chat.text


async def test_a_parcel_said_to_be_delivered_is_looked_for(chat: Chat) -> None:
    await ask(chat, "report_missing_parcel", "FH-1011")
    assert await chat.do("action_order_task") == ["utter_missing_delivered"]
    assert "/open_ticket" in chat.buttons.values()


async def test_a_parcel_on_its_way_is_not_missing(chat: Chat) -> None:
    await ask(chat, "report_missing_parcel", "FH-1001")
    assert await chat.do("action_order_task") == ["utter_missing_on_its_way", "utter_order_out_for_delivery"]


async def test_cancelling_asks_first_and_then_does_it(chat: Chat, services: Services) -> None:
    assert await ask(chat, "cancel_order", "FH-1002", "cancel_form") == ["utter_ask_cancel_confirmed"]
    assert "Beacon Head Torch" in chat.text
    await chat.hear("yes please", "affirm")
    assert await chat.do("cancel_form") == []
    assert await chat.do("action_cancel_order") == ["utter_cancel_done"]
    assert services.shop.find_order("FH-1002").status == "cancelled"  # type: ignore[union-attr]
    assert [line.kind for line in services.crm.activities_of("c1")] == ["order.cancelled"]
    assert chat.slot("cancel_confirmed") is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [("no", "deny"), ("no don't cancel it", "cancel_order"), ("keep it please", "nlu_fallback")],
)
async def test_a_no_keeps_the_order(chat: Chat, services: Services, text: str, intent: str) -> None:
    await ask(chat, "cancel_order", "FH-1002", "cancel_form")
    await chat.hear(text, intent)
    assert await chat.do("cancel_form") == []
    assert await chat.do("action_cancel_order") == ["utter_cancel_kept"]
    assert services.shop.find_order("FH-1002").status == "placed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "intent"), [("yes cancel it", "cancel_order"), ("go ahead", "nlu_fallback")]
)
async def test_a_yes_in_other_words_counts(chat: Chat, text: str, intent: str) -> None:
    await ask(chat, "cancel_order", "FH-1002", "cancel_form")
    await chat.hear(text, intent)
    await chat.do("cancel_form")
    assert await chat.do("action_cancel_order") == ["utter_cancel_done"]


async def test_neither_yes_nor_no_asks_again_and_cancels_nothing(chat: Chat, services: Services) -> None:
    await ask(chat, "cancel_order", "FH-1002", "cancel_form")
    await chat.hear("hmm hard to say", "nlu_fallback")
    assert await chat.do("cancel_form") == ["utter_yes_no_unclear"]
    assert services.shop.find_order("FH-1002").status == "placed"  # type: ignore[union-attr]


async def test_a_yes_from_an_earlier_form_cancels_nothing(chat: Chat) -> None:
    await ask(chat, "cancel_order", "FH-1012", "cancel_form")
    await chat.hear("yes", "affirm")
    await chat.do("cancel_form", "action_deactivate_loop")
    await chat.hear("stop", "stop")
    assert await ask(chat, "cancel_order", "FH-1002", "cancel_form") == ["utter_ask_cancel_confirmed"]


@pytest.mark.parametrize(
    ("number", "response"),
    [
        ("FH-1015", "utter_cancel_too_late"),
        ("FH-1003", "utter_cancel_too_late"),
        ("FH-1010", "utter_cancel_already"),
        ("FH-1006", "utter_order_lost"),
    ],
)
async def test_what_cannot_be_cancelled_is_not_asked_but_explained(
    chat: Chat, number: str, response: str
) -> None:
    assert await ask(chat, "cancel_order", number, "cancel_form") == []
    assert await chat.do("action_cancel_order") == [response]
    if response == "utter_cancel_too_late":
        assert f'/start_return{{"order_number": "{number}"}}' in chat.buttons.values()


ADDRESS = "12 High Street, Ambleside, LA22 0BZ"


async def test_an_address_is_read_back_and_then_changed(chat: Chat, services: Services) -> None:
    assert await ask(chat, "change_address", "FH-1012", "address_form") == ["utter_ask_new_address"]
    await chat.hear(f"please send it to {ADDRESS}", "inform", postcode="LA22 0BZ")
    assert await chat.do("address_form") == ["utter_ask_address_confirmed"]
    assert ADDRESS in chat.text and "please send" not in chat.text
    assert ADDRESS not in str([event.as_dict() for event in chat.events("slot")])
    await chat.hear("yes", "affirm")
    assert await chat.do("address_form") == []
    assert await chat.do("action_change_address") == ["utter_address_done"]
    assert services.shop.find_order("FH-1012").address == ADDRESS  # type: ignore[union-attr]


async def test_a_no_to_the_address_read_back_asks_for_it_again(chat: Chat) -> None:
    await ask(chat, "change_address", "FH-1012", "address_form")
    await chat.hear(ADDRESS, "ask_shops", postcode="LA22 0BZ")
    await chat.do("address_form")
    await chat.hear("no", "deny")
    assert await chat.do("address_form") == ["utter_ask_new_address"] and chat.slot("form_hint") == "again"
    await chat.hear("no, leave it", "deny")
    assert await chat.do("address_form") == []
    assert await chat.do("action_change_address") == ["utter_address_kept"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("12 High Street, Ambleside", "no_postcode"),
        ("LA22 0BZ", "too_short"),
        ("x " * 120 + "LA22 0BZ", "too_long"),
    ],
)
async def test_half_an_address_is_asked_for_again_with_the_reason(chat: Chat, text: str, hint: str) -> None:
    await ask(chat, "change_address", "FH-1012", "address_form")
    await chat.hear(text)
    assert await chat.do("address_form") == ["utter_ask_new_address"] and chat.slot("form_hint") == hint


async def test_the_new_postcode_in_the_first_message_is_no_wrong_identity(chat: Chat) -> None:
    text = "send 1012 to 12 High Street, LA22 0BZ"
    await chat.hear(text, "change_address", order_number="FH-1012", postcode="LA22 0BZ")
    assert await chat.do("address_form") == ["utter_ask_identity"]
    assert chat.slot("identity_tries") == 0


@pytest.mark.parametrize(
    ("number", "response"), [("FH-1015", "utter_address_too_late"), ("FH-1003", "utter_address_closed")]
)
async def test_an_order_that_has_left_is_explained(chat: Chat, number: str, response: str) -> None:
    assert await ask(chat, "change_address", number, "address_form") == []
    assert await chat.do("action_change_address") == [response]
    assert "{" not in chat.text


async def test_nothing_is_said_without_a_verified_customer(chat: Chat) -> None:
    await chat.hear("1002", "track_order", order_number="FH-1002")
    for action in ("action_order_task", "action_cancel_order", "action_change_address", "action_list_orders"):
        assert await chat.do(action) == ["utter_identity_failed"]


async def test_a_broken_shop_is_an_apology_and_never_a_traceback(
    chat: Chat, services: Services, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    await ask(chat, "track_order", "FH-1001")
    services.shop._engine.dispose()  # type: ignore[attr-defined]
    (tmp_path / "shop.db").write_bytes(b"no database")
    assert await chat.do("action_order_task") == ["utter_shop_unavailable"]
