"""Where the engine is mended: each function mends one thing that Rasa 3.6 does badly, and says what was found.

Applied once, when `components` is imported; Rasa imports it for `config.yml` and `endpoints.yml`, so `rasa run`,
`rasa test` and `rapport` all get the same engine.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable, Dict, List, Optional, Text

import pluggy
import structlog
from jsonschema.exceptions import ValidationError
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction, create_bot_utterance
from rasa.plugin import plugin_manager
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, FollowupAction, SessionStarted, SlotSet
from rasa.shared.exceptions import RasaException

logger = structlog.get_logger(__name__)

ACTION_FAILED_RESPONSE = "utter_action_failed"
VALIDATION_PREFIX = "validate_"
HIDDEN = "[hidden]"


def apply_mends() -> None:
    """Applies every mend; a second call changes nothing."""
    if getattr(RemoteAction, "mended_by_rapport", False):
        return
    RemoteAction.mended_by_rapport = True
    RemoteAction._validate_action_result = _validate_action_result
    RemoteAction.run = _answer_when_an_action_fails(RemoteAction.run)
    plugin_manager().register(sys.modules[__name__], name="rapport")


@functools.lru_cache(maxsize=1)
def _answer_validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def _validate_action_result(self: RemoteAction, result: Dict[Text, Any]) -> bool:
    """Found: a validator was built, and its schema checked, for every action (~30 ms each). Mend: one, built once."""
    error = next(_answer_validator().iter_errors(result), None)
    if error is None:
        return True
    raise ValidationError(f"The action server's answer to {self.name()!r} is malformed: {error.message}")


def _answer_when_an_action_fails(run: Callable[..., Any]) -> Callable[..., Any]:
    """Found: when the action server is down or an action fails, the customer gets silence. Mend: `utter_action_failed`."""

    @functools.wraps(run)
    async def run_or_apologise(
        self: RemoteAction, output_channel: Any, nlg: Any, tracker: Any, domain: Any
    ) -> List[Event]:
        try:
            events: List[Event] = await run(self, output_channel, nlg, tracker, domain)
            return events
        except ActionExecutionRejection:
            raise
        except (
            Exception
        ) as error:  # the edge of another process: whatever it did, the customer gets an answer
            logger.error(
                "action.failed", action=self.name(), error=type(error).__name__, detail=_reason(error)
            )
            if self.name() == ACTION_SESSION_START_NAME:
                return [SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]
            draft = await nlg.generate(ACTION_FAILED_RESPONSE, tracker, output_channel.name())
            apology: List[Event] = [create_bot_utterance(draft)] if draft else []
            return apology + _leave_form(self.name())

    return run_or_apologise


def _leave_form(action: Text) -> List[Event]:
    """A form whose answers could not be checked must not go on as if they had been."""
    if not action.startswith(VALIDATION_PREFIX):
        return []
    return [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None), FollowupAction(ACTION_LISTEN_NAME)]


def _reason(error: Exception) -> Text:
    """Rasa's own exceptions name the action and the address, never the message; others might."""
    return str(error) if isinstance(error, (RasaException, ValidationError)) else ""


class _HideCustomerText:
    """Found: errors and debug lines print what the customer wrote. Mend: Rasa's own hook for it, which hides all of it."""

    def log_run(self, value: Any) -> Text:
        return HIDDEN

    def run(self, event: Dict[Text, Any]) -> None:
        """Events are masked where they are written, see `components.tracker_store`."""


_hide_customer_text = _HideCustomerText()
hookimpl = pluggy.HookimplMarker("rasa")


@hookimpl
def get_anonymization_pipeline() -> Optional[_HideCustomerText]:
    """Rasa asks plugins for this before it logs anything."""
    return _hide_customer_text
