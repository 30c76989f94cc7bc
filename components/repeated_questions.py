"""Rasa's view of the repeated-question detector: marks a message that asks again what was asked before."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Dict, List, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.conversation import earlier_questions, entity_values
from components.encoder import ENCODER
from components.graph import Configured
from components.repeats import Likeness, Question, find_repeat

REPEAT = "repeat"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RepeatedQuestionDetector(Configured):
    """Sets `repeat` on a message that repeats an earlier question of the conversation.

    Example (config.yml):
        - name: components.repeated_questions.RepeatedQuestionDetector
          ignored_intents: [greet, affirm, deny]
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Likeness 0–1 (see `repeats.Likeness`); `ignored_intents` may be said as often as one likes.

        `single_question_intents` hold one question in many words ("where is my order"), not a topic with
        many questions (the shops): there much less likeness makes a repeat. Entities still tell apart.
        """
        return {
            "meaning": 0.9,
            "meaning_same_intent": 0.7,
            "meaning_single_question": 0.2,
            "single_question_intents": [],
            "spelling": 0.92,
            "same_intent_confidence": 0.4,
            "remembered_questions": 30,
            "ignored_intents": [],
            "stop_intent": "stop",
        }

    def __init__(self, config: Dict[Text, Any]) -> None:
        self.config = config
        self.likeness = Likeness(
            config["meaning"],
            config["meaning_same_intent"],
            config["meaning_single_question"],
            config["spelling"],
            frozenset(config["single_question_intents"]),
        )

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Looks for each message among the earlier ones; Rasa passes the tracker as it was before it."""
        for message in messages:
            message.set(REPEAT, self._repeat(message, tracker), add_to_output=True)
        return messages

    def _repeat(self, message: Message, tracker: Optional[DialogueStateTracker]) -> Optional[Dict[Text, Any]]:
        intent = message.get(INTENT) or {}
        if (
            tracker is None
            or tracker.active_loop_name
            or intent.get(INTENT_NAME_KEY) in self.config["ignored_intents"]
        ):
            return None
        earlier = earlier_questions(
            tracker,
            self.config["ignored_intents"],
            self.config["stop_intent"],
            self.config["remembered_questions"],
        )
        if not earlier or message.get(ENCODER) is None:
            return None
        sure = intent.get(PREDICTED_CONFIDENCE_KEY, 0) >= self.config["same_intent_confidence"]
        name = intent.get(INTENT_NAME_KEY) if sure else None
        current = Question(message.get(TEXT), name, entity_values(message.get(ENTITIES) or []))
        repeat = find_repeat(current, earlier, message.get(ENCODER).compare, self.likeness)
        return asdict(repeat) if repeat else None
