"""Transition phrases and sympathy through the response chooser that Rasa calls."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from llm.voice.wording import wording_of

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
slots:
  mood: {type: text, mappings: [{type: custom}]}
  language: {type: text, mappings: [{type: custom}]}
  form_hint: {type: text, mappings: [{type: custom}]}
responses:
  utter_ask_item: [{text: "Which item?"}]
  utter_other: [{text: "It rains."}]
  utter_sorry: [{text: "Sorry, that did not work."}]
  utter_kind: [{text: "A pity.", metadata: {empathy: true}}]
  utter_picture: [{custom: {picture: "a.png"}}]
  utter_empathy: [{text: "That's a pity."}]
  utter_empathy_person: [{text: "Still a pity."}]
"""
)
VOICE = {"preset": "companion", "transitions": {"asking": ["utter_ask_*", "utter_picture"]}}


class Conversation:
    """Says responses as Rasa does: an action's messages become events only when all are said."""

    def __init__(self, voice: dict[str, Any] | None = None, **slots: str) -> None:
        config = EndpointConfig(type="components.nlg.FreshNaturalLanguageGenerator", voice=voice or {})
        self.nlg = NaturalLanguageGenerator.create(config, DOMAIN)
        self.slots = slots
        self.events: list[Event] = []
        self.number = 0

    async def answers(self, *responses: str, upset_turns: int = 0, channel: str = "web") -> list[Any]:
        """The texts of a turn."""
        self.number += 1
        mood = {"value": 0.0, "upset_turns": upset_turns, "upset_now": upset_turns > 0}
        data = {"text": "x", "mood": mood}
        message = UserUttered("x", parse_data=data, message_id=str(self.number), input_channel=channel)
        self.events += [SlotSet(name, value) for name, value in self.slots.items()]
        self.events.append(message)
        tracker = DialogueStateTracker.from_events("ada", self.events, DOMAIN.slots)
        said = [(await self.nlg.generate(name, tracker, "collector") or {}, name) for name in responses]
        self.events += [
            BotUttered(one.get("text"), {}, {**one, "utter_action": response}) for one, response in said
        ]
        return [one.get("text") for one, _ in said]


def phrases(kind: str, language: str = "en") -> list[str]:
    wording = wording_of(language)
    assert wording
    listed = wording.care if kind == "care" else wording.transitions[kind]
    return [phrase.say for phrase in listed]


async def test_without_a_voice_a_response_is_what_the_domain_says() -> None:
    talk = Conversation()
    assert await talk.answers("utter_ask_item") == ["Which item?"]
    neutral = Conversation({"preset": "neutral", "transitions": VOICE["transitions"]})
    assert await neutral.answers("utter_ask_item") == ["Which item?"]


async def test_a_phrase_leads_over_to_the_first_message_of_a_turn_only() -> None:
    talk = Conversation(VOICE)
    first, second = await talk.answers("utter_ask_item", "utter_ask_item")
    assert first.removesuffix(" Which item?") in phrases("asking") and second == "Which item?"
    assert await talk.answers("utter_other", "utter_ask_item") == ["It rains.", "Which item?"]


async def test_phrases_take_turns_and_a_replay_says_the_same() -> None:
    talks = [Conversation(VOICE), Conversation(VOICE)]
    said = [[(await talk.answers("utter_ask_item"))[0] for _ in range(3)] for talk in talks]
    assert said[0] == said[1] and len(set(said[0])) > 1


async def test_a_question_that_is_asked_again_is_not_led_over_to() -> None:
    assert await Conversation(VOICE, form_hint="unclear").answers("utter_ask_item") == ["Which item?"]


async def test_a_message_without_words_stays_as_it_is() -> None:
    assert await Conversation(VOICE).answers("utter_picture") == [None]
    assert await Conversation(VOICE).answers("utter_nothing") == [None]


async def test_channel_language_and_mood_count() -> None:
    voice = {**VOICE, "channels": {"slack": {"preset": "plainspoken"}}}
    assert await Conversation(voice).answers("utter_ask_item", channel="slack") == ["Which item?"]
    (german,) = await Conversation(voice, language="de").answers("utter_ask_item")
    assert german.removesuffix(" Which item?") in phrases("asking", "de")
    assert await Conversation(voice, mood="upset").answers("utter_ask_item") == ["Which item?"]


async def test_the_domains_own_sympathy_comes_first_and_the_voices_after_it() -> None:
    talk = Conversation(VOICE)
    assert await talk.answers("utter_ask_item", upset_turns=1) == ["That's a pity.\n\nWhich item?"]
    assert await talk.answers("utter_ask_item", upset_turns=2) == ["Still a pity.\n\nWhich item?"]
    third, more = await talk.answers("utter_ask_item", "utter_other", upset_turns=3)
    assert third.removesuffix("\n\nWhich item?") in phrases("care") and more == "It rains."


@pytest.mark.parametrize(
    ("response", "text"), [("utter_sorry", "Sorry, that did not work."), ("utter_kind", "A pity.")]
)
async def test_who_says_sorry_already_says_it_once(response: str, text: str) -> None:
    talk = Conversation(VOICE)
    for turn in (1, 2):
        await talk.answers("utter_ask_item", upset_turns=turn)
    assert await talk.answers(response, upset_turns=3) == [text]


async def test_a_voice_that_keeps_to_the_matter_has_no_sympathy_of_its_own() -> None:
    talk = Conversation({"preset": "companion", "dimensions": {"empathy": -1}})
    for turn in (1, 2):
        await talk.answers("utter_ask_item", upset_turns=turn)
    assert await talk.answers("utter_ask_item", upset_turns=3) == ["Which item?"]
