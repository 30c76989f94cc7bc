"""What a language model is told of a customer: through real trackers, with a real shop."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy.engine import Engine

from actions.context import Services, configure
from actions.customer import context_of
from actions.turn import turn_of
from actions.voicing import moment_of
from llm.generators.base import Draft, DraftSentence
from llm.knowledge.retrieval import Passage
from llm.prompts.context import NOTHING_KNOWN, CustomerContext
from llm.voice.speaking import Voice
from llm.voice.style import StyleSettings
from tests.unit.actions.chat import Chat

COST = "How much is standard delivery?"
EVERYTHING = frozenset({"mood", "topic", "order", "profile", "name", "history"})
# Whose order FH-1001 is: the shop's first customer.
EMMA = "emma.hartley@example.com"


async def known(chat: Chat, services: Services, *, number: str = "FH-1001") -> Services:
    """The customer has shown who they are, and asks about an order of theirs."""
    customer = services.shop.identify("FH-1001", EMMA)
    assert customer
    await chat.hear("hello there", "greet")
    await chat.hear(COST, "ask_shipping_cost")
    for name, value in (("verified_customer", str(customer.id)), ("order_number", number), ("mood", "upset")):
        chat.set_slot(name, value)
    return replace(services, told=EVERYTHING)


async def test_a_verified_customers_order_profile_and_mood_are_told_in_plain_sentences(
    chat: Chat, services: Services
) -> None:
    services = await known(chat, services)
    context = context_of(turn_of(chat.sdk_tracker, chat.domain.as_dict()), services)
    assert context.facts[0].startswith("Order FH-1001 is out for delivery, placed on ")
    assert any("first name is Emma" in fact for fact in context.facts)
    assert (context.mood, context.language, context.intent) == ("upset", "en", "ask_shipping_cost")
    assert context.topic == "What does delivery cost?" and context.history[0] == "hello there"


async def test_only_what_the_settings_allow_is_told(chat: Chat, services: Services) -> None:
    services = await known(chat, services)
    turn = turn_of(chat.sdk_tracker)
    assert context_of(turn, replace(services, told=frozenset())).facts == ()
    only_order = context_of(turn, replace(services, told=frozenset({"order"})))
    assert len(only_order.facts) == 1 and "FH-1001" in only_order.facts[0]
    assert (only_order.mood, only_order.topic, only_order.history) == ("", "", ())


async def test_nothing_is_told_of_an_order_of_somebody_else(chat: Chat, services: Services) -> None:
    services = await known(chat, services, number="FH-1003")
    context = context_of(turn_of(chat.sdk_tracker), services)
    assert "FH-1003" not in str(context.facts)
    chat.set_slot("verified_customer", None)
    assert context_of(turn_of(chat.sdk_tracker), services).facts == ()


async def test_no_address_is_ever_told(chat: Chat, services: Services) -> None:
    services = await known(chat, services)
    told = str(context_of(turn_of(chat.sdk_tracker), services))
    assert EMMA not in told and "LA9" not in told and "Hartley" not in told


async def test_a_shop_that_does_not_answer_takes_no_answer_away(
    chat: Chat, services: Services, engine: Engine
) -> None:
    services = await known(chat, services)
    engine.dispose()
    with engine.begin() as connection:
        for table in ("order_lines", "orders"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO gone_{table}")
    context = context_of(turn_of(chat.sdk_tracker), services)
    assert "FH-1001" not in str(context.facts)
    configure(services)
    assert await chat.do("action_answer") == ["utter_answer"]


async def test_the_voice_is_told_from_the_start(chat: Chat, services: Services) -> None:
    await chat.hear(COST, "ask_shipping_cost")
    turn = turn_of(chat.sdk_tracker)
    assert context_of(turn, services).voice == ""
    voiced = replace(services, voice=Voice(StyleSettings(preset="companion")))
    assert context_of(turn, voiced).voice == voiced.voice.instructions(moment_of(turn)) != ""


class Telling:
    """Says the facts that it is told, beside a sentence of the help centre."""

    name = "telling"

    def generate(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Draft:
        said = ["Standard delivery costs £3.95.", *context.facts, "Order FH-9999 is lost."]
        return Draft(tuple(DraftSentence(text) for text in said))


async def test_an_answer_may_name_the_order_as_our_tools_know_it(
    chat: Chat, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert services.answerer
    monkeypatch.setattr(services.answerer, "generator", Telling())
    configure(replace(await known(chat, services), told=frozenset({"order"})))
    await chat.do("action_answer")
    assert "Order FH-1001 is out for delivery" in chat.text and "FH-9999" not in chat.text
