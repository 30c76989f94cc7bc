"""Rasa's view of follow-ups: "and 1002?" keeps the question before; what may be several things is noted."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Set, Text, Tuple

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.continuations import ContinuationFinder
from components.conversation import earlier_questions
from components.graph import Trained
from components.intent_head import ALSO, ASKED, UNKNOWN
from components.phrases import words_of
from components.questions import further_question
from components.reference_resolver import (
    expression_of,
    kinds_in_form,
    last_kind,
    put,
    referables_from,
    slot_value,
    was_resolved,
)
from components.references import OTHER, VAGUE, Expression, ExpressionFinder, candidates
from components.salience import Thing, things_named
from components.segments import QuestionSplitter
from components.spans import placed

# Keys of a message: what it points at where that is not certain, and which question it goes on with.
REFERENCE, FOLLOW_UP = "reference", "follow_up"
KINDS_FILE = "kinds.json"
# An intent is about a kind of thing if so many of its examples name one.
ENOUGH_EXAMPLES = 2
# Which question a continuation belongs to is as certain as that it is one (0–1).
CONFIDENCE = 0.95
MOST_CANDIDATES = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FollowUpResolver(Trained):
    """Lets a message go on with the question before it, and notes what cannot be resolved without asking.

    Example (config.yml):
        - name: components.follow_ups.FollowUpResolver
          things: {order_number: {nouns: [order, parcel]}}
          asked_first: [cancel_order]
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`things`, `languages`: as of the `ReferenceResolver`.

        `asked_first`: intents that change something, so that even "it" is asked about when it may mean two
        things. `ignored_intents`: small talk, which no question goes on with. `value_intent`: given to a
        message that corrects a form ("no, the other one"). `second_question`: from this confidence
        (0–1) on, what follows after "and 1002?" is answered, too.
        """
        return {
            "things": {},
            "languages": ["en"],
            "asked_first": [],
            "ignored_intents": [],
            "stop_intent": "stop",
            "value_intent": "inform",
            "second_question": 0.6,
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        kinds_of: Optional[Mapping[Text, FrozenSet[Text]]] = None,
    ) -> None:
        self.config = config
        words = words_of(config["languages"])
        self.finder = ExpressionFinder(words, referables_from(config["things"]))
        self.continuations = ContinuationFinder(words)
        self.splitter = QuestionSplitter(words, sorted(config["things"]))
        self.kinds_of = dict(kinds_of or {})
        self._model_storage = model_storage
        self._resource = resource

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from the examples which intents are about which kinds of things."""
        named: Counter = Counter()
        for example in training_data.intent_examples:
            named.update({(example.get(INTENT), one["entity"]) for one in example.get(ENTITIES) or []})
        kinds: Dict[Text, Set[Text]] = {}
        for (intent, kind), count in named.items():
            if intent and count >= ENOUGH_EXAMPLES:
                kinds.setdefault(intent, set()).add(kind)
        self.kinds_of = {intent: frozenset(found) for intent, found in kinds.items()}
        with self._model_storage.write_to(self._resource) as folder:
            listed = {intent: sorted(found) for intent, found in sorted(kinds.items())}
            (folder / KINDS_FILE).write_text(json.dumps(listed), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FollowUpResolver:
        """Loads what was learned (see parent class); without it, only nouns say what a thing is."""
        try:
            with model_storage.read_from(resource) as folder:
                listed = json.loads((folder / KINDS_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            listed = {}
        kinds_of = {intent: frozenset(kinds) for intent, kinds in listed.items()}
        return cls(config, model_storage, resource, kinds_of)

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Looks at each message; Rasa passes the tracker as it was before it."""
        for message in messages:
            if tracker is None or not message.get(TEXT) or not message.get(INTENT):
                continue
            if tracker.active_loop_name:
                self._in_form(message, tracker)
            else:
                self._refer(message, tracker)
                self._continue(message, tracker)
        return messages

    def _in_form(self, message: Message, tracker: DialogueStateTracker) -> None:
        """ "No, the other one" is a value for the form, not a no; "it" may be what the form asks for."""
        expression = expression_of(message, self.finder)
        if was_resolved(message):
            self._prefer(message, self.config["value_intent"])
        elif expression is not None and expression.how in VAGUE and not expression.negated:
            kinds = kinds_in_form(expression, set(expression.kinds or self.finder.referables), tracker)
            found = candidates(expression, things_named(tracker, kinds), kinds) if kinds else []
            if len(found) == 1:
                put(message, expression, found[0])
                self._prefer(message, self.config["value_intent"])

    def _refer(self, message: Message, tracker: DialogueStateTracker) -> None:
        """Resolves "it" by what the intent is about; notes what may be several things."""
        expression = None if was_resolved(message) else expression_of(message, self.finder)
        if expression is None:
            return
        intent = message.get(INTENT).get(INTENT_NAME_KEY)
        kinds = self._kinds(expression, intent, tracker)
        kinds -= {one["entity"] for one in message.get(ENTITIES) or []}
        found = candidates(expression, things_named(tracker, kinds), kinds)
        vague = expression.how in VAGUE and not expression.negated
        if len(found) == 1:
            # "It" that the slot holds already needs no entity.
            if found[0].value != slot_value(found[0].kind, tracker):
                put(message, expression, found[0])
        elif kinds and self._worth_asking(expression, found, intent, vague):
            asked = {"entity": found[0].kind if found else sorted(kinds)[0], "intent": intent}
            words = message.get(TEXT)[expression.start : expression.end]
            values = [one.value for one in found[:MOST_CANDIDATES]]
            message.set(REFERENCE, {**asked, "text": words, "candidates": values}, add_to_output=True)

    def _kinds(
        self, expression: Expression, intent: Optional[Text], tracker: DialogueStateTracker
    ) -> Set[Text]:
        if expression.kinds:
            return set(expression.kinds)
        about = set(self.finder.referables) & self.kinds_of.get(intent or "", frozenset())
        return about or last_kind(things_named(tracker, set(self.finder.referables)))

    def _worth_asking(
        self, expression: Expression, found: Sequence[Thing], intent: Optional[Text], vague: bool
    ) -> bool:
        """Several things fit; or none does, though something else is clearly meant and would be changed."""
        if found:
            return not vague or intent in self.config["asked_first"]
        return expression.how == OTHER and intent in self.config["asked_first"]

    def _continue(self, message: Message, tracker: DialogueStateTracker) -> None:
        """ "And 1002?" asks of 1002 what was asked before; what comes after it is a question of its own."""
        text, entities = message.get(TEXT), message.get(ENTITIES) or []
        places = self._continuation(text, entities)
        if places is None:
            return
        end, rest = places
        ignored = [*self.config["ignored_intents"], self.config["value_intent"], None]
        earlier = earlier_questions(tracker, ignored, self.config["stop_intent"], 1)
        if not earlier:
            return
        kinds = {str(one["entity"]) for one in entities if "start" in one and one["start"] < end}
        before = earlier[-1]
        about = {*self.kinds_of.get(before.intent or "", ()), *(name for name, _ in before.entities)}
        if not before.intent or not kinds & about:
            return
        intent = message.get(INTENT)
        if rest < len(text) and intent[INTENT_NAME_KEY] not in ignored:
            if intent[PREDICTED_CONFIDENCE_KEY] < self.config["second_question"]:
                return  # what else is wanted is not clear: that is asked about first
            self._ask_second(message, end, rest, kinds)
        message.set(FOLLOW_UP, {"intent": before.intent, "text": before.text}, add_to_output=True)
        self._prefer(message, before.intent)

    def _continuation(self, text: Text, entities: List[Dict[Text, Any]]) -> Optional[Tuple[int, int]]:
        """Where what goes on with the question before ends, and where the rest of a message begins.

        None if nothing goes on with it.
        """
        if self.continuations.continues(text, entities):
            return len(text), len(text)
        parts = self.splitter.parts(text, entities)
        if not parts:
            return None
        end = parts[0].end
        own = [one for one in placed(entities) if one["end"] <= end]
        return (end, parts[1].start) if self.continuations.continues(text[:end], own) else None

    def _ask_second(self, message: Message, end: int, rest: int, kinds: Set[Text]) -> None:
        """The question that was found in the rest of a message comes after the one at its beginning."""
        text, entities, intent = message.get(TEXT), message.get(ENTITIES) or [], message.get(INTENT)
        later = [one for one in entities if "start" in one and one["start"] >= end]
        second = further_question(
            message.get(ASKED) or text[rest:],
            intent[INTENT_NAME_KEY],
            intent[PREDICTED_CONFIDENCE_KEY],
            {str(one["entity"]): str(one["value"]) for one in later},
            intent[INTENT_NAME_KEY] not in self.config["asked_first"],
        )
        others = [{**one, "at_once": False} for one in message.get(ALSO) or []]
        message.set(ASKED, text[:end], add_to_output=True)
        message.set(ALSO, [second, *others], add_to_output=True)
        # A number of its own, too, would be taken for the first question's.
        kept = [one for one in entities if one not in later or str(one["entity"]) not in kinds]
        message.set(ENTITIES, kept, add_to_output=True)

    def _prefer(self, message: Message, intent: Text) -> None:
        """Puts an intent first in the ranking."""
        ranking = message.get("intent_ranking") or []
        first = {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: CONFIDENCE}
        rest = [
            {**one, PREDICTED_CONFIDENCE_KEY: one[PREDICTED_CONFIDENCE_KEY] * (1 - CONFIDENCE)}
            for one in ranking
            if one[INTENT_NAME_KEY] != intent
        ]
        message.set(UNKNOWN, {"probability": 0.0, "is_unknown": False}, add_to_output=True)
        message.set(INTENT, dict(first), add_to_output=True)
        message.set("intent_ranking", [first, *rest], add_to_output=True)
