from actions.context import Services
from tests.unit.actions.chat import Chat

STORY = "The pole of my tent broke on the first night, call me on 07911 123456"


async def test_a_ticket_is_opened_from_words_and_email_which_stays_out_of_the_slots(
    chat: Chat, services: Services
) -> None:
    await chat.hear("open a ticket please", "open_ticket")
    assert await chat.do("ticket_form") == ["utter_ask_ticket_description"]
    await chat.hear(STORY, "report_damaged")
    assert await chat.do("ticket_form") == ["utter_ask_contact_email"]
    await chat.hear("Sam@Example.org", email="sam@example.org")
    assert await chat.do("ticket_form") == []
    assert await chat.do("action_open_ticket") == ["utter_ticket_opened"]
    ticket = services.crm.find_ticket(chat.slot("ticket_number"))
    assert ticket is not None and ticket.description == STORY and ticket.contact_email == "sam@example.org"
    assert (ticket.priority, ticket.conversation_id, ticket.number in chat.text) == ("high", "c1", True)
    assert "sam@example.org" not in str([event.as_dict() for event in chat.events("slot")])
    assert chat.slot("ticket_description") is None


async def test_a_first_message_that_tells_the_story_is_taken_as_it_is(chat: Chat) -> None:
    text = "please open a ticket, the zip of my jacket broke and nobody in the shop could help me"
    await chat.hear(text, "open_ticket")
    assert await chat.do("ticket_form") == ["utter_ask_contact_email"]


async def test_a_word_is_no_story_and_a_name_no_email(chat: Chat) -> None:
    await chat.hear("open a ticket", "open_ticket")
    await chat.do("ticket_form")
    await chat.hear("tent", "nlu_fallback")
    assert (
        await chat.do("ticket_form") == ["utter_ask_ticket_description"]
        and chat.slot("form_hint") == "unclear"
    )
    await chat.hear(STORY, "nlu_fallback")
    await chat.do("ticket_form")
    await chat.hear("sam at example", "nlu_fallback")
    assert await chat.do("ticket_form") == ["utter_ask_contact_email"] and chat.slot("form_hint") == "unclear"
    assert chat.slot("ticket_description") == STORY


async def test_a_question_or_a_wish_for_a_person_is_no_story(chat: Chat) -> None:
    await chat.hear("open a ticket", "open_ticket")
    await chat.do("ticket_form")
    for text, intent in (
        ("how long does delivery take to France?", "ask_delivery_time"),
        ("a human please now", "request_person"),
    ):
        await chat.hear(text, intent)
        assert await chat.do("ticket_form") == [] and chat.interrupted


async def test_a_verified_customer_is_not_asked_for_an_email(chat: Chat, services: Services) -> None:
    await chat.hear("1001, LA9 4QQ", "track_order", order_number="FH-1001", postcode="LA9 4QQ")
    await chat.do("order_form", "action_order_task")
    await chat.hear("open a ticket", "open_ticket")
    await chat.do("ticket_form")
    await chat.hear(STORY, "nlu_fallback")
    assert await chat.do("ticket_form") == []
    await chat.do("action_open_ticket")
    ticket = services.crm.find_ticket(chat.slot("ticket_number"))
    assert ticket is not None and ticket.contact_email == "emma.hartley@example.com"
    assert ticket.order_number == "FH-1001"


async def test_a_broken_crm_is_an_apology(chat: Chat, services: Services, tmp_path) -> None:  # type: ignore[no-untyped-def]
    await chat.hear("open a ticket", "open_ticket")
    await chat.do("ticket_form")
    await chat.hear(STORY, "nlu_fallback")
    await chat.do("ticket_form")
    services.shop._engine.dispose()  # type: ignore[attr-defined]
    (tmp_path / "shop.db").write_bytes(b"no database")
    await chat.hear("sam@example.org", email="sam@example.org")
    await chat.do("ticket_form")
    assert await chat.do("action_open_ticket") == ["utter_ticket_system_unavailable"]


async def test_a_ticket_is_told_only_with_its_email(chat: Chat, services: Services) -> None:
    number = services.crm.open_ticket(None, "Zip", "The zip broke", "sam@example.org", "other").number
    await chat.hear(f"how is {number} doing", "ticket_status", ticket_number=number)
    assert await chat.do("action_ticket_status") == ["utter_ticket_ask_email"]
    await chat.hear("tom@example.org", email="tom@example.org")
    assert await chat.do("action_about_value") == ["utter_ticket_no_match"]
    await chat.hear("sam@example.org", email="sam@example.org")
    assert await chat.do("action_about_value") == ["utter_ticket_status"]
    assert "Zip" in chat.text and "open" in chat.text


async def test_an_unknown_ticket_is_answered_like_a_wrong_email(chat: Chat) -> None:
    await chat.hear("T-9999, a@b.co", "ticket_status", ticket_number="T-9999", email="a@b.co")
    assert await chat.do("action_ticket_status") == ["utter_ticket_no_match"]


async def test_the_own_conversation_and_the_own_customer_may_see_a_ticket(
    chat: Chat, services: Services
) -> None:
    mine = services.crm.open_ticket(None, "Zip", "The zip broke", "sam@example.org", "c1").number
    await chat.hear(f"{mine}?", "ticket_status", ticket_number=mine)
    assert await chat.do("action_ticket_status") == ["utter_ticket_status"]


async def test_without_a_number_a_stranger_is_asked_and_a_customer_sees_theirs(chat: Chat) -> None:
    await chat.hear("how is my ticket", "ticket_status")
    assert await chat.do("action_ticket_status") == ["utter_ticket_ask_number"]
    await chat.hear("1001, LA9 4QQ", "track_order", order_number="FH-1001", postcode="LA9 4QQ")
    await chat.do("order_form", "action_order_task")
    await chat.hear("how is my ticket", "ticket_status")
    assert (await chat.do("action_ticket_status"))[0] in ("utter_ticket_status", "utter_ticket_list")
