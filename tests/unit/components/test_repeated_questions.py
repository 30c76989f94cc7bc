from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from components.encoder import SentenceEncoder
from components.repeated_questions import RepeatedQuestionDetector
from tests.unit.components.conftest import Rasa, entity, said

INTENT = {"name": "track_order", "confidence": 0.9}


@pytest.fixture
def detector(rasa: Rasa) -> RepeatedQuestionDetector:
    component: RepeatedQuestionDetector = rasa.create(RepeatedQuestionDetector, ignored_intents=["greet"])
    return component


def conversation(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("emma", list(events))


def asked(text: str, **parse_data: Any) -> UserUttered:
    return UserUttered(text, INTENT, parse_data.pop("entities", []), parse_data or None)


@pytest.fixture
def detect(detector: RepeatedQuestionDetector, featurizer: SentenceEncoder) -> Any:
    def detected(text: str, tracker: DialogueStateTracker | None, intent: Any = INTENT, **fields: Any) -> Any:
        message: Message = said(text, intent=intent, **fields)
        detector.process(featurizer.process([message]), tracker)
        assert "repeat" in message.output_properties
        return message.get("repeat")

    return detected


def test_the_second_and_third_time_are_noticed_with_what_was_asked_before(detect: Any) -> None:
    found = detect("Where is my order??", conversation(asked("where is my order")))
    assert (found["tier"], found["question"], found["intent"]) == (2, "where is my order", "track_order")
    assert found["spelling"] == 1.0
    twice = conversation(asked("where is my order"), asked("where is my order", repeat={"tier": 2}))
    assert detect("where is my order", twice)["tier"] == 3


def test_another_order_is_another_question(detect: Any) -> None:
    text = "where is order 1002?"
    first = conversation(asked("where is order 1001?", entities=[entity("order_number", "FH-1001")]))
    assert detect(text, first, entities=[entity("order_number", "FH-1002")]) is None


def test_while_a_form_asks_nothing_is_a_repeat(detect: Any) -> None:
    assert (
        detect("where is my order", conversation(asked("where is my order"), ActiveLoop("order_form")))
        is None
    )


def test_after_stop_the_question_may_be_asked_again(detect: Any) -> None:
    stop = UserUttered("stop", {"name": "stop", "confidence": 1.0})
    talk = [
        asked("where is my order"),
        ActiveLoop("order_form"),
        stop,
        ActiveLoop(None),
        SlotSet("readings", None),
    ]
    assert detect("where is my order", conversation(*talk)) is None


@pytest.mark.parametrize("tracker", [None, conversation()])
def test_the_first_question_is_no_repeat(detect: Any, tracker: DialogueStateTracker | None) -> None:
    assert detect("where is my order", tracker) is None


def test_greetings_may_be_said_as_often_as_one_likes(detect: Any) -> None:
    greeted = conversation(UserUttered("hi", {"name": "greet", "confidence": 1.0}))
    assert detect("hi", greeted, {"name": "greet", "confidence": 0.9}) is None


def test_an_empty_message_and_one_without_an_intent_are_no_repeats(detect: Any) -> None:
    assert detect("", conversation(asked("where is my order")), None) is None
    assert detect("how do I wash wool", conversation(asked("where is my order")), None) is None


def test_without_an_encoder_nothing_is_compared(detector: RepeatedQuestionDetector) -> None:
    (message,) = detector.process(
        [said("where is my order", intent=INTENT)], conversation(asked("where is my order"))
    )
    assert message.get("repeat") is None
