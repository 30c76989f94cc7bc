import pytest

from actions.context import Services
from tests.unit.actions.chat import Chat

EMMA, TOM = "emma.hartley@example.com", "tom.birkett@example.com"


async def track(chat: Chat, text: str = "where is FH-1001?", number: str = "FH-1001") -> list[str]:
    await chat.hear(text, "track_order", order_number=number)
    return await chat.do("order_form")


async def test_the_form_asks_for_number_then_identity_and_ends_when_both_fit(chat: Chat) -> None:
    await chat.hear("where is my parcel?", "track_order")
    assert await chat.do("order_form") == ["utter_ask_order_number"]
    await chat.hear("1001", order_number="FH-1001")
    assert await chat.do("order_form") == ["utter_ask_identity"]
    assert "FH-1001" in chat.text
    await chat.hear("la9 4qq", postcode="LA9 4QQ")
    assert await chat.do("order_form") == []
    assert chat.form is None and chat.slot("verified_customer")


async def test_a_message_that_says_it_all_is_asked_nothing(chat: Chat) -> None:
    await chat.hear(
        "where is 1001? I'm at LA9 4QQ", "track_order", order_number="FH-1001", postcode="LA9 4QQ"
    )
    assert await chat.do("order_form") == []
    assert await chat.do("action_order_task") == ["utter_order_out_for_delivery"]


async def test_an_identity_given_before_the_number_is_kept_and_never_shown(chat: Chat) -> None:
    await chat.hear(f"it's {EMMA}, where is my order", "track_order", email=EMMA)
    assert await chat.do("order_form") == ["utter_ask_order_number"]
    await chat.hear("#1001", order_number="FH-1001")
    assert await chat.do("order_form") == []
    assert chat.slot("verified_customer")
    assert EMMA not in str([event.as_dict() for event in chat.events("slot")])


@pytest.mark.parametrize("number", ["FH-1001", "FH-9999"])
async def test_a_wrong_identity_and_an_unknown_order_are_answered_alike(chat: Chat, number: str) -> None:
    await track(chat, f"where is {number}", number)
    await chat.hear(TOM, email=TOM)
    assert await chat.do("order_form") == ["utter_ask_identity"]
    assert chat.slot("form_hint") == "wrong" and chat.slot("verified_customer") is None
    assert number in chat.text


async def test_after_three_wrong_tries_the_form_ends_and_offers_a_person(chat: Chat) -> None:
    await track(chat)
    for _ in range(2):
        await chat.hear(TOM, email=TOM)
        await chat.do("order_form")
    await chat.hear("CA12 5JR", postcode="CA12 5JR")
    assert await chat.do("order_form") == [] and chat.form is None
    assert await chat.do("action_order_task") == ["utter_identity_failed"]
    assert "/request_person" in chat.buttons.values()


async def test_after_six_wrong_tries_even_the_right_answer_is_not_looked_at(chat: Chat) -> None:
    for _ in range(2):
        await track(chat)
        for _ in range(3):
            await chat.hear(TOM, email=TOM)
            await chat.do("order_form")
        await chat.do("action_order_task")
    await track(chat)
    await chat.hear(EMMA, email=EMMA)
    await chat.do("order_form")
    assert chat.slot("verified_customer") is None
    assert await chat.do("action_order_task") == ["utter_identity_failed"]


async def test_a_verified_customer_is_not_asked_again_for_another_own_order(chat: Chat) -> None:
    await chat.hear("1001, LA9 4QQ", "track_order", order_number="FH-1001", postcode="LA9 4QQ")
    await chat.do("order_form", "action_order_task")
    assert await track(chat, "and 1002?", "FH-1002") == []
    assert await chat.do("action_order_task") == ["utter_order_placed"]


async def test_a_verified_customer_is_asked_again_for_an_order_of_someone_else(chat: Chat) -> None:
    await chat.hear("1001, LA9 4QQ", "track_order", order_number="FH-1001", postcode="LA9 4QQ")
    await chat.do("order_form", "action_order_task")
    assert await track(chat, "and 1003?", "FH-1003") == ["utter_ask_identity"]
    assert await chat.do("action_order_task") == ["utter_identity_failed"]


async def test_a_corrected_number_replaces_the_old_one_while_identity_is_asked(chat: Chat) -> None:
    await track(chat, number="FH-1003")
    await chat.hear("sorry, I meant 1001", order_number="FH-1001")
    assert await chat.do("order_form") == ["utter_ask_identity"]
    assert "FH-1001" in chat.text
    await chat.hear(EMMA, email=EMMA)
    assert await chat.do("order_form") == [] and chat.slot("order_number") == "FH-1001"


