"""Knowledge answers in a voice: through the real actions, with a real index."""

from dataclasses import replace

import pytest

from actions.context import Services, configure
from actions.turn import turn_of
from actions.voicing import moment_of, voiced
from actions.wording import Reply, Say
from llm.voice.speaking import Voice
from llm.voice.style import StyleSettings
from llm.voice.wording import wording_of
from tests.unit.actions.chat import Chat

COST = "How much is standard delivery?"
FACT = "Standard delivery costs £3.95 and takes 2–4 working days."


def speak(services: Services, preset: str = "companion", **more: object) -> None:
    """Let the actions have a voice."""
    configure(replace(services, voice=Voice(StyleSettings(preset=preset, **more))))  # type: ignore[arg-type]


def says_next_step(text: str, topic: str = "delivery") -> bool:
    wording = wording_of("en")
    assert wording
    return any(phrase.say in text for phrase in wording.next_steps[topic])


async def test_without_a_style_the_answer_is_the_help_centres_own(chat: Chat) -> None:
    await chat.hear(COST, "ask_shipping_cost")
    await chat.do("action_answer")
    assert chat.text.startswith(FACT)


async def test_an_answer_says_what_was_understood_and_ends_with_the_next_step(
    chat: Chat, services: Services
) -> None:
    speak(services)
    await chat.hear(COST, "ask_shipping_cost")
    assert await chat.do("action_answer") == ["utter_answer"]
    assert "“What does delivery cost?”" in chat.text.split("\n\n")[0]
    assert FACT in chat.text and says_next_step(chat.text)
    assert "Source: Delivery" in chat.text
    assert chat.said[0].metadata["citations"][0]["title"] == "Delivery"


async def test_a_replay_says_the_same_and_the_same_answer_is_still_known_again(
    chat: Chat, services: Services
) -> None:
    speak(services)
    await chat.hear(COST, "ask_shipping_cost")
    await chat.do("action_answer")
    first = chat.text
    again = Chat(services, chat.domain, chat._endpoint._executor)
    speak(services)
    await again.hear(COST, "ask_shipping_cost")
    await again.do("action_answer")
    assert again.text == first
    await again.hear(COST, "ask_shipping_cost")
    assert (await again.do("action_answer"))[0] in ("utter_answer_more", "utter_already_said")


async def test_in_a_form_there_is_no_next_step_but_the_forms_own(chat: Chat, services: Services) -> None:
    speak(services)
    await chat.hear("where is my order?", "track_order")
    await chat.do("order_form")
    await chat.hear(COST, "ask_shipping_cost")
    await chat.do("order_form", "action_answer_in_form")
    assert FACT in chat.text and not says_next_step(chat.text)


async def test_an_answer_to_what_was_taken_for_a_question_is_not_led_up_to_twice(
    chat: Chat, services: Services
) -> None:
    speak(services)
    await chat.hear(
        COST,
        "nlu_confirm",
        [("ask_shipping_cost", 0.55)],
        parsed={"route": {"band": "confirm", "intent": "ask_shipping_cost"}},
    )
    assert await chat.do("action_confirm_intent") == ["utter_answer_as_understood"]
    assert chat.text.split("\n\n")[1].startswith("Standard delivery costs £3.95")
    assert chat.text.count("“") == 1 and says_next_step(chat.text)


async def test_who_is_upset_reads_no_cheer_and_the_sympathy_is_left_to_the_response_chooser(
    chat: Chat, services: Services
) -> None:
    speak(services, "trailmate")
    await chat.hear(COST, "ask_shipping_cost", mood="upset")
    await chat.do("action_answer")
    assert chat.text.startswith("Standard delivery costs £3.95") and "!" not in chat.text


async def test_another_channel_may_sound_different(chat: Chat, services: Services) -> None:
    speak(services, channels={"slack": {"preset": "plainspoken"}})
    await chat.hear(COST, "ask_shipping_cost")
    turn = turn_of(chat.sdk_tracker, {})
    reply = Reply((Say("utter_answer", {"answer": FACT}),))
    voice = Voice(StyleSettings(preset="companion", channels={"slack": {"preset": "plainspoken"}}))
    on_slack = voiced(reply, replace(turn, channel="slack"), voice).says[0].values["answer"]
    elsewhere = voiced(reply, replace(turn, channel="web"), voice).says[0].values["answer"]
    assert on_slack.startswith(FACT) and not elsewhere.startswith(FACT)


async def test_what_is_followed_by_something_gets_no_next_step(chat: Chat, services: Services) -> None:
    await chat.hear(COST, "ask_shipping_cost")
    turn = turn_of(chat.sdk_tracker, {})
    voice = Voice(StyleSettings(preset="plainspoken"))
    two = Reply((Say("utter_answer", {"answer": FACT}), Say("utter_phone_line")))
    assert voiced(two, turn, voice).says == two.says
    goes_on = Reply((Say("utter_answer", {"answer": FACT}),), {}, ({"event": "user"},))
    assert voiced(goes_on, turn, voice) == goes_on
    alone = Reply((Say("utter_answer", {"answer": FACT}),))
    assert voiced(alone, turn, voice).says[0].values["answer"] != FACT


async def test_a_further_question_of_a_message_is_not_greeted_again(chat: Chat, services: Services) -> None:
    waits = {"text": "and to France?", "intent": "ask_shipping_cost", "confidence": 0.9, "at_once": True}
    await chat.hear(COST, "ask_shipping_cost", parsed={"also": [waits]})
    turn = turn_of(chat.sdk_tracker, {})
    reply = Reply((Say("utter_answer", {"answer": FACT}),))
    kind = Voice(StyleSettings(dimensions={"warmth": 1}))
    continued = {"event": "user", "text": "and to France?", "metadata": {"continued": True}}
    assert voiced(reply, turn, kind) != reply
    assert voiced(reply, replace(turn, events=(*turn.events, continued)), kind) == reply


async def test_other_messages_are_the_designers_words(chat: Chat) -> None:
    await chat.hear("hello", "greet")
    reply = Reply((Say("utter_greet", {"answer": "yes"}),))
    assert voiced(reply, turn_of(chat.sdk_tracker, {}), Voice(StyleSettings(preset="companion"))) is reply


@pytest.mark.parametrize("language", ["en", "de"])
async def test_a_turn_knows_when_it_is(chat: Chat, language: str) -> None:
    await chat.hear("hello", "greet")
    await chat.hear("was kostet der versand", "ask_shipping_cost", language=language)
    moment = moment_of(turn_of(chat.sdk_tracker, {"responses": chat.domain.responses}))
    assert moment.turns.conversation == "c1" and moment.turns.number == 2
    assert moment.topic == {"en": "What does delivery cost?", "de": "Was kostet der Versand?"}[language]
    assert (moment.language, moment.intent, moment.mood, moment.cared) == (
        language,
        "ask_shipping_cost",
        "",
        True,
    )
