"""Asking which of several things is meant."""

from tests.unit.actions.chat import Chat


async def ask(chat: Chat, *candidates: str, kind: str = "order_number") -> list[str]:
    reference = {"entity": kind, "intent": "cancel_order", "text": "the other one", "candidates": candidates}
    await chat.hear("cancel the other one", "nlu_which_one", parsed={"reference": reference})
    return await chat.do("action_ask_which")


async def test_every_candidate_is_a_button_that_does_what_was_asked(chat: Chat) -> None:
    assert await ask(chat, "FH-1001", "FH-1002") == ["utter_ask_which_order_number"]
    assert chat.buttons["FH-1002"] == '/cancel_order{"order_number": "FH-1002"}'
    assert chat.slot("readings")["next"][1] == {
        "intent": "cancel_order",
        "entities": {"order_number": "FH-1002"},
    }


async def test_a_kind_without_a_wording_of_its_own_is_asked_about_too(chat: Chat) -> None:
    assert await ask(chat, "a", "b", kind="country") == ["utter_ask_which"]


async def test_nothing_known_means_that_the_form_asks_instead_of_taking_the_order_before(chat: Chat) -> None:
    await chat.hear("where is 1001", "track_order", order_number="FH-1001")
    assert await ask(chat) == []
    assert chat.slot("order_number") is None
    assert chat.tracker.latest_message.intent["name"] == "cancel_order"