@pytest.mark.parametrize("text", ["1001", "#1001", "fh 1001", "it is FH1001"])
async def test_order_numbers_are_brought_into_one_form(chat: Chat, text: str) -> None:
    await chat.hear("where is my order?", "track_order")
    await chat.do("order_form")
    await chat.hear(text)
    await chat.do("order_form")
    assert chat.slot("order_number") == "FH-1001"


async def test_no_number_to_hand_brings_help_and_a_way_round(chat: Chat) -> None:
    await chat.hear("where is my order?", "track_order")
    await chat.do("order_form")
    await chat.hear("no I haven't got it", "deny")
    assert await chat.do("order_form") == ["utter_ask_order_number"]
    assert chat.slot("form_hint") == "help" and "/list_orders" in chat.buttons.values()


async def test_gibberish_is_asked_again_in_other_words(chat: Chat) -> None:
    await track(chat)
    await chat.hear("bla bla", "nlu_fallback")
    assert await chat.do("order_form") == ["utter_ask_identity"] and chat.slot("form_hint") == "unclear"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what does delivery cost?", "ask_shipping_cost"),
        ("do you sell kites?", "nlu_fallback"),
        ("stop", "stop"),
    ],
)
async def test_something_else_is_left_to_the_rules_and_the_form_asks_again_after(
    chat: Chat, text: str, intent: str
) -> None:
    await track(chat)
    await chat.hear(text, intent)
    assert await chat.do("order_form") == [] and chat.interrupted
    assert await chat.do("action_answer_in_form", "order_form") == [
        chat.said[0].metadata["utter_action"],
        "utter_ask_identity",
    ]
    assert chat.slot("form_hint") is None


async def test_another_task_with_a_number_interrupts_too(chat: Chat) -> None:
    await track(chat)
    await chat.hear("cancel order 1002", "cancel_order", order_number="FH-1002")
    assert await chat.do("order_form") == [] and chat.interrupted
    assert await chat.do("action_deactivate_loop", "cancel_form") == ["utter_ask_identity"]
    assert "FH-1002" in chat.text


async def test_a_dead_shop_ends_the_form_with_an_apology(chat: Chat, services: Services, tmp_path) -> None:  # type: ignore[no-untyped-def]
    await track(chat)
    (tmp_path / "shop.db").rename(tmp_path / "gone.db")
    services.shop._engine.dispose()  # type: ignore[attr-defined]
    await chat.hear(EMMA, email=EMMA)
    assert await chat.do("order_form") == [] and chat.form is None
    assert await chat.do("action_order_task") == ["utter_shop_unavailable"]
    assert "/request_person" in chat.buttons.values()


async def test_all_orders_need_email_and_postcode(chat: Chat) -> None:
    await chat.hear("show my orders", "list_orders")
    assert await chat.do("orders_form") == ["utter_ask_orders_form_identity"]
    await chat.hear(EMMA, email=EMMA)
    assert await chat.do("orders_form") == ["utter_ask_identity_postcode"]
    await chat.hear("LA9 4QQ", postcode="LA9 4QQ")
    assert await chat.do("orders_form") == []
    assert await chat.do("action_list_orders") == ["utter_orders_list"]
    assert "Emma" in chat.text and "FH-1001" in chat.buttons


async def test_email_and_postcode_of_two_people_show_nothing(chat: Chat) -> None:
    await chat.hear(f"my orders, {EMMA}, CA12 5JR", "list_orders", email=EMMA, postcode="CA12 5JR")
    assert await chat.do("orders_form") == ["utter_ask_orders_form_identity"]
    assert chat.slot("form_hint") == "wrong" and chat.slot("verified_customer") is None


async def test_a_verified_customer_gets_the_list_at_once(chat: Chat) -> None:
    await chat.hear("1001, LA9 4QQ", "track_order", order_number="FH-1001", postcode="LA9 4QQ")
    await chat.do("order_form", "action_order_task")
    await chat.hear("show all my orders", "list_orders")
    assert await chat.do("orders_form", "action_list_orders") == ["utter_orders_list"]


async def test_a_hint_holds_for_one_question_only(chat: Chat) -> None:
    await track(chat, number="FH-1003")
    await chat.hear(EMMA, email=EMMA)
    await chat.do("order_form")
    assert chat.slot("form_hint") == "wrong"
    await chat.hear("oh, it's 1001", order_number="FH-1001")
    assert await chat.do("order_form") == ["utter_ask_identity"]
    assert chat.slot("form_hint") is None
