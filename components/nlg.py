"""Rasa's response chooser, except that it does not say the same variation twice while it has another one.

To a customer who has become upset it says so before it goes on (see `empathy`).
"""

from __future__ import annotations

import copy
import random
from itertools import islice
from typing import Any, Dict, List, Optional, Sequence, Text

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components.empathy import begin_with, due_care, is_upset, kind_responses
from components.language import LANGUAGE

REMEMBERED_MESSAGES = 50
REMEMBERED_TURNS = 10_000
# A message carries by this which variation of its response it is: filled with other values, it reads
# differently.
VARIATION = "variation"


class FreshNaturalLanguageGenerator(TemplatedNaturalLanguageGenerator):
    """Chooses among the variations of a response the one said longest ago.

    Example (endpoints.yml):
        nlg:
          type: components.nlg.FreshNaturalLanguageGenerator
    """

    def __init__(
        self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None
    ) -> None:
        super().__init__(domain.responses if domain else {})
        self._cared: Dict[Text, Text] = {}

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """Fills the chosen variation (see parent class)."""
        message = self._chosen(utter_action, tracker, output_channel, **kwargs)
        if message is None or not is_upset(tracker) or self._cared_for(tracker):
            return message
        kind = kind_responses(self.responses)  # anew: Rasa gives another model's responses later
        care = due_care(tracker, kind)
        if care is None:
            return message
        self._cared[tracker.sender_id] = _turn(tracker)
        words = None if utter_action in kind else self._chosen(care, tracker, output_channel)
        return begin_with(message, words, care) if words else message

    def _cared_for(self, tracker: DialogueStateTracker) -> bool:
        """Whether this turn has had its kind words: an action's messages are said before one is an event."""
        if len(self._cared) > REMEMBERED_TURNS:
            self._cared.clear()
        return self._cared.get(tracker.sender_id) == _turn(tracker)

    def _chosen(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        every = self.responses.get(utter_action) or []
        slots = tracker.current_slot_values()
        fitting = ResponseVariationFilter({utter_action: every}).responses_for_utter_action(
            utter_action, output_channel, slots
        )
        fitting = in_language(fitting, slots.get(LANGUAGE))
        if not fitting:
            return None
        places = [place for place, variation in enumerate(every) if any(variation is one for one in fitting)]
        chosen = least_recent(places, said_variations(tracker, utter_action))
        filled: Dict[Text, Any] = self._fill_response(copy.deepcopy(every[chosen]), slots, **kwargs)
        return {**filled, VARIATION: chosen} if len(every) > 1 else filled


def _turn(tracker: DialogueStateTracker) -> Text:
    message = tracker.latest_message
    return f"{message.message_id} {message.timestamp}" if message else ""


def in_language(fitting: List[Dict[Text, Any]], language: Any) -> List[Dict[Text, Any]]:
    """Of the variations that fit, those written for the language; all of them where none is.

    Rasa alone would mix a German one with an English one that has a condition of another kind.
    """
    written = [one for one in fitting if _asks_for_language(one, language)]
    # Of those the ones that name more than the language fit better.
    narrower = [one for one in written if len(one["condition"]) > 1]
    return narrower or written or fitting


def _asks_for_language(variation: Dict[Text, Any], language: Any) -> bool:
    conditions = variation.get("condition") or []
    return any(one.get("name") == LANGUAGE and one.get("value") == language for one in conditions)


def said_variations(tracker: DialogueStateTracker, utter_action: Text) -> List[int]:
    """Which variations of a response the bot said lately, newest first."""
    messages = islice((e for e in reversed(tracker.events) if isinstance(e, BotUttered)), REMEMBERED_MESSAGES)
    return [
        event.metadata[VARIATION]
        for event in messages
        if event.metadata.get("utter_action") == utter_action and VARIATION in event.metadata
    ]


def least_recent(places: Sequence[int], said: List[int]) -> int:
    """Any of those not said lately, else the one said longest ago."""
    fresh = [place for place in places if place not in said]
    return random.choice(fresh) if fresh else max(places, key=said.index)
