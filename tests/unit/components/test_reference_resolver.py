"""Both components as Rasa drives them: one before the intent head, one after it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.follow_ups import FollowUpResolver
from components.reference_resolver import ReferenceResolver
from tests.unit.components.conftest import Rasa, entity, said

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [track_order, cancel_order, inform, deny]
entities: [order_number]
slots:
  order_number: {type: text, mappings: [{type: from_entity, entity: order_number}]}
  requested_slot: {type: any, mappings: [{type: custom}]}
  cancel_confirmed: {type: bool, mappings: [{type: custom}]}
forms:
  cancel_form: {required_slots: [order_number, cancel_confirmed]}
"""
)
THINGS: dict[str, Any] = {"things": {"order_number": {"nouns": ["order"]}}, "languages": ["en"]}
SETTINGS: dict[str, Any] = {**THINGS, "asked_first": ["cancel_order"]}
Both = tuple[ReferenceResolver, FollowUpResolver]


@pytest.fixture
def resolver(rasa: Rasa) -> Both:
    texts = ["where is 1001", "track 1002", "cancel 1003", "cancel 1004 please"]
    examples = [
        Message(data={TEXT: text, INTENT: intent, ENTITIES: [entity("order_number", text.split()[-1], text)]})
        for text, intent in zip(texts, ["track_order"] * 2 + ["cancel_order"] * 2)
    ]
    rasa.create(FollowUpResolver, **SETTINGS).train(TrainingData(examples))
    return rasa.create(ReferenceResolver, **THINGS), rasa.load(FollowUpResolver, **SETTINGS)


def user(intent: str, *orders: str) -> UserUttered:
    entities = [{"entity": "order_number", "value": number} for number in orders]
    return UserUttered(
        "where …", {"name": intent}, entities, {"entities": entities, "intent": {"name": intent}}
    )


def understood(resolver: Both, text: str, intent: str, *events: Event, entities: Any = ()) -> Message:
    ranking = [{"name": intent, "confidence": 0.9}, {"name": "track_order", "confidence": 0.1}]
    message = said(text, intent=ranking[0], intent_ranking=ranking, entities=list(entities))
    tracker = DialogueStateTracker.from_events("c", list(events), DOMAIN.slots)
    for component in resolver:
        component.process([message], tracker)
    return message


def test_the_other_one_arrives_as_an_entity_where_it_stands(resolver: Both) -> None:
    events = user("track_order", "1001"), user("track_order", "1002")
    message = understood(resolver, "cancel the other one", "cancel_order", *events)
    (found,) = message.get(ENTITIES)
    assert found == {
        "entity": "order_number", "value": "1001", "start": 7, "end": 20, "extractor": "ReferenceResolver"
    }  # fmt: skip
    assert message.get("reference") is None


def test_what_the_slot_holds_already_needs_no_entity(resolver: Both) -> None:
    events = user("track_order", "1001"), SlotSet("order_number", "1001")
    assert understood(resolver, "cancel it", "cancel_order", *events).get(ENTITIES) == []


def test_several_candidates_are_named_and_none_is_chosen(resolver: Both) -> None:
    message = understood(resolver, "cancel it", "cancel_order", user("track_order", "1001", "1002"))
    assert message.get(ENTITIES) == []
    assert message.get("reference") == {
        "entity": "order_number", "intent": "cancel_order", "text": "it", "candidates": ["1001", "1002"]
    }  # fmt: skip


def test_what_changes_nothing_is_not_asked_about_for_a_mere_it(resolver: Both) -> None:
    message = understood(resolver, "where is it", "track_order", user("track_order", "1001", "1002"))
    assert message.get("reference") is None


def test_another_order_that_nobody_named_is_not_the_one_before(resolver: Both) -> None:
    events = user("track_order", "1001"), SlotSet("order_number", "1001")
    message = understood(resolver, "cancel the other one", "cancel_order", *events)
    assert message.get("reference")["candidates"] == []


def test_a_number_in_the_message_goes_before_what_was_named(resolver: Both) -> None:
    text = "cancel 1003, not the other one"
    events = user("track_order", "1001"), user("track_order", "1002")
    named = [entity("order_number", "1003", text)]
    message = understood(resolver, text, "cancel_order", *events, entities=named)
    assert [one["value"] for one in message.get(ENTITIES)] == ["1003"]


