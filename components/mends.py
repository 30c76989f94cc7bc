"""Where the engine is mended: each function mends one thing that Rasa 3.6 does badly, and says what was
found.

Applied once, when `components` is imported; Rasa imports it for `config.yml` and `endpoints.yml`, so `rasa
run`, `rasa test` and `rapport` all get the same engine.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Optional, Text

import rasa.core.actions.action
import structlog
from jsonschema.exceptions import ValidationError
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction, create_bot_utterance
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    FollowupAction,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils import log_utils

from components.kept_domain import keep_domains
from components.known_extractors import count_other_extractors
from components.rule_index import indexed_keys
from components.trained_taggers import keep_trained_taggers

logger = structlog.get_logger(__name__)

ACTION_FAILED_RESPONSE = "utter_action_failed"
# Rasa waits five minutes for an action; nobody does before a chat window.
ACTION_TIMEOUT_SECONDS = 60
VALIDATION_PREFIX = "validate_"
HIDDEN = "[hidden]"
# The keys that Rasa's own log processor would anonymise (rasa/utils/log_utils.py).
CUSTOMER_TEXT_KEYS = frozenset(
    {
        *("text", "response_text", "user_text", "slot_values", "parse_data_text", "parse_data_entities"),
        *("prediction_events", "tracker_latest_message", "prefilled_slots", "message", "response"),
        *("slot_candidates", "rasa_event", "rasa_events", "tracker_states", "current_states", "old_states"),
        *("successes", "current_entity", "next_entity", "states", "entity", "token_text", "user_message"),
        "json_message",
    }
)


def apply_mends() -> None:
    """Applies every mend; a second call changes nothing."""
    if getattr(RemoteAction, "mended_by_rapport", False):
        return
    RemoteAction.mended_by_rapport = True
    RemoteAction._validate_action_result = _validate_action_result
    RemoteAction.run = _answer_when_an_action_fails(RemoteAction.run)
    rasa.core.actions.action.DEFAULT_REQUEST_TIMEOUT = ACTION_TIMEOUT_SECONDS
    RulePolicy._get_possible_keys = indexed_keys(RulePolicy._get_possible_keys)
    keep_trained_taggers()
    keep_domains()
    count_other_extractors()
    _hide_customer_text()


@functools.lru_cache(maxsize=1)
def _answer_validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def _validate_action_result(self: RemoteAction, result: Dict[Text, Any]) -> bool:
    """Found: a validator is built and checked for every action (~30 ms each). Mend: one, built once."""
    error = next(_answer_validator().iter_errors(result), None)
    if error is None:
        return True
    # The error's own words would repeat what the answer says.
    where = f"{error.json_path} breaks {error.validator!r}"
    raise ValidationError(f"The action server's answer to {self.name()!r} is malformed: {where}")


def _answer_when_an_action_fails(run: Callable[..., Any]) -> Callable[..., Any]:
    """Found: when an action fails, the customer gets silence. Mend: `utter_action_failed`."""

    @functools.wraps(run)
    async def run_or_apologise(
        self: RemoteAction, output_channel: Any, nlg: Any, tracker: Any, domain: Any
    ) -> List[Event]:
        try:
            events: List[Event] = await run(self, output_channel, nlg, tracker, domain)
            return events
        except ActionExecutionRejection:
            raise
        except Exception as error:
            # The edge of another process: whatever it did, the customer gets an answer.
            cause = type(error).__name__
            logger.error("action.failed", action=self.name(), error=cause, detail=_reason(error))
            if self.name() == ACTION_SESSION_START_NAME:
                return [SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]
            draft = await nlg.generate(ACTION_FAILED_RESPONSE, tracker, output_channel.name())
            return ([] if _has_apologised(tracker) else _apology(draft)) + _leave_form(self.name())

    return run_or_apologise


def _apology(draft: Optional[Dict[Text, Any]]) -> List[Event]:
    return [create_bot_utterance({**draft, "utter_action": ACTION_FAILED_RESPONSE})] if draft else []


def _has_apologised(tracker: DialogueStateTracker) -> bool:
    """Whether another action of this turn failed before: one apology is enough."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, BotUttered) and event.metadata.get("utter_action") == ACTION_FAILED_RESPONSE:
            return True
    return False


def _leave_form(action: Text) -> List[Event]:
    """A form whose answers could not be checked must not go on as if they had been."""
    if not action.startswith(VALIDATION_PREFIX):
        return []
    return [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None), FollowupAction(ACTION_LISTEN_NAME)]


def _reason(error: Exception) -> Text:
    """Rasa's own exceptions name the action and the address, never the message; others might."""
    return str(error) if isinstance(error, (RasaException, ValidationError)) else ""


def _hide_customer_text() -> None:
    """Found: errors and debug lines print what the customer wrote. Mend: Rasa's own list of such keys, all
    hidden.

    Rasa's hook for this (`get_anonymization_pipeline`) would do, but it also reads the tracker anew on every
    turn.
    """
    original = log_utils._anonymizer
    log_utils._anonymizer = hide_customer_text
    processors = structlog.get_config()["processors"]
    if original in processors:  # Rasa has set its logging up already
        processors[processors.index(original)] = hide_customer_text


def hide_customer_text(_: Any, __: Text, event: Dict[Text, Any]) -> Dict[Text, Any]:
    """A structlog processor: hides the values under which Rasa logs messages, slots and events."""
    for key in CUSTOMER_TEXT_KEYS.intersection(event):
        event[key] = HIDDEN
    return event
