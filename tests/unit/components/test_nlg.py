from __future__ import annotations

from typing import Any

import pytest
from rasa.core.actions.action import create_bot_utterance
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components.nlg import FreshNaturalLanguageGenerator, least_recent


@pytest.fixture
def tracker(domain: Domain) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("emma", [], domain.slots)


async def say(
    nlg: FreshNaturalLanguageGenerator, tracker: DialogueStateTracker, response: str, **values: Any
) -> str:
    """What Rasa does with a response: it becomes an event of the conversation."""
    message = await nlg.generate(response, tracker, "web", **values)
    assert message is not None
    tracker.update(create_bot_utterance({**message, "utter_action": response}))
    return str(message["text"])


async def test_no_variation_is_repeated_while_there_is_another(
    domain: Domain, tracker: DialogueStateTracker
) -> None:
    nlg = FreshNaturalLanguageGenerator(domain=domain)
    said = [await say(nlg, tracker, "utter_greet", name="Emma") for _ in range(9)]
    assert said[0:3] == said[3:6] == said[6:9]
    assert sorted(said[:3]) == ["Good day, Emma.", "Hello Emma!", "Hi Emma!"]


async def test_a_variation_filled_with_other_values_is_the_same_variation(
    domain: Domain, tracker: DialogueStateTracker
) -> None:
    nlg = FreshNaturalLanguageGenerator(domain=domain)
    said = {
        (await say(nlg, tracker, "utter_greet", name=name)).replace(name, "")
        for name in ("Emma", "Tom", "Ann")
    }
    assert len(said) == 3


async def test_other_messages_in_between_change_nothing(
    domain: Domain, tracker: DialogueStateTracker
) -> None:
    nlg = FreshNaturalLanguageGenerator(domain=domain)
    first = await say(nlg, tracker, "utter_greet", name="Emma")
    for _ in range(6):
        await say(nlg, tracker, "utter_action_failed")
    assert await say(nlg, tracker, "utter_greet", name="Emma") != first


async def test_an_unknown_response_is_none(domain: Domain, tracker: DialogueStateTracker) -> None:
    assert (
        await FreshNaturalLanguageGenerator(domain=domain).generate("utter_nothing", tracker, "web") is None
    )
    assert await FreshNaturalLanguageGenerator().generate("utter_greet", tracker, "web") is None


async def test_channels_and_conditions_are_kept(tracker: DialogueStateTracker) -> None:
    domain = Domain.from_yaml(
        """
version: "3.1"
slots:
  vip: {type: bool, mappings: [{type: custom}]}
responses:
  utter_bye:
  - text: "everywhere"
  - {text: "on the page", channel: web}
  - text: "for you"
    channel: web
    condition: [{type: slot, name: vip, value: true}]
  utter_card:
  - custom: {card: 1}
  - custom: {card: 2}
"""
    )
    nlg = FreshNaturalLanguageGenerator(domain=domain)
    assert (await nlg.generate("utter_bye", tracker, "web") or {})["text"] == "on the page"
    assert (await nlg.generate("utter_bye", tracker, "slack") or {})["text"] == "everywhere"
    assert "card" in (await nlg.generate("utter_card", tracker, "web") or {})["custom"]


async def test_the_domains_own_texts_are_never_filled_in(
    domain: Domain, tracker: DialogueStateTracker
) -> None:
    nlg = FreshNaturalLanguageGenerator(domain=domain)
    for _ in range(3):
        await say(nlg, tracker, "utter_greet", name="Emma")
    assert domain.responses["utter_greet"][0]["text"] == "Hello {name}!"


def test_the_one_said_longest_ago_is_next() -> None:
    assert least_recent([0, 1, 2], [2, 0, 1, 2]) == 1
    assert least_recent([0, 1], [0, 0]) == 1


def test_rasa_makes_it_from_endpoints_yml(domain: Domain) -> None:
    config = EndpointConfig(type="components.nlg.FreshNaturalLanguageGenerator")
    assert isinstance(NaturalLanguageGenerator.create(config, domain), FreshNaturalLanguageGenerator)


async def test_a_variation_in_the_conversation_s_language_comes_first() -> None:
    """Also before one in no language whose other conditions fit, which Rasa alone would mix with it."""
    domain = Domain.from_yaml(
        """
        slots:
          language: {type: text, mappings: [{type: custom}]}
          hint: {type: text, mappings: [{type: custom}]}
        responses:
          utter_x:
          - text: "Number?"
          - text: "Once more?"
            condition: [{type: slot, name: hint, value: again}]
          - text: "Nummer?"
            condition: [{type: slot, name: language, value: de}]
          - text: "Noch einmal?"
            condition: [{type: slot, name: language, value: de}, {type: slot, name: hint, value: again}]
        """
    )
    nlg = FreshNaturalLanguageGenerator(domain=domain)

    async def said(**slots: str) -> set[str]:
        events = [SlotSet(name, value) for name, value in slots.items()]
        tracker = DialogueStateTracker.from_events("emma", events, domain.slots)
        return {await say(nlg, tracker, "utter_x") for _ in range(6)}

    assert await said() == {"Number?"}
    assert await said(hint="again") == {"Once more?"}
    assert await said(language="de") == {"Nummer?"}
    assert await said(language="de", hint="again") == {"Noch einmal?"}
    assert await said(language="fr", hint="again") == {"Once more?"}
