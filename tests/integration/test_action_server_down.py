"""The customer is never met with silence, and the conversation goes on when the action server is back."""

from collections.abc import Callable
from subprocess import Popen

import pytest

from tests.integration.home import Home
from tests.integration.talking import Customer, Visitor, is_wording

EMMA = "emma.hartley@example.com"


@pytest.fixture(scope="module")
def half(homes: Callable[..., Home]) -> Home:
    """Rasa runs, the action server does not."""
    home = homes("half")
    home.run("seed")
    home.ready(home.start("rasa"), home.rasa_is_ready)
    return home


def start_actions(home: Home) -> Popen[bytes]:
    program = home.start("actions")
    home.ready(program, home.actions_are_ready)
    return program


def end(program: Popen[bytes]) -> None:
    program.kill()
    program.wait()


def test_a_dead_action_server_costs_an_apology_and_nothing_else(half: Home) -> None:
    customer = Customer(half)
    reply = customer.say("how long does delivery take?")
    assert customer.said() == ["utter_action_failed"]
    assert is_wording(half, reply.text, "utter_action_failed")
    assert Customer(half).say("thank you").text, "what needs no action is said"
    visitor = Visitor(half)
    assert is_wording(half, visitor.say("where is my order?").text, "utter_action_failed")


def test_one_that_dies_inside_a_form_is_apologised_for_and_the_form_can_be_done_later(half: Home) -> None:
    actions = start_actions(half)
    customer = Customer(half)
    customer.say("where is order 1001?")
    assert customer.said() == ["utter_ask_identity"]
    end(actions)
    reply = customer.say(EMMA)
    assert customer.said() == ["utter_action_failed"]
    assert is_wording(half, reply.text, "utter_action_failed")
    actions = start_actions(half)
    customer.say("where is my order?")
    # The number is remembered, the identity was never checked.
    assert customer.said() == ["utter_ask_identity"]
    customer.say(EMMA)
    assert customer.said() == ["utter_order_out_for_delivery"]
    end(actions)
