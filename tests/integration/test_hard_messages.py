"""Whatever arrives, the trained pipeline understands something of it, soon, and the next message as well."""

from __future__ import annotations

import time
from contextlib import chdir

import pytest
from rasa.core.agent import Agent

from rapport.training import latest_model
from tests.integration.home import CHECKOUT

# The pipeline alone takes some milliseconds for any of these; the rest is room for a busy machine.
SECONDS = 1.0

MESSAGES = {
    "empty": "",
    "white space": " \t\n  ",
    "one letter": "x",
    "emoji only": "😡😡👎🏽",
    "emoji sequences": "👨‍👩‍👧‍👦🏳️‍🌈🇬🇧",
    "question marks": "???!!!",
    "10,000 words": "where is my order number one thousand and two " * 1112,
    "10,000 names": "Emma Hartley " * 5000,
    "10,000 numbers": "1001 " * 10_000,
    "one word of a megabyte": "a" * 1_000_000,
    "a megabyte of words": "where is my order 1001? " * 43_000,
    "a megabyte of lines": "order\n" * 170_000,
    "digits without end": "1" * 100_000,
    "mixed script": "wo ist моя заказ 1001, 我的订单 في أي مكان?",
    "Chinese": "我的订单在哪里",
    "control characters": "where\x00 is\x07 my\x1b[31m order\x7f 1001",
    "zero width": "wh\u200bere is\u200d my\ufeff or\u2060der",
    "right to left marks": "\u202ewhere is my order\u202c \u200f1001",
    "lone surrogates": "where is \ud83d my order \udc4d",
    "combining marks": "w" + "\u0301" * 500 + "here is my order",
    "full width": "ｗｈｅｒｅ ｉｓ ｍｙ ｏｒｄｅｒ １００１",
    "markup": '<script>alert(1)</script> [1001](order_number) {"a": 1}',
    "template": "{order_number} {{7*7}} ${HOME} %s %n",
    "a button's payload, torn": '/inform{"order_number": ',
    "only an e-mail": "emma@example.com",
    "at signs": "a@b@c@" * 2000,
}


@pytest.fixture(scope="module")
def agent() -> Agent:
    """The newest model of the checkout, as Rasa's server loads it."""
    model = latest_model(CHECKOUT / "models")
    assert model is not None, "there is no model: run `rapport train` first"
    with chdir(CHECKOUT):
        return Agent.load(str(model))


@pytest.mark.parametrize("text", MESSAGES.values(), ids=MESSAGES)
async def test_the_pipeline_goes_on(agent: Agent, text: str) -> None:
    began = time.process_time()
    understood = await agent.parse_message(text)
    seconds = time.process_time() - began
    assert "intent" in understood
    assert all(0 <= one["confidence"] <= 1 for one in understood.get("intent_ranking") or [])
    if not text.startswith("/"):  # Rasa itself reads those as intents
        assert understood["sentiment"]["label"] in ("negative", "neutral", "positive")
        assert isinstance(understood["pii"], list)
    assert seconds < SECONDS
    assert (await agent.parse_message("where is my order 1001"))["intent"]["name"] == "track_order"
