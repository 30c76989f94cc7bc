"""The further questions of a message: answered at once, offered, or forgotten."""

from typing import Any

import pytest

from tests.unit.actions.chat import Chat

COST = "How much is delivery?"


def also(intent: str, text: str, at_once: bool = True, **entities: str) -> dict[str, Any]:
    return {"text": text, "intent": intent, "confidence": 0.9, "entities": entities, "at_once": at_once}


FRANCE = also("ask_international_shipping", "do you ship to France")
CANCEL = also("cancel_order", "cancel 1002", at_once=False, order_number="FH-1002")


async def tracked(chat: Chat, *further: dict[str, Any]) -> list[str]:
    await chat.hear("where is 1001 and …?", "track_order", parsed={"also": further}, order_number="FH-1001")
    await chat.do("order_form")
    await chat.hear("LA9 4QQ", postcode="LA9 4QQ")
    await chat.do("order_form")
    return await chat.do("action_order_task")


async def test_the_second_question_is_taken_up_as_if_it_had_come_alone(chat: Chat) -> None:
    assert await tracked(chat, FRANCE) == ["utter_order_out_for_delivery"]
    latest = chat.tracker.latest_message
    assert (latest.text, latest.intent["name"]) == ("do you ship to France", "ask_international_shipping")
    assert latest.metadata == {"continued": True}
    assert (await chat.do("action_answer"))[0] == "utter_answer"
    assert chat.tracker.latest_message is latest


async def test_the_same_for_another_order_names_that_order(chat: Chat) -> None:
    await tracked(chat, also("track_order", "where is 1002", order_number="FH-1002"))
    assert chat.tracker.latest_message.entities == [{"entity": "order_number", "value": "FH-1002"}]


async def test_what_changes_something_is_offered(chat: Chat) -> None:
    assert await tracked(chat, CANCEL) == ["utter_order_out_for_delivery", "utter_offer_second_question"]
    assert chat.buttons["cancel 1002"] == "cancel 1002"
    assert await chat.do("action_order_task") == ["utter_order_out_for_delivery"]


async def test_after_the_second_the_others_are_offered_together(chat: Chat) -> None:
    await tracked(chat, FRANCE, CANCEL, also("start_return", "return the boots", at_once=False))
    said = await chat.do("action_answer")
    assert said == ["utter_answer", "utter_offer_further_questions"]
    assert list(chat.buttons) == ["cancel 1002", "return the boots"]


async def test_a_chosen_question_is_answered_in_its_own_words(chat: Chat) -> None:
    offered = [also("ask_price_match", "do you match prices", False), also("ask_shipping_cost", COST, False)]
    await chat.hear("do you repair tents", "ask_repair_service", parsed={"also": offered})
    assert (await chat.do("action_answer"))[-1] == "utter_offer_further_questions"
    await chat.hear("the second one", "ask_shipping_cost", parsed={"route": {"band": "resolved"}})
    assert (await chat.do("action_answer"))[0] == "utter_answer"
    assert "3.95" in chat.text


async def test_the_first_question_is_answered_in_its_own_words(chat: Chat) -> None:
    text = COST + " And do you match prices?"
    await chat.hear(text, "ask_shipping_cost", parsed={"asked": COST})
    await chat.do("action_answer")
    assert "3.95" in chat.text


async def test_a_question_that_was_asked_anew_is_not_offered_again(chat: Chat) -> None:
    await chat.hear("…", "track_order", parsed={"also": [CANCEL]}, order_number="FH-1001")
    await chat.hear("cancel 1002", "cancel_order", order_number="FH-1002", postcode="LA9 4QQ")
    await chat.do("cancel_form", "action_cancel_order")
    assert "utter_offer_second_question" not in await chat.do("action_answer")


@pytest.mark.parametrize("intent", ["stop", "goodbye", "request_person"])
async def test_who_stops_is_not_asked_about_the_rest(chat: Chat, intent: str) -> None:
    await chat.hear("…", "track_order", parsed={"also": [CANCEL]}, order_number="FH-1001")
    await chat.hear("never mind", intent)
    await chat.hear(COST, "ask_shipping_cost")
    assert await chat.do("action_answer") == ["utter_answer"]


async def test_a_form_is_left_for_no_further_question(chat: Chat) -> None:
    await chat.hear("where is 1001", "track_order", order_number="FH-1001")
    await chat.do("order_form")
    order = also("track_order", "where is 1002", order_number="FH-1002")
    await chat.hear(COST, "ask_shipping_cost", parsed={"also": [order]})
    await chat.do("order_form", "action_answer_in_form")
    assert chat.tracker.latest_message.text == COST
    await chat.hear(COST, "ask_shipping_cost", parsed={"also": [FRANCE]})
    await chat.do("action_answer_in_form")
    assert chat.tracker.latest_message.text == FRANCE["text"]


async def test_a_value_beside_a_question_in_a_form_is_taken(chat: Chat) -> None:
    await chat.hear("where is 1001", "track_order", order_number="FH-1001")
    await chat.do("order_form")
    await chat.hear("LA9 4QQ, and how much is delivery?", "ask_shipping_cost", postcode="LA9 4QQ")
    await chat.do("order_form")
    assert chat.interrupted
    await chat.do("action_answer_in_form", "order_form")
    assert chat.slot("identity") == "verified"
