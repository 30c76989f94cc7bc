"""Rasa's view of references: "the other one" arrives in rules, forms and actions as the entity it means."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.slots import BooleanSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from components.graph import Configured
from components.phrases import words_of
from components.references import OTHER, VAGUE, Expression, ExpressionFinder, Referable, candidates
from components.salience import Thing, things_named

EXTRACTOR = "ReferenceResolver"
# Only looked for in a message of ordinary length.
MAX_CHARACTERS = 300


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ReferenceResolver(Configured):
    """Adds the thing that a message points at as an entity, where only one can be meant.

    It stands before the intent head, which then reads "what's in the first one" as "what's in order number".

    Example (config.yml):
        - name: components.reference_resolver.ReferenceResolver
          things:
            order_number: {nouns: [order, parcel]}
            product: {nouns: [product], described_by: [colour], compared_by: {price: {least: [cheaper]}}}
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`things`: by entity, what may be pointed at (see `references.Referable`); `languages`: whose."""
        return {"things": {}, "languages": ["en"]}

    def __init__(self, config: Dict[Text, Any]) -> None:
        self.finder = ExpressionFinder(words_of(config["languages"]), referables_from(config["things"]))

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Resolves each message's reference; Rasa passes the tracker as it was before the message."""
        for message in messages:
            expression = expression_of(message, self.finder) if tracker else None
            if tracker is None or expression is None or (expression.how in VAGUE and not expression.negated):
                continue
            kinds = self._kinds(expression, tracker) - {one["entity"] for one in message.get(ENTITIES) or []}
            found = candidates(expression, things_named(tracker, kinds), kinds) if kinds else []
            if len(found) == 1:
                put(message, expression, found[0])
        return messages

    def _kinds(self, expression: Expression, tracker: DialogueStateTracker) -> Set[Text]:
        """What an expression stands for: by its noun, by what a form asks, else what was spoken of last."""
        kinds = set(expression.kinds) or set(self.finder.referables)
        if tracker.active_loop_name:
            return kinds_in_form(expression, kinds, tracker)
        if expression.kinds:
            return kinds
        return last_kind(things_named(tracker, kinds))


def expression_of(message: Message, finder: ExpressionFinder) -> Optional[Expression]:
    """What a message points with, if it is of ordinary length."""
    text = message.get(TEXT) or ""
    return finder.find(text, message.get(ENTITIES) or []) if 0 < len(text) <= MAX_CHARACTERS else None


def last_kind(things: Sequence[Thing]) -> Set[Text]:
    """The kind of the thing that was named last."""
    return {things[-1].kind} if things else set()


def kinds_in_form(expression: Expression, kinds: Set[Text], tracker: DialogueStateTracker) -> Set[Text]:
    """What the form asks for; or, said to a yes-or-no question, another of what it is about."""
    asked = tracker.get_slot(REQUESTED_SLOT)
    if asked in kinds:
        return {asked}
    corrects = expression.how == OTHER or expression.negated
    if corrects and (expression.kinds or isinstance(tracker.slots.get(asked), BooleanSlot)):
        return {kind for kind in kinds if slot_value(kind, tracker) is not None}
    return set()


def put(message: Message, expression: Expression, thing: Thing) -> None:
    """Adds what is meant as an entity, where it was pointed at."""
    place = {"start": expression.start, "end": expression.end, "extractor": EXTRACTOR}
    entity = {"entity": thing.kind, "value": thing.value, **place}
    message.set(ENTITIES, [*(message.get(ENTITIES) or []), entity], add_to_output=True)


def was_resolved(message: Message) -> bool:
    """Whether what a message points at is among its entities."""
    return any(one.get("extractor") == EXTRACTOR for one in message.get(ENTITIES) or [])


def slot_value(name: Text, tracker: DialogueStateTracker) -> Any:
    """A slot's value; None where there is no such slot."""
    return tracker.get_slot(name) if name in tracker.slots else None


def referables_from(things: Mapping[Text, Any]) -> Dict[Text, Referable]:
    """Reads the setting `things`.

    Raises:
        InvalidConfigException: a thing has a setting that there is not, or a word list that is none.
    """
    found: Dict[Text, Referable] = {}
    for entity, own in (things or {}).items():
        own = own or {}
        unknown = sorted(set(own) - {"nouns", "described_by", "compared_by"})
        if unknown:
            raise InvalidConfigException(
                f"ReferenceResolver, things, {entity}: there is no setting {unknown[0]!r}; there are nouns, "
                "described_by and compared_by. Correct it in config.yml."
            )
        for attribute, marks in (own.get("compared_by") or {}).items():
            if not isinstance(marks, dict) or set(marks) - {"least", "greatest"}:
                raise InvalidConfigException(
                    f"ReferenceResolver, things, {entity}, compared_by, {attribute}: expected "
                    f"{{least: [cheaper], greatest: [dearer]}}, found {marks!r}. Correct it in config.yml."
                )
        found[entity] = Referable(
            tuple(own.get("nouns") or ()), tuple(own.get("described_by") or ()), own.get("compared_by") or {}
        )
    return found
