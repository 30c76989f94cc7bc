"""Rasa's response chooser, except that it does not say the same variation twice while it has another one.

To a customer who has become upset it says so before it goes on (see `empathy`). With a voice (rapport.yml:
style) it also leads over to what it says, and has words of sympathy for those who stay upset.
"""

from __future__ import annotations

import copy
import random
from itertools import islice
from typing import Any, Dict, List, Optional, Sequence, Text

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components.empathy import begin_with, due_care, is_upset, kind_responses
from components.language import LANGUAGE
from components.sentiment import MOOD
from llm.voice.choosing import Turns
from llm.voice.speaking import Moment, Voice
from llm.voice.style import UPSET, StyleSettings

REMEMBERED_MESSAGES = 50
REMEMBERED_TURNS = 10_000
# A message carries by this which variation of its response it is: filled with other values, it reads
# differently.
VARIATION = "variation"
FORM_HINT = "form_hint"


class FreshNaturalLanguageGenerator(TemplatedNaturalLanguageGenerator):
    """Chooses among the variations of a response the one said longest ago.

    Example (endpoints.yml):
        nlg:
          type: components.nlg.FreshNaturalLanguageGenerator

    `rapport` adds the section `style` of rapport.yml as `voice`.
    """

    def __init__(
        self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None
    ) -> None:
        super().__init__(domain.responses if domain else {})
        given = (endpoint_config.kwargs.get("voice") if endpoint_config else None) or {}
        self.voice = Voice(StyleSettings(**given))
        # By conversation, the turn that has had its kind words, and the one that something was said in.
        self._cared: Dict[Text, Text] = {}
        self._begun: Dict[Text, Text] = {}

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """Fills the chosen variation (see parent class)."""
        message = self._chosen(utter_action, tracker, output_channel, **kwargs)
        if message is None:
            return None
        first = not _is_marked(self._begun, tracker)
        _mark(self._begun, tracker)
        if not is_upset(tracker) or _is_marked(self._cared, tracker):
            return self._led_over(message, utter_action, tracker) if first else message
        kind = kind_responses(self.responses)  # anew: Rasa gives another model's responses later
        care = due_care(tracker, kind)
        if care is None:
            return message if utter_action in kind or not first else self._with_sympathy(message, tracker)
        _mark(self._cared, tracker)
        words = None if utter_action in kind else self._chosen(care, tracker, output_channel)
        return begin_with(message, words, care) if words else message

    def _led_over(
        self, message: Dict[Text, Any], utter_action: Text, tracker: DialogueStateTracker
    ) -> Dict[Text, Any]:
        """A turn's first message behind a transition phrase, where the voice has one for it."""
        text = message.get("text")
        # A form that asks again says why; nothing leads over to that.
        if not text or tracker.current_slot_values().get(FORM_HINT):
            return message
        phrase = self.voice.transition(utter_action, text, _moment(tracker))
        return {**message, "text": f"{phrase} {text}"} if phrase else message

    def _with_sympathy(self, message: Dict[Text, Any], tracker: DialogueStateTracker) -> Dict[Text, Any]:
        """For who stays upset when the domain's own kind words have been said."""
        text = message.get("text")
        words = self.voice.care(text, _moment(tracker)) if text else ""
        if not words:
            return message
        _mark(self._cared, tracker)
        return {**message, "text": f"{words}\n\n{text}"}

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


def _moment(tracker: DialogueStateTracker) -> Moment:
    slots = tracker.current_slot_values()
    return Moment(
        turns=Turns(tracker.sender_id, sum(isinstance(event, UserUttered) for event in tracker.events)),
        channel=tracker.get_latest_input_channel() or "",
        mood=UPSET if is_upset(tracker) else slots.get(MOOD) or "",
        language=slots.get(LANGUAGE) or "en",
    )


def _is_marked(turns: Dict[Text, Text], tracker: DialogueStateTracker) -> bool:
    """Whether a turn is the marked one: an action's messages are said before any of them is an event."""
    return turns.get(tracker.sender_id) == _turn(tracker)


def _mark(turns: Dict[Text, Text], tracker: DialogueStateTracker) -> None:
    if len(turns) > REMEMBERED_TURNS:
        turns.clear()
    turns[tracker.sender_id] = _turn(tracker)


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
