"""Keeps customers' data out of the tracebacks in the log of the Rasa process.

Rasa's JSON tracebacks hold the local variables of every frame, messages and trackers among them, and
SQLAlchemy's errors end with the values that were written. Both go through structlog, which Rasa configures
when it starts; so its configuration is changed on the way in. (`components.mends` hides texts in log lines.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from structlog.processors import ExceptionRenderer, dict_tracebacks
from structlog.tracebacks import ExceptionDictTransformer

SQL_VALUES = re.compile(r"\[parameters: .*?\]\s*(?=\(Background|$)", re.DOTALL)

Event = MutableMapping[str, Any]


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


def discreet(processors: list[Any]) -> list[Any]:
    """The processors, without local variables and SQL values in tracebacks."""
    plain = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    kept = [plain if item is dict_tracebacks else item for item in processors]
    return [*kept[:-1], hide_sql_values, *kept[-1:]]


def keep_tracebacks_discreet() -> None:
    """From now on, whatever configures structlog in this process gets discreet tracebacks."""
    configure: Callable[..., None] = structlog.configure

    def configure_discreetly(processors: list[Any] | None = None, **options: Any) -> None:
        configure(processors=discreet(list(processors)) if processors else None, **options)

    setattr(structlog, "configure", configure_discreetly)  # noqa: B010
