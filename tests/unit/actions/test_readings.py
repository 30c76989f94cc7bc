from actions.context import Services
from tests.unit.actions.chat import Chat

RANKING = [
    ("start_return", 0.34),
    ("start_exchange", 0.25),
    ("ask_return_policy", 0.15),
    ("refund_status", 0.1),
    ("greet", 0.09),
    ("track_order", 0.01),
]


async def test_an_unclear_message_is_given_three_readings_and_none_of_these(chat: Chat) -> None:
    await chat.hear("about the thing", "nlu_fallback", RANKING, size="M")
    assert await chat.do("action_answer_or_clarify") == ["utter_clarify"]
    assert list(chat.buttons) == [
        "Return something",
        "Exchange something",
        "How do returns work?",
        "None of these",
    ]
    assert chat.buttons["Return something"] == '/start_return{"size": "M"}'
    assert chat.buttons["None of these"] == "/nlu_next_reading"


async def test_a_no_brings_the_next_readings_and_then_an_honest_end(chat: Chat) -> None:
    await chat.hear("about the thing", "nlu_fallback", RANKING)
    await chat.do("action_answer_or_clarify")
    await chat.hear("/nlu_next_reading", "nlu_next_reading")
    assert await chat.do("action_clarify") == ["utter_confirm_refund_status"]
    await chat.hear("no", "nlu_next_reading")
    assert await chat.do("action_clarify") == ["utter_rephrase"]
    assert chat.slot("readings") is None


async def test_the_middle_band_says_what_was_understood_and_asks(chat: Chat) -> None:
    await chat.hear(
        "send it back", "nlu_confirm", [("start_return", 0.6), *RANKING[1:]], order_number="FH-1003"
    )
    assert await chat.do("action_confirm_intent") == ["utter_confirm_start_return"]
    assert list(chat.buttons.values()) == ['/start_return{"order_number": "FH-1003"}', "/nlu_next_reading"]
    readings = chat.slot("readings")
    assert readings["current"] == {"intent": "start_return", "entities": {"order_number": "FH-1003"}}
    assert [one["intent"] for one in readings["next"]] == [
        "start_exchange",
        "ask_return_policy",
        "refund_status",
    ]


async def test_a_no_to_the_question_offers_the_others(chat: Chat) -> None:
    await chat.hear("send it back", "nlu_confirm", [("start_return", 0.6), *RANKING[1:]])
    await chat.do("action_confirm_intent")
    await chat.hear("no", "nlu_next_reading")
    assert await chat.do("action_clarify") == ["utter_clarify_next"]
    assert "Return something" not in chat.buttons and "Exchange something" in chat.buttons


async def test_a_bare_thing_that_we_sell_can_always_be_looked_for(chat: Chat) -> None:
    await chat.hear(
        "tent", "nlu_fallback", [("ask_price", 0.2), ("check_availability", 0.15)], category="Tents"
    )
    assert await chat.do("action_answer_or_clarify") == ["utter_clarify"]
    assert chat.buttons["Find a product"] == '/search_product{"category": "Tents"}'


async def test_a_topic_in_a_word_is_asked_about_before_it_is_answered(chat: Chat) -> None:
    await chat.hear("delivery", "nlu_fallback", [("ask_shipping_cost", 0.3), ("ask_delivery_time", 0.3)])
    assert await chat.do("action_answer_or_clarify") == ["utter_clarify"]
    await chat.hear("how much is it for standard delivery", "nlu_fallback", [("ask_shipping_cost", 0.3)])
    assert await chat.do("action_answer_or_clarify") == ["utter_answer"]


async def test_a_question_asked_again_gets_readings_and_never_its_answer(
    chat: Chat, services: Services
) -> None:
    repeat = {"tier": 2, "question": "how much is delivery?", "intent": "ask_shipping_cost"}
    await chat.hear("how much is delivery??", "question_repeated", parsed={"repeat": repeat})
    assert await chat.do("action_offer_readings") == ["utter_readings_ask_shipping_cost"]
    assert "£" not in chat.text and "When is it free?" in chat.buttons
    (trace,) = services.crm.activities_of("c1")
    assert (trace.kind, trace.details) == ("question.repeated", {"intent": "ask_shipping_cost", "tier": 2})


async def test_a_repeat_without_prepared_readings_gets_headings_of_the_help_centre(chat: Chat) -> None:
    repeat = {"tier": 2, "question": "Which items are excluded?", "intent": "ask_gift_cards"}
    await chat.hear("which items are excluded", "question_repeated", parsed={"repeat": repeat})
    assert await chat.do("action_offer_readings") == ["utter_noticed_repeat"]
    assert "Which items are excluded?" in chat.buttons.values()


async def test_a_repeat_that_nothing_resembles_is_still_noticed(chat: Chat) -> None:
    repeat = {"tier": 2, "question": "why is football", "intent": "ask_gift_cards"}
    await chat.hear("why is football", "question_repeated", parsed={"repeat": repeat})
    assert await chat.do("action_offer_readings") == ["utter_noticed_repeat_plain"]


async def test_the_third_time_brings_a_ticket_a_person_and_other_sources(chat: Chat) -> None:
    repeat = {"tier": 3, "question": "how much is delivery?", "intent": "ask_shipping_cost"}
    await chat.hear("how much is delivery?!", "question_repeated_again", parsed={"repeat": repeat})
    said = await chat.do("action_offer_other_help")
    assert said == ["utter_offer_other_help", "utter_other_sources", "utter_phone_line"]
    assert set(chat.buttons.values()) == {"/open_ticket", "/request_person"}
    assert chat.said[1].metadata["citations"] and "/help/delivery.html" in chat.text