def test_and_another_number_keeps_the_intent(resolver: Both) -> None:
    text = "and 1002?"
    named = [entity("order_number", "1002", text)]
    message = understood(resolver, text, "inform", user("cancel_order", "1001"), entities=named)
    assert message.get(INTENT)["name"] == "cancel_order"
    assert message.get("intent_ranking")[0] == message.get(INTENT)
    assert message.get("follow_up")["intent"] == "cancel_order"


@pytest.mark.parametrize("text", ["and 1002? also cancel 1003", "What about 1002, and can you cancel 1003?"])
def test_what_comes_after_another_number_is_asked_second(resolver: Both, text: str) -> None:
    named = [entity("order_number", number, text) for number in ("1002", "1003")]
    message = understood(resolver, text, "cancel_order", user("track_order", "1001"), entities=named)
    assert message.get(INTENT)["name"] == "track_order"
    assert [one["value"] for one in message.get(ENTITIES)] == ["1002"]
    (second,) = message.get("also")
    assert (second["intent"], second["entities"]) == ("cancel_order", {"order_number": "1003"})
    assert "cancel" in second["text"] and "1002" not in second["text"]
    assert not second["at_once"]


def test_a_question_that_goes_on_with_small_talk_behind_it_is_one_question(resolver: Both) -> None:
    text = "and 1002? my uncle waits for it"
    named = [entity("order_number", "1002", text)]
    message = understood(resolver, text, "inform", user("track_order", "1001"), entities=named)
    assert message.get(INTENT)["name"] == "track_order"
    assert message.get("also") is None


def test_in_a_form_the_thing_that_is_asked_for_is_meant(resolver: Both) -> None:
    events = (
        user("track_order", "1001"), user("track_order", "1002"),
        ActiveLoop("cancel_form"), SlotSet("requested_slot", "order_number"),
    )  # fmt: skip
    message = understood(resolver, "the other one", "cancel_order", *events)
    assert [one["value"] for one in message.get(ENTITIES)] == ["1001"]


def test_no_the_other_one_corrects_a_form_that_asks_for_a_yes(resolver: Both) -> None:
    events = (
        user("track_order", "1001"), user("track_order", "1002"), SlotSet("order_number", "1002"),
        ActiveLoop("cancel_form"), SlotSet("requested_slot", "cancel_confirmed"),
    )  # fmt: skip
    message = understood(resolver, "no, the other one", "deny", *events)
    assert message.get(INTENT)["name"] == "inform"
    assert [one["value"] for one in message.get(ENTITIES)] == ["1001"]
    assert understood(resolver, "no, that one", "deny", *events).get(ENTITIES) == []


@pytest.mark.parametrize("text", ["", "the other one " * 1_000, "🙂", "\x00 it", "it"])
def test_odd_messages_do_no_harm(resolver: Both, text: str) -> None:
    assert understood(resolver, text, "cancel_order").get(ENTITIES) == []


def test_without_what_was_learned_only_what_was_named_counts(rasa: Rasa) -> None:
    bare = rasa.create(ReferenceResolver, **THINGS), rasa.load(FollowUpResolver, **SETTINGS)
    named = [entity("order_number", "1002", "and 1002?")]
    message = understood(bare, "and 1002?", "inform", user("cancel_order"), entities=named)
    assert message.get("follow_up") is None
    events = user("track_order", "1001"), user("track_order", "1002")
    assert len(understood(bare, "cancel the other order", "cancel_order", *events).get(ENTITIES)) == 1


@pytest.mark.parametrize(
    ("settings", "said_about"),
    [
        ({"things": {"order_number": {"noun": ["order"]}}}, "no setting 'noun'"),
        ({"things": {"product": {"compared_by": {"price": ["cheaper"]}}}}, "least: \\[cheaper\\]"),
        ({"languages": ["xx"]}, "no word lists for the language 'xx'"),
    ],
)
def test_a_wrong_setting_is_named(rasa: Rasa, settings: dict[str, Any], said_about: str) -> None:
    with pytest.raises(InvalidConfigException, match=said_about):
        rasa.create(ReferenceResolver, **settings)
