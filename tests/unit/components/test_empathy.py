"""Kind words through the response chooser that Rasa calls."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.nlg import FreshNaturalLanguageGenerator

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
responses:
  utter_ask: [{text: "Which order?"}]
  utter_choose: [{text: "Which?", buttons: [{title: A, payload: /a}]}]
  utter_picture: [{custom: {picture: "a.png"}}]
  utter_complain: [{text: "I'm sorry.", metadata: {empathy: true}}, {text: "Sorry!"}]
  utter_empathy: [{text: "That's a pity."}]
  utter_empathy_person: [{text: "Still a pity.", buttons: [{title: Person, payload: /request_person}]}]
"""
)


def customer(upset_turns: int, upset_now: bool = True) -> UserUttered:
    mood = {"value": -0.5 if upset_turns else 0.0, "upset_turns": upset_turns, "upset_now": upset_now}
    return UserUttered("x", parse_data={"text": "x", "mood": mood}, message_id=str(id(mood)))


def bot(said: dict[str, Any], action: str) -> BotUttered:
    data = {"buttons": said.get("buttons")}
    return BotUttered(said.get("text"), data, {**said, "utter_action": action})


class Conversation:
    """Says responses as Rasa does, and remembers them as events."""

    def __init__(self, domain: Domain = DOMAIN) -> None:
        self.nlg = FreshNaturalLanguageGenerator(domain=domain)
        self.events: list[Event] = []

    async def answers(self, message: UserUttered, *responses: str) -> list[str]:
        """A turn; the messages become events only when all are said."""
        self.events.append(message)
        tracker = DialogueStateTracker.from_events("ada", self.events)
        said = [(await self.nlg.generate(name, tracker, "web") or {}, name) for name in responses]
        self.events += [bot(*one) for one in said]
        return [str(one.get("text")) for one, _ in said]


CALM = customer(0, upset_now=False)


async def test_who_has_become_upset_is_told_so_once_before_the_answer() -> None:
    talk = Conversation()
    assert await talk.answers(CALM, "utter_ask") == ["Which order?"]
    assert await talk.answers(customer(1), "utter_ask", "utter_ask") == [
        "That's a pity.\n\nWhich order?",
        "Which order?",
    ]
    assert await talk.answers(customer(1, upset_now=False), "utter_ask") == ["Which order?"]


async def test_who_stays_upset_is_offered_a_person_once() -> None:
    talk = Conversation()
    await talk.answers(customer(1), "utter_ask")
    assert await talk.answers(customer(2), "utter_choose") == ["Still a pity.\n\nWhich?"]
    said = talk.events[-1]
    assert isinstance(said, BotUttered)
    assert [button["title"] for button in said.data["buttons"]] == ["A", "Person"]
    assert await talk.answers(customer(3), "utter_ask") == ["Which order?"]


async def test_a_new_bad_stretch_is_a_new_reason() -> None:
    talk = Conversation()
    await talk.answers(customer(1), "utter_ask")
    await talk.answers(CALM, "utter_ask")
    assert await talk.answers(customer(1), "utter_ask") == ["That's a pity.\n\nWhich order?"]


async def test_a_response_that_says_sorry_itself_is_enough() -> None:
    talk = Conversation()
    first, second = await talk.answers(customer(1), "utter_complain", "utter_ask")
    assert first in ("I'm sorry.", "Sorry!") and second == "Which order?"
    assert await talk.answers(customer(1, upset_now=True), "utter_ask") != ["Which order?"], "a new stretch"
    talk = Conversation()
    await talk.answers(customer(1), "utter_complain")
    assert await talk.answers(customer(2), "utter_ask") == ["Still a pity.\n\nWhich order?"]


@pytest.mark.parametrize("name", ["utter_picture"])
async def test_a_message_without_words_stays_as_it_is(name: str) -> None:
    assert await Conversation().answers(customer(1), name) == ["None"]


async def test_a_domain_without_such_words_says_none() -> None:
    domain = Domain.from_yaml('version: "3.1"\nresponses:\n  utter_ask: [{text: "Which order?"}]\n')
    assert await Conversation(domain).answers(customer(1), "utter_ask") == ["Which order?"]
