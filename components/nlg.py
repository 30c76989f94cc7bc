"""Rasa's response chooser, except that it does not say the same variation twice while it has another one."""

from __future__ import annotations

import copy
import random
from itertools import islice
from typing import Any, Dict, List, Optional, Text

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

REMEMBERED_MESSAGES = 20


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

    async def generate(
        self, utter_action: Text, tracker: DialogueStateTracker, output_channel: Text, **kwargs: Any
    ) -> Optional[Dict[Text, Any]]:
        """Fills the chosen variation (see parent class)."""
        slots = tracker.current_slot_values()
        variations = ResponseVariationFilter(self.responses).responses_for_utter_action(
            utter_action, output_channel, slots
        )
        if not variations:
            return None
        filled = [self._fill_response(copy.deepcopy(variation), slots, **kwargs) for variation in variations]
        return _least_recent(filled, _said(tracker))


def _said(tracker: DialogueStateTracker) -> List[Text]:
    """The bot's last texts, newest first."""
    texts = (event.text for event in reversed(tracker.events) if isinstance(event, BotUttered) and event.text)
    return list(islice(texts, REMEMBERED_MESSAGES))


def _least_recent(filled: List[Dict[Text, Any]], said: List[Text]) -> Dict[Text, Any]:
    """Any of those not said lately, else the one said longest ago."""
    fresh = [response for response in filled if response.get("text") not in said]
    if fresh:
        return random.choice(fresh)
    return max(filled, key=lambda response: said.index(response["text"]))
