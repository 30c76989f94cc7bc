"""A power cut in the middle of a conversation, a start after it, and an orderly end."""

import os
import signal
from collections.abc import Callable

import pytest

from tests.integration.home import Home, until
from tests.integration.talking import Customer, Visitor

EMMA = "emma.hartley@example.com"
START_SECONDS = 20


@pytest.fixture(scope="module")
def restarted(homes: Callable[..., Home]) -> Home:
    """Not the shared one: here everything is killed."""
    home = homes("restarted")
    home.up()
    return home


def patience() -> float:
    """How much longer things take while others use the machine's cores, too."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_a_conversation_goes_on_after_everything_was_killed(restarted: Home) -> None:
    customer, visitor = Customer(restarted), Visitor(restarted)
    customer.say("where is order 1001?")
    assert customer.said() == ["utter_ask_identity"]
    visitor.say("How long does delivery take?")
    before = visitor.history()
    events = len(customer.tracker()["events"])

    restarted.kill()
    assert restarted.running() == []
    assert restarted.up() < START_SECONDS * patience()

    assert len(customer.tracker()["events"]) == events
    assert visitor.history() == before
    customer.say(EMMA)
    assert customer.said() == ["utter_order_out_for_delivery"]
    visitor.say("How long does delivery take?")
    assert "utter_readings_ask_delivery_time" in restarted_said(restarted)


def test_ctrl_c_ends_everything_and_leaves_nothing_behind(restarted: Home) -> None:
    if not restarted.rasa_is_ready():
        restarted.up()
    program = restarted.programs[-1]
    assert len(restarted.running()) >= 3
    os.killpg(program.pid, signal.SIGINT)
    until(lambda: program.poll() is not None, "rapport up ends")
    assert program.returncode == 0
    assert restarted.running() == []
    assert not restarted.rasa_is_ready()
    assert "everything is stopped" in (restarted.folder / "started.log").read_text()


def restarted_said(home: Home) -> str:
    """What was written last of all conversations."""
    [(data,)] = home.rows("tracker.db", "SELECT group_concat(data) FROM events WHERE type_name = 'bot'")
    return str(data)
