"""Rasa's view of span merging: one entity per span, its value in the shop's own form."""

from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from components.graph import Configured
from components.spans import by_pattern_only, merge_entities
from components.values import known_format, normalise


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityMerger(EntityExtractorMixin, Configured):
    """Keeps the best entity of each span and normalises its value.

    Example (config.yml):
        - name: components.entity_merger.EntityMerger
          formats: {order_number: "FH-{digits}", email: lower}
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`extractors`: most trusted first; `formats`: see `values.normalise`.

        `languages`: that numbers and dates are written in, the likeliest first.

        `by_pattern`: entities that a regular expression defines, so that no other extractor may claim them.
        """
        return {
            "extractors": ["RegexEntityExtractor", "EntityTagger", "SpacyEntityTagger", "CRFEntityExtractor"],
            "by_pattern": [],
            "formats": {},
            "languages": ["en", "de"],
        }

    def __init__(self, config: Dict[Text, Any]) -> None:
        self.config = config
        for entity, name in config["formats"].items():
            if not known_format(name):
                raise InvalidConfigException(
                    f"EntityMerger knows no format {name!r} (of {entity}): give lower, upper, postcode, "
                    "number, size, date, past_date, coming_date or a template such as FH-{digits}."
                )

    def process(self, messages: List[Message]) -> List[Message]:
        """Merges and normalises each message's entities."""
        for message in messages:
            found = by_pattern_only(message.get(ENTITIES) or [], self.config["by_pattern"])
            kept = merge_entities(found, self.config["extractors"])
            formats, languages = self.config["formats"], self.config["languages"]
            entities = [normalise(entity, formats, languages, date.today()) for entity in kept]
            message.set(ENTITIES, entities, add_to_output=True)
        return messages
