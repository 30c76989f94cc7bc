"""Rasa's view of personal data: marks on each message where it stands, and makes entities of chosen kinds."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from components.graph import Configured
from components.name_lists import name_lists
from components.personal_data import KINDS, PersonalData, PersonalSpan

# The key under which a message carries its spans.
PII = "pii"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PersonalDataSpans(Configured):
    """Sets `pii`, a list of `{"start", "end", "kind"}`, and adds entities of the kinds that are asked for.

    Example (config.yml, after the other entity extractors: what they found is no person):
        - name: components.pii.PersonalDataSpans
          entities: {person: person, address: address}
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`kinds`: those to find; `entities`: of which kinds to make entities, kind to the entity's name.

        `region`: two letters; how phone numbers without a country code are read. `patterns`: more kinds, name
        to regular expression. A name that is only known from a list of names is marked, but is no entity.
        """
        return {"kinds": list(KINDS), "entities": {}, "region": "GB", "patterns": {}}

    def __init__(self, config: Dict[Text, Any]) -> None:
        patterns = (config["patterns"] or {}).items()
        try:
            self.detector = PersonalData(config["region"], config["kinds"], patterns)
        except ValueError as error:
            raise InvalidConfigException(f"PersonalDataSpans: {error} Correct it in config.yml.") from error
        self.entities: Dict[Text, Text] = dict(config["entities"] or {})
        strange = sorted(set(self.entities) - set(config["kinds"]) - set(config["patterns"] or {}))
        if strange:
            raise InvalidConfigException(
                f"PersonalDataSpans: entities of {strange} are wanted, but not among `kinds`: add them there."
            )
        if "person" in self.detector.kinds:
            name_lists()  # now, not with the first message

    def process(self, messages: List[Message]) -> List[Message]:
        """Marks each message."""
        for message in messages:
            entities = message.get(ENTITIES) or []
            spans = [span for span in self._found(message) if not _is_something_else(span, entities)]
            marks = [{"start": span.start, "end": span.end, "kind": span.kind} for span in spans]
            message.set(PII, marks, add_to_output=True)
            new = [
                self._entity(message, span) for span in spans if span.sure and self._wanted(span, entities)
            ]
            if new:
                message.set(ENTITIES, [*entities, *new], add_to_output=True)
        return messages

    def _found(self, message: Message) -> List[PersonalSpan]:
        text = message.get(TEXT) or ""
        return [] if text.startswith("/") else self.detector.find(text)

    def _wanted(self, span: PersonalSpan, entities: List[Dict[Text, Any]]) -> bool:
        return span.kind in self.entities and not any(_overlaps(span, entity) for entity in entities)

    def _entity(self, message: Message, span: PersonalSpan) -> Dict[Text, Any]:
        return {
            ENTITY_ATTRIBUTE_TYPE: self.entities[span.kind],
            ENTITY_ATTRIBUTE_START: span.start,
            ENTITY_ATTRIBUTE_END: span.end,
            ENTITY_ATTRIBUTE_VALUE: message.get(TEXT)[span.start : span.end],
            "extractor": "PersonalDataSpans",
        }


def _is_something_else(span: PersonalSpan, entities: List[Dict[Text, Any]]) -> bool:
    """A word from the lists of names that the designer has named otherwise: a product, a colour, a place."""
    return not span.sure and any(_overlaps(span, entity) for entity in entities)


def _overlaps(span: PersonalSpan, entity: Dict[Text, Any]) -> bool:
    start, end = entity.get(ENTITY_ATTRIBUTE_START), entity.get(ENTITY_ATTRIBUTE_END)
    return start is not None and end is not None and start < span.end and span.start < end
