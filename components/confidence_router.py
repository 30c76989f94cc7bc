"""Rasa's view of the confidence router: decides what happens with a message, and says why."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    INTENT_NAME_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from components.conversation import offered_readings
from components.follow_ups import REFERENCE
from components.graph import Configured
from components.intent_head import UNKNOWN
from components.language import FOREIGN_LANGUAGE, language_entity
from components.phrases import phrase_pattern, words_of
from components.repeated_questions import REPEAT
from components.routing import Bands, Route, Rules, Situation, drawn_together, route

ROUTE = "route"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ConfidenceRouter(Configured):
    """Replaces the intent of a message that should not simply be acted on; the ranking stays as it was.

    Example (config.yml):
        - name: components.confidence_router.ConfidenceRouter
          confirm: 0.4
          do: 0.7
          intents:
            greet: {do: 0.4}
            cancel_order: {confirm: 0.5, do: 0.85}
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Bands 0–1 for all and for single intents; `never_offered` are no readings to ask about.

        `fitted` are bands that `rapport thresholds fit` wrote; those in `intents` win over them.

        `unknown_share` (0–1) is the share of messages that belong to no intent: the more, the less is trusted
        to a ranking of what is unlike all examples.
        A message of one word without an entity is only acted on from `one_word` (0–1), unless its intent has
        bands of its own. Nor is one of hesitation alone ("hmm"), in any of the `languages`
        (components/phrases/).
        `told_slots` are slots that a form fills with whatever the customer says, as the description of a
        problem: while one is asked for, only a question interrupts, small talk (`never_offered`) or the
        `person_intent`.
        """
        return {
            "confirm": 0.4,
            "do": 0.7,
            "intents": {},
            "fitted": {},
            "never_offered": [],
            "yes_intent": "affirm",
            "no_intent": "deny",
            "person_intent": "request_person",
            "told_slots": [],
            "one_word": 0.0,
            "unknown_share": 0.1,
            "languages": ["en"],
        }

    def __init__(self, config: Dict[Text, Any]) -> None:
        self.rules = rules_from(config)
        self.told_slots = frozenset(config["told_slots"])
        self._asks = phrase_pattern(words_of(config["languages"]).get("asks", []), before=r"^\W*")

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Routes each message; Rasa passes the tracker as it was before the message."""
        form = tracker.active_loop_name if tracker is not None else None
        asked_for = tracker.get_slot(REQUESTED_SLOT) if form and tracker is not None else None
        for message in messages:
            text = message.get(TEXT) or ""
            situation = Situation(
                in_form=form is not None,
                takes_any_words=asked_for in self.told_slots,
                asks=text.rstrip().endswith("?") or bool(self._asks.search(text)),
                readings=offered_readings(tracker),
                repeat_tier=int((message.get(REPEAT) or {}).get("tier", 1)),
                names_something=bool(message.get(ENTITIES)),
                unknown=float((message.get(UNKNOWN) or {}).get("probability", 0.0)),
                unclear_reference=bool(message.get(REFERENCE)),
                foreign_language=message.get(FOREIGN_LANGUAGE),
            )
            ranking = message.get("intent_ranking") or []
            self._apply(message, ranking, route(text, ranking, situation, self.rules))
            changed = language_entity(message, tracker)
            if changed:
                own = message.get(ENTITIES) or []
                message.set(ENTITIES, [*own, *changed], add_to_output=True)
        return messages

    def _apply(self, message: Message, ranking: List[Dict[Text, Any]], decided: Route) -> None:
        top = dict(ranking[0]) if ranking else {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
        trace = {"band": decided.band, "intent": top[INTENT_NAME_KEY], "why": decided.why}
        message.set(ROUTE, {**trace, "confidence": top[PREDICTED_CONFIDENCE_KEY]}, add_to_output=True)
        if decided.intent != top[INTENT_NAME_KEY]:
            sure = decided.band in ("resolved", "repeat")
            confidence = 1.0 if sure else top[PREDICTED_CONFIDENCE_KEY]
            message.set(
                INTENT,
                {INTENT_NAME_KEY: decided.intent, PREDICTED_CONFIDENCE_KEY: confidence},
                add_to_output=True,
            )
        if decided.entities is not None:
            own = message.get(ENTITIES) or []
            message.set(ENTITIES, with_reading(own, decided.entities), add_to_output=True)


def rules_from(config: Dict[Text, Any]) -> Rules:
    """Reads the router's settings.

    Raises:
        InvalidConfigException: a band is not 0 ≤ confirm ≤ do ≤ 1.
    """
    default = _bands("all intents", config, config["confirm"], config["do"])
    each, fitted = (
        {
            name: _bands(name, own or {}, default.confirm, default.do)
            for name, own in (config[key] or {}).items()
        }
        for key in ("intents", "fitted")
    )
    return Rules(
        default,
        each,
        fitted,
        tuple(config["never_offered"]),
        config["yes_intent"],
        config["no_intent"],
        config["person_intent"],
        one_word=float(config["one_word"]),
        unknown_share=float(config["unknown_share"]),
        hesitations=frozenset(map(drawn_together, words_of(config["languages"]).get("hesitates", []))),
    )


def _bands(where: Text, own: Dict[Text, Any], confirm: float, do: float) -> Bands:
    do = float(own.get("do", do))
    bands = Bands(float(own.get("confirm", min(confirm, do))), do)
    if not 0 <= bands.confirm <= bands.do <= 1:
        raise InvalidConfigException(
            f"ConfidenceRouter, bands of {where}: confirm is {bands.confirm}, do is {bands.do}; "
            "they must be 0 ≤ confirm ≤ do ≤ 1. Correct them in config.yml."
        )
    return bands


def with_reading(own: List[Dict[Text, Any]], reading: Dict[Text, Any]) -> List[Dict[Text, Any]]:
    """A message's own entities ("yes, it's 1001"), and the chosen reading's, but for what it names anew."""
    named = {entity[ENTITY_ATTRIBUTE_TYPE] for entity in own}
    return [*own, *(_entity(name, value) for name, value in reading.items() if name not in named)]


def _entity(name: Text, value: Any) -> Dict[Text, Any]:
    return {ENTITY_ATTRIBUTE_TYPE: name, ENTITY_ATTRIBUTE_VALUE: value, "extractor": "ConfidenceRouter"}
