"""Keeps what customers wrote out of the log of the Rasa process.

Rasa logs texts when a message fails, and its JSON tracebacks hold the local variables of every frame. Both
go through structlog, which Rasa configures when it starts; so its configuration is changed on the way in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

# Rasa's own list of what an anonymiser should change (rasa/utils/log_utils.py), then trackers and bodies.
PERSONAL = frozenset(
    [
        "text",
        "response_text",
        "user_text",
        "slot_values",
        "parse_data_text",
        "parse_data_entities",
        "prediction_events",
        "tracker_latest_message",
        "prefilled_slots",
        "message",
        "response",
        "slot_candidates",
        "rasa_event",
        "rasa_events",
        "tracker_states",
        "current_states",
        "old_states",
        "successes",
        "current_entity",
        "next_entity",
        "states",
        "entity",
        "token_text",
        "user_message",
        "json_message",
        "tracker",
        "events",
        "slots",
        "payload",
        "body",
    ]
)
HIDDEN = "(hidden)"
# SQLAlchemy's errors end with the values that were written.
SQL_VALUES = re.compile(r"\[parameters: .*?\]\s*(?=\(Background|$)", re.DOTALL)

Event = MutableMapping[str, Any]


def hide_personal(_: Any, level: str, event: Event) -> Event:
    """A structlog processor: hides personal values above debug level."""
    if level == "debug":
        return event
    return {key: HIDDEN if key in PERSONAL and value else value for key, value in event.items()}


def hide_sql_values(_: Any, __: str, event: Event) -> Event:
    """A structlog processor, after tracebacks were rendered: hides what an SQL error quotes."""
    if event.get("exception"):
        event["exception"] = _without_sql_values(event["exception"])
    return event


def _without_sql_values(value: Any) -> Any:
    if isinstance(value, str):
        return SQL_VALUES.sub("[parameters hidden]", value)
    if isinstance(value, list):
        return [_without_sql_values(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_sql_values(item) for key, item in value.items()}
    return value


def masked(processors: list[Any]) -> list[Any]:
    """The processors with ours around them and without local variables in tracebacks."""
    plain = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    kept = [plain if item is structlog.processors.dict_tracebacks else item for item in processors]
    return [hide_personal, *kept[:-1], hide_sql_values, *kept[-1:]]


def mask_logs() -> None:
    """From now on, whatever configures structlog in this process gets our processors too."""
    configure: Callable[..., None] = structlog.configure

    def configure_masked(processors: list[Any] | None = None, **options: Any) -> None:
        configure(processors=masked(list(processors)) if processors else None, **options)

    setattr(structlog, "configure", configure_masked)  # noqa: B010
