"""Reads no more of a message than a customer would write: everything after it is quick, whatever was sent."""

from __future__ import annotations

from typing import Any, Dict, List, Text

import structlog
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from components.graph import Configured

logger = structlog.get_logger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class MessageLimit(Configured):
    """Cuts a message that is too long; our own channels refuse it before, Rasa's others do not.

    Example (config.yml, first in the pipeline):
        - name: components.message_limit.MessageLimit
          characters: 4000
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`characters`: how many are read. A megabyte takes Rasa's extractors minutes."""
        return {"characters": 4_000}

    def __init__(self, config: Dict[Text, Any]) -> None:
        self.characters = config["characters"]
        if not isinstance(self.characters, int) or self.characters < 1:
            raise InvalidConfigException(
                f"MessageLimit: characters is {self.characters!r}; give a number above 0 in config.yml."
            )

    def process(self, messages: List[Message]) -> List[Message]:
        """Cuts each message that is too long."""
        for message in messages:
            text = message.get(TEXT) or ""
            if len(text) > self.characters:
                logger.warning("message.cut", characters=len(text), read=self.characters)
                message.set(TEXT, text[: self.characters])
        return messages
