"""The graph component, trained on a small folder of messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import SentenceEncoder
from components.sentiment import MOOD, SENTIMENT, SentimentHead
from tests.unit.components.conftest import Rasa, said

MOODS = str(Path(__file__).parents[3] / "data/moods")
DOMAIN = Domain.from_yaml(
    """
version: "3.1"
entities: [mood]
slots:
  mood: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: mood}]}
"""
)


@pytest.fixture
def head(rasa: Rasa, training_data: TrainingData) -> SentimentHead:
    rasa.create(SentimentHead, examples=MOODS).train(training_data)
    component: SentimentHead = rasa.load(SentimentHead, examples=MOODS, unmoved=["inform"])
    return component


def tracker(*messages: dict[str, Any]) -> DialogueStateTracker:
    events = [UserUttered("x", parse_data={"text": "x", **message}) for message in messages]
    start = [SessionStarted(), ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events("ada", [*start, *events], DOMAIN.slots)


def judged(head: SentimentHead, featurizer: SentenceEncoder, text: str, *before: Any, **fields: Any) -> Any:
    [message] = featurizer.process([said(text, **fields)])
    [message] = head.process([message], tracker(*before))
    return message


def test_a_message_carries_its_sentiment_and_the_mood(
    head: SentimentHead, featurizer: SentenceEncoder
) -> None:
    message = judged(head, featurizer, "I've been waiting for three weeks and nobody answers!!")
    assert message.get(SENTIMENT)["label"] == "negative"
    assert message.get(MOOD)["upset_turns"] == 1
    assert {SENTIMENT, MOOD} <= message.output_properties


def test_the_slot_is_filled_when_the_mood_changes(head: SentimentHead, featurizer: SentenceEncoder) -> None:
    [entity] = judged(head, featurizer, "this is absolutely terrible, I am furious").get(ENTITIES)
    assert (entity["entity"], entity["value"]) == ("mood", "upset")
    assert "start" not in entity
    assert not judged(head, featurizer, "where is my order").get(ENTITIES)


def test_the_mood_goes_on_from_the_last_message(head: SentimentHead, featurizer: SentenceEncoder) -> None:
    upset = {MOOD: {"value": -0.5, "upset_turns": 1, "upset_now": True}}
    message = judged(head, featurizer, "this is absolutely terrible, I am furious", upset)
    assert message.get(MOOD)["upset_turns"] == 2
    assert message.get(MOOD)["value"] < -0.6


def test_a_button_and_a_bare_value_change_no_mood(head: SentimentHead, featurizer: SentenceEncoder) -> None:
    upset = {MOOD: {"value": -0.5, "upset_turns": 1, "upset_now": True}}
    kept = {"value": -0.5, "upset_turns": 1, "upset_now": False}
    assert judged(head, featurizer, "/insult", upset).get(MOOD) == kept
    value = judged(head, featurizer, "terrible, awful, horrible", upset, **{INTENT: {"name": "inform"}})
    assert value.get(MOOD) == kept


def test_a_tap_between_does_not_end_the_stretch(head: SentimentHead, featurizer: SentenceEncoder) -> None:
    upset = {MOOD: {"value": -0.5, "upset_turns": 1, "upset_now": True}}
    assert (
        judged(head, featurizer, "awful, simply awful, I am furious", upset, {}).get(MOOD)["upset_turns"] == 2
    )


def test_without_a_trained_head_everybody_is_calm(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    head: SentimentHead = rasa.load(SentimentHead)
    message = judged(head, featurizer, "this is absolutely terrible")
    assert message.get(SENTIMENT) == {"label": "neutral", "score": 0.0, "confidence": 0.0}
    assert message.get(MOOD)["upset_turns"] == 0


def test_without_messages_nothing_is_trained_and_training_goes_on(
    rasa: Rasa, training_data: TrainingData, tmp_path: Path
) -> None:
    rasa.create(SentimentHead, examples=str(tmp_path)).train(training_data)
    assert rasa.load(SentimentHead).model is None


def test_a_broken_file_stops_the_training_with_its_name(
    rasa: Rasa, training_data: TrainingData, tmp_path: Path
) -> None:
    (tmp_path / "angry.yml").write_text("moods: {}")
    with pytest.raises(InvalidConfigException, match=r"angry\.yml"):
        rasa.create(SentimentHead, examples=str(tmp_path)).train(training_data)


@pytest.mark.parametrize("wrong", [{"memory": 1}, {"calm": -0.9}, {"upset": "very"}, {"sure": 2}])
def test_wrong_settings_are_named(rasa: Rasa, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfigException, match=r"config\.yml"):
        rasa.create(SentimentHead, **wrong)


def test_changed_messages_train_anew(tmp_path: Path) -> None:
    before = SentimentHead.fingerprint_addon({"examples": str(tmp_path)})
    (tmp_path / "a.yml").write_text("moods: []")
    assert SentimentHead.fingerprint_addon({"examples": str(tmp_path)}) != before
