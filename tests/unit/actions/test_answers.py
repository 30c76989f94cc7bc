from dataclasses import replace
from pathlib import Path

import pytest

from actions.context import Services, configure
from actions.offered import asked_question
from actions.turn import turn_of
from actions.wording import sources
from llm.answering import Answerer
from llm.generators.openai_server import OpenAIServer
from llm.generators.prompted import PromptedGenerator
from llm.knowledge.filters import Filters
from llm.knowledge.index import KnowledgeIndex
from llm.overrides import Overrides
from tests.unit.actions.chat import Chat
from tests.unit.actions.conftest import BY_COVERAGE
from tests.unit.llm.chat_server import chat_server, says
from tests.unit.llm.conftest import HashingEncoder

COST = "How much is standard delivery?"


async def test_an_answer_comes_with_its_sources_for_every_kind_of_channel(chat: Chat) -> None:
    await chat.hear(COST, "ask_shipping_cost")
    assert await chat.do("action_answer") == ["utter_answer"]
    assert "£3.95" in chat.text and "Source: Delivery – How much is delivery in the UK? (/help/" in chat.text
    citation = chat.said[0].metadata["citations"][0]
    assert citation["title"] == "Delivery" and citation["url"].startswith("/help/delivery.html#")


async def test_how_an_answer_was_made_travels_with_it_into_the_tracker(
    chat: Chat, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert services.answerer
    with chat_server(says("Standard delivery costs £3.95 [1].")) as server:
        generator = PromptedGenerator(OpenAIServer(server.url, "small", retries=0), 5)
        monkeypatch.setattr(services.answerer, "generator", generator)
        await chat.hear(COST, "nlu_confirm", [("ask_shipping_cost", 0.55), ("ask_delivery_time", 0.2)])
        assert await chat.do("action_confirm_intent") == ["utter_answer_as_understood"]
    answered = chat.events("bot")[-1].metadata["answered"]
    assert answered["generator"] == "openai" and answered["prompt"].startswith("answer/2#")
    assert answered["grounded"] and 0.5 < answered["confidence"] <= 1
    best = answered["passages"][0]
    assert (best["document"], best["anchor"]) == ("delivery.md", "how-much-is-delivery-in-the-uk")
    assert best["version"] and 0 < best["score"] <= 1
    assert COST not in str(answered)


async def test_so_it_does_in_a_form_and_without_a_prompt(chat: Chat) -> None:
    await chat.hear("cancel 1002", "cancel_order", order_number="FH-1002")
    await chat.do("cancel_form")
    await chat.hear(COST, "ask_shipping_cost")
    await chat.do("action_answer_in_form")
    answered = chat.said[0].metadata["answered"]
    assert (answered["generator"], answered["prompt"]) == ("extractive", "") and answered["passages"]
    assert chat.said[0].metadata["citations"] and not chat.buttons


async def test_the_same_answer_is_not_said_twice(chat: Chat) -> None:
    await chat.hear(COST, "ask_shipping_cost")
    await chat.do("action_answer")
    first = chat.text
    said = []
    for _ in range(4):
        await chat.hear(COST, "ask_shipping_cost")
        said += await chat.do("action_answer")
        assert "£3.95" not in chat.text and chat.text != first
    assert said[0] == "utter_answer_more" and said[-1] == "utter_already_said"
    assert "/request_person" in chat.buttons.values()


async def test_without_knowledge_the_designers_words_are_said_once(chat: Chat, services: Services) -> None:
    await chat.hear("do you repair zips?", "ask_repair_service")
    assert await chat.do("action_answer") == ["utter_ask_repair_service"]
    await chat.hear("but do you repair zips?", "ask_repair_service")
    assert await chat.do("action_answer") == ["utter_already_said"]


async def test_what_nobody_knows_is_said_honestly_with_ways_out(chat: Chat) -> None:
    await chat.hear("who won the football championship?", "nlu_fallback", [("out_of_scope", 0.3)])
    assert await chat.do("action_answer_or_clarify") == ["utter_dont_know"]
    assert {"/open_ticket", "/request_person"} <= set(chat.buttons.values())


async def test_a_missing_help_centre_is_no_answer_and_no_crash(chat: Chat, services: Services) -> None:
    configure(replace(services, answerer=None))
    await chat.hear(COST, "ask_shipping_cost")
    assert await chat.do("action_answer") == ["utter_ask_shipping_cost"]
    await chat.hear("why?", "nlu_fallback")
    assert await chat.do("action_answer_or_clarify") == ["utter_dont_know"]


async def test_articles_for_an_audience_answer_only_customers_who_are_that(
    chat: Chat, services: Services, tmp_path: Path
) -> None:
    (tmp_path / "trade.md").write_text("---\ntitle: Trade\naudience: trade\n---\nInvoices fall due in May.")
    (tmp_path / "all.md").write_text("# Boots\n\nBrush them.")
    with KnowledgeIndex(tmp_path / "index", HashingEncoder()) as index:
        index.update(tmp_path)
        here = replace(services, answerer=Answerer(index, answerability=BY_COVERAGE))
        for audience, said in ((("trade",), "utter_answer"), ((), "utter_dont_know")):
            configure(replace(here, filters=Filters(audience)))
            await chat.hear("When do invoices fall due?", "nlu_fallback")
            assert (await chat.do("action_answer_or_clarify"))[0].startswith(said)


async def test_a_button_of_a_question_is_answered_by_its_title(chat: Chat) -> None:
    await chat.hear("/ask_international_shipping", "ask_international_shipping")
    assert (await chat.do("action_answer"))[0] in ("utter_answer", "utter_ask_international_shipping")


async def test_a_fairly_sure_question_is_answered_at_once_with_a_no_beside_it(chat: Chat) -> None:
    await chat.hear(COST, "nlu_confirm", [("ask_shipping_cost", 0.55), ("ask_delivery_time", 0.2)])
    assert await chat.do("action_confirm_intent") == ["utter_answer_as_understood"]
    assert "£3.95" in chat.text and "What does delivery cost?" in chat.text
    assert list(chat.buttons.values()) == ["/nlu_next_reading"]
    await chat.hear("no", "nlu_next_reading")
    assert await chat.do("action_clarify") == ["utter_confirm_ask_delivery_time"]


async def test_a_fairly_sure_question_without_an_answer_is_confirmed_first(chat: Chat) -> None:
    await chat.hear("do you repair zips?", "nlu_confirm", [("ask_repair_service", 0.55)])
    assert await chat.do("action_confirm_intent") == ["utter_confirm_ask_repair_service"]
    await chat.hear("yes", "ask_repair_service", parsed={"route": {"band": "resolved"}})
    assert await chat.do("action_answer") == ["utter_ask_repair_service"]


async def test_a_price_is_the_shops_business_even_if_the_help_centre_speaks_of_prices(chat: Chat) -> None:
    await chat.hear(COST, "nlu_confirm", [("ask_price", 0.55)])
    assert await chat.do("action_confirm_intent") == ["utter_confirm_ask_price"]


async def test_a_chosen_reading_is_answered_with_the_question_it_was_offered_for(chat: Chat) -> None:
    await chat.hear("delivery", "nlu_fallback", [("ask_shipping_cost", 0.3), ("ask_delivery_time", 0.3)])
    await chat.do("action_answer_or_clarify")
    await chat.hear("/ask_delivery_time", "ask_delivery_time")
    assert asked_question(turn_of(chat.sdk_tracker, {"responses": {}})) == "delivery"


async def test_a_question_in_a_form_is_answered_without_buttons(chat: Chat) -> None:
    await chat.hear("where is my order?", "track_order")
    await chat.do("order_form")
    await chat.hear("do you repair zips?", "ask_repair_service")
    assert await chat.do("order_form", "action_answer_in_form", "order_form") == [
        "utter_ask_repair_service",
        "utter_ask_order_number",
    ]
    await chat.hear("who won the football championship?", "nlu_fallback")
    assert await chat.do("order_form", "action_answer_in_form") == ["utter_form_not_understood"]


async def test_off_topic_is_said_to_be_off_topic(chat: Chat) -> None:
    await chat.hear("write me a poem about the moon", "out_of_scope")
    assert await chat.do("action_answer_or_clarify") == ["utter_out_of_scope"]


def test_sources_are_one_line() -> None:
    cited = [{"title": "A", "heading": "B", "url": "/a"}, {"title": "C", "heading": "", "url": "/c"}]
    assert sources(cited) == "A – B (/a); C (/c)"


@pytest.mark.parametrize("text", ["", "   "])
async def test_an_empty_question_is_not_looked_up(chat: Chat, text: str) -> None:
    await chat.hear(text, "nlu_fallback")
    assert await chat.do("action_answer_or_clarify") == ["utter_ask_rephrase"]


async def test_a_short_question_about_something_else_is_not_joined_with_the_one_before(chat: Chat) -> None:
    surely = {"route": {"band": "do", "intent": "ask_warranty"}}
    await chat.hear("what is the warranty on tents", "ask_warranty", parsed=surely)
    await chat.do("action_answer")
    surely = {"route": {"band": "do", "intent": "ask_return_policy"}}
    await chat.hear("and the returns?", "ask_return_policy", parsed=surely)
    await chat.do("action_answer")
    assert "warranty" not in chat.text.lower()
    assert "return" in chat.text.lower()


@pytest.fixture
def approved(chat: Chat, services: Services, tmp_path: Path) -> Path:
    """A colleague's answer to the question of what delivery costs."""
    file = tmp_path / "overrides.yml"
    entry = f"- {{id: a1, question: '{COST}', answer: 'It is *free* this week: £0.', language: en}}"
    file.write_text(f"overrides:\n{entry}\n", encoding="utf-8")
    configure(replace(services, overrides=Overrides(file)))
    return file


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        ("action_answer", "ask_shipping_cost"),
        ("action_answer_or_clarify", "nlu_fallback"),
        ("action_confirm_intent", "nlu_confirm"),
        ("action_offer_readings", "question_repeated"),
    ],
)
async def test_an_approved_answer_goes_out_as_its_colleague_wrote_it(
    chat: Chat, approved: Path, action: str, intent: str
) -> None:
    await chat.hear(COST, intent, [("ask_shipping_cost", 0.5), ("ask_delivery_time", 0.2)])
    assert await chat.do(action) == ["utter_corrected_answer"]
    assert chat.text == "It is *free* this week: £0."
    assert chat.events("bot")[-1].metadata["answered"] == {"generator": "override", "prompt": "a1"}
    await chat.hear(COST, "ask_shipping_cost")
    assert await chat.do("action_answer") == ["utter_already_said"]
    approved.unlink()
    await chat.hear(COST, "ask_shipping_cost")
    assert await chat.do("action_answer") == ["utter_answer"]
