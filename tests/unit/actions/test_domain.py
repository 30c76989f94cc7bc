"""What the designers' words and the actions' code must agree on."""

import re
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa_sdk.executor import ActionExecutor

from actions.forms.address import AddressForm
from actions.forms.base import GuidedForm
from actions.forms.orders import CancelForm, OrderForm, OrdersForm
from actions.forms.returns import ReturnForm
from actions.forms.ticket import TicketForm
from tests.unit.actions.chat import ROOT

SMALL_TALK = {
    *(
        "greet",
        "goodbye",
        "thank",
        "affirm",
        "deny",
        "stop",
        "bot_challenge",
        "how_are_you",
        "ask_capabilities",
    ),
    *("insult", "inform", "out_of_scope"),
}
ROUTED = {
    *("nlu_fallback", "nlu_confirm", "nlu_next_reading", "nlu_which_one", "nlu_foreign_language"),
    *("question_repeated", "question_repeated_again"),
}
DEFAULTS = {"back", "restart", "session_start"}
ORDER_STATES = (
    "placed packing shipped out_for_delivery delivered delayed lost cancelled return_requested returned"
)


def all_buttons(domain: Domain) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, button)
        for name, variations in domain.responses.items()
        for variation in variations
        for button in variation.get("buttons") or []
    ]


def business_intents(domain: Domain) -> set[str]:
    return set(domain.intents) - SMALL_TALK - ROUTED - DEFAULTS


def test_every_intent_that_can_be_offered_has_a_title_and_a_confirmation(domain: Domain) -> None:
    intents = business_intents(domain)
    assert len(intents) >= 36
    missing = [
        f"{kind}_{i}"
        for i in intents
        for kind in ("utter_title", "utter_confirm")
        if f"{kind}_{i}" not in domain.responses
    ]
    assert not missing


def test_every_question_has_a_fallback_and_the_most_asked_have_readings(domain: Domain) -> None:
    questions = {i for i in business_intents(domain) if i.startswith("ask_")} - {"ask_price"}
    assert not {f"utter_{i}" for i in questions} - set(domain.responses)
    assert len([name for name in domain.responses if name.startswith("utter_readings_")]) >= 14


def test_every_response_that_an_action_says_is_in_the_domain(domain: Domain) -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "actions").rglob("*.py"))
    said = set(re.findall(r'"(utter_[a-z_]+)"', source))
    said |= {f"utter_order_{state}" for state in [*ORDER_STATES.split(), "refunded", "partially_refunded"]}
    said |= {
        f"utter_refund_{s}"
        for s in ("none", "waiting_for_parcel", "parcel_received", "refunded", "on_its_way")
    }
    said |= {
        f"utter_return_{r}"
        for r in ("outside_window", "not_delivered", "non_returnable", "already_returned", "unknown_item")
    }
    assert len(said) > 80
    said.remove("utter_action")  # where Rasa keeps a response's name
    assert not said - set(domain.responses)


def test_every_action_of_the_domain_is_written_and_every_written_one_is_known(
    domain: Domain, actions: ActionExecutor
) -> None:
    wanted = {name for name in domain.user_actions if name.startswith(("action_", "validate_"))}
    assert wanted == {name for name in actions.actions if not name.startswith("action_test")}


def test_every_button_leads_somewhere(domain: Domain) -> None:
    for name, button in all_buttons(domain):
        payload = button["payload"]
        if payload.startswith("/"):
            intent = re.split(r"[{\s]", payload[1:])[0]
            assert intent in domain.intents, f"{name}: {payload}"
            assert "{" not in payload or "{{" in payload, f"{name}: double the braces of {payload}"


def test_every_response_is_short_and_has_words(domain: Domain) -> None:
    for name, variations in domain.responses.items():
        for variation in variations:
            assert variation["text"].strip() and len(variation["text"]) < 330, name


def test_slots_never_steer_the_dialogue(domain: Domain) -> None:
    ours = [slot for slot in domain.slots if slot.name not in ("requested_slot", "session_started_metadata")]
    assert not [slot.name for slot in ours if slot.influence_conversation]


@pytest.mark.parametrize("form", [OrderForm, OrdersForm, CancelForm, AddressForm, ReturnForm, TicketForm])
def test_a_forms_slots_are_the_same_in_domain_and_code(form: type[GuidedForm], domain: Domain) -> None:
    slots = domain.required_slots_for_form(form().form_name())
    known = set(form.readers) | set(form.checkers) | set(form.private_slots)
    assert set(slots) <= known
    assert all(f"utter_ask_{slot}" in domain.responses for slot in slots)


def test_no_sentence_for_customers_stands_in_the_code() -> None:
    quoted = re.compile(r'(?:text|message)\s*=\s*f?"[A-Z][a-z]+ [a-z]')
    found = [path for path in Path(ROOT / "actions").rglob("*.py") if quoted.search(path.read_text("utf-8"))]
    assert not found
