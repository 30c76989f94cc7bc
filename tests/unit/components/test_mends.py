from __future__ import annotations

import json
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import rasa.core.actions.action
import structlog
from aiohttp import web
from jsonschema.exceptions import ValidationError
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    FollowupAction,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils import log_utils
from rasa.utils.endpoints import EndpointConfig

from components.mends import CUSTOMER_TEXT_KEYS, _answer_validator, apply_mends, hide_customer_text
from components.nlg import FreshNaturalLanguageGenerator


@pytest.fixture
def dead() -> EndpointConfig:
    """An address where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return EndpointConfig(url=f"http://127.0.0.1:{free.getsockname()[1]}/webhook")


class Server:
    """A real action server that gives one answer."""

    status: int = 200
    answer: Any = {"events": [], "responses": []}
    url: str = ""

    async def reply(self, request: web.Request) -> web.Response:
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    app = web.Application()
    app.router.add_post("/webhook", served.reply)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    yield served
    await runner.cleanup()


async def run(name: str, endpoint: EndpointConfig, domain: Domain, *events: Event) -> list[Event]:
    tracker = DialogueStateTracker.from_events("emma", list(events), domain.slots)
    nlg = FreshNaturalLanguageGenerator(domain=domain)
    action: Any = FormAction(name, endpoint) if name.endswith("_form") and "validate" not in name else None
    action = action or RemoteAction(name, endpoint)
    result: list[Event] = await action.run(CollectingOutputChannel(), nlg, tracker, domain)
    return result


async def test_when_the_action_server_is_down_the_customer_hears_of_it(
    dead: EndpointConfig, domain: Domain
) -> None:
    with structlog.testing.capture_logs() as logs:
        (said,) = await run("action_shop", dead, domain)
    assert isinstance(said, BotUttered)
    assert said.text in ("Something on our side isn't answering.", "I can't reach our systems.")
    assert said.metadata["utter_action"] == "utter_action_failed"
    assert [(log["event"], log["action"]) for log in logs] == [("action.failed", "action_shop")]


async def test_a_form_whose_answer_cannot_be_checked_is_left(dead: EndpointConfig, domain: Domain) -> None:
    said, *left = await run("validate_order_form", dead, domain)
    assert isinstance(said, BotUttered)
    assert left == [ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction("action_listen")]


async def test_two_actions_of_a_turn_that_fail_make_one_apology(dead: EndpointConfig, domain: Domain) -> None:
    asked = [ActionExecuted("action_listen"), UserUttered("a@b.co", {"name": "inform"})]
    (said,) = await run("action_about_value", dead, domain, *asked)
    failed_once = [*asked, ActionExecuted("action_about_value"), said]
    assert await run("action_shop", dead, domain, *failed_once) == []
    left = await run("validate_order_form", dead, domain, *failed_once)
    assert left == [ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction("action_listen")]
    next_turn = [*failed_once, ActionExecuted("action_listen"), UserUttered("hello?", {"name": "greet"})]
    assert len(await run("action_shop", dead, domain, *next_turn)) == 1


async def test_rasas_own_form_ends_when_its_check_fails(dead: EndpointConfig, domain: Domain) -> None:
    asked = [
        ActionExecuted("action_listen"),
        UserUttered("where is my order", {"name": "track_order"}),
        ActionExecuted("order_form"),
        ActiveLoop("order_form"),
        SlotSet("requested_slot", "identity"),
        ActionExecuted("action_listen"),
        UserUttered("a@b.co", {"name": "inform"}),
        SlotSet("identity", "a@b.co"),
    ]
    events = await run("order_form", dead, domain, *asked)
    after = DialogueStateTracker.from_events(
        "emma", [*asked, ActionExecuted("order_form"), *events], domain.slots
    )
    assert [event.metadata["utter_action"] for event in events if isinstance(event, BotUttered)] == [
        "utter_action_failed"
    ]
    assert after.active_loop_name is None
    assert after.get_slot("requested_slot") is None
    assert after.followup_action == "action_listen"


async def test_a_session_starts_without_the_action_server(dead: EndpointConfig, domain: Domain) -> None:
    assert await run("action_session_start", dead, domain) == [
        SessionStarted(),
        ActionExecuted("action_listen"),
    ]


@pytest.mark.parametrize(
    ("status", "answer"), [(500, {}), (200, []), (200, {"events": [{"event": 7}]}), (404, {"error": "x"})]
)
async def test_whatever_the_server_answers_the_customer_gets_words(
    server: Server, domain: Domain, status: int, answer: Any
) -> None:
    server.status, server.answer = status, answer
    (said,) = await run("action_shop", EndpointConfig(url=server.url), domain)
    assert isinstance(said, BotUttered)


async def test_an_action_that_declines_still_declines(server: Server, domain: Domain) -> None:
    server.status, server.answer = 400, {"action_name": "action_shop", "error": "not now"}
    with pytest.raises(ActionExecutionRejection):
        await run("action_shop", EndpointConfig(url=server.url), domain)


async def test_a_good_answer_is_passed_on(server: Server, domain: Domain) -> None:
    server.answer = {
        "events": [{"event": "slot", "name": "identity", "value": "x"}],
        "responses": [{"text": "done"}],
    }
    said, slot = await run("action_shop", EndpointConfig(url=server.url), domain)
    assert (said.text, slot) == ("done", SlotSet("identity", "x"))


async def test_without_a_response_for_it_nothing_is_said(dead: EndpointConfig) -> None:
    assert await run("action_shop", dead, Domain.empty()) == []


def test_the_validator_is_compiled_once() -> None:
    action = RemoteAction("action_shop", None)
    _answer_validator.cache_clear()
    for _ in range(3):
        assert action._validate_action_result({"events": [], "responses": []})
    assert (_answer_validator.cache_info().misses, _answer_validator.cache_info().hits) == (1, 2)


def test_a_malformed_answer_is_named_by_its_place_not_by_what_it_says() -> None:
    answer = {"events": [{"event": "slot", "text": "12 High Street"}], "responses": "12 High Street"}
    with pytest.raises(ValidationError, match="'action_shop' is malformed") as error:
        RemoteAction("action_shop", None)._validate_action_result(answer)
    assert "High Street" not in str(error.value.message)


def test_rasa_gives_up_on_an_action_after_a_minute() -> None:
    assert rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT == 60


def test_a_second_application_changes_nothing() -> None:
    before = RemoteAction.run
    apply_mends()
    assert RemoteAction.run is before


def test_customer_text_is_hidden_in_what_rasa_logs(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        log_utils.configure_structlog(logging.DEBUG)
        logging.getLogger("test").handlers = [logging.StreamHandler()]
        processors = structlog.get_config()["processors"]
        assert hide_customer_text in processors
        event: Any = {
            "event": "processor.message.parse",
            "parse_data_text": "my PIN is 1234",
            "intent": "inform",
        }
        shown = json.dumps(processors[0](None, "debug", event))
    finally:
        structlog.configure(**before)
    assert "1234" not in shown and "processor.message.parse" in shown and "inform" in shown


def test_every_key_that_rasa_would_anonymise_is_hidden() -> None:
    event = hide_customer_text(None, "debug", dict.fromkeys(CUSTOMER_TEXT_KEYS, "12 High Street"))
    assert set(event.values()) == {"[hidden]"}
