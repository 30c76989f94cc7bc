"""A conversation's events as the steps of a Rasa test story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learning.reading import NOT_WRITTEN

Step = dict[str, Any]
_QUIET = ("action_listen", "action_session_start", None)
_REQUESTED = "requested_slot"
_ACTIONS = ("action_", "utter_")


@dataclass(frozen=True)
class Expected:
    """What should happen in the last turn: an intent, an action or a response; nothing if nobody knows."""

    intent: str = ""
    action: str = ""

    @classmethod
    def of(cls, name: str) -> Expected:
        """Of an intent's, action's or response's name."""
        is_action = name.startswith(_ACTIONS) or name.endswith("_form")
        return cls(action=name) if is_action else cls(intent=name)

    def __bool__(self) -> bool:
        return bool(self.intent or self.action)


def steps_of(events: Iterable[Mapping[str, Any]], expected: Expected) -> tuple[list[Step], list[Step]]:
    """The steps of a conversation, the last turn as it should be.

    Args:
        events: as the tracker store has them; the last turn is the one that went wrong.
        expected: what should happen in it. Of an expected intent, what follows from it is left to the rules.

    Returns:
        All steps; and those of the last turn as they are now.
    """
    steps: list[Step] = []
    last = 0
    for event in events:
        if event.get("event") == "user" and not _unwritten(event):
            last = len(steps)
        # A form clears what it has asked for twice.
        steps += [step for step in _steps(event) if steps[-1:] != [step] or "slot_was_set" not in step]
    now = steps[last:]
    if expected.intent:
        return [*steps[:last], {**now[0], "intent": expected.intent}], now
    if expected.action:
        return [*steps[:last], now[0], {"action": expected.action}], now
    return steps, now


def _unwritten(event: Mapping[str, Any]) -> bool:
    return any(name in (event.get("metadata") or {}) for name in NOT_WRITTEN)


def _steps(event: Mapping[str, Any]) -> list[Step]:
    kind, name = event.get("event"), event.get("name")
    if kind == "user" and not _unwritten(event):
        return [_said(event)]
    if kind == "action" and name not in _QUIET:
        return [{"action": name}]
    if kind == "active_loop":
        return [{"active_loop": name}]
    if kind == "slot" and name == _REQUESTED:
        return [{"slot_was_set": [{_REQUESTED: event.get("value")}]}]
    return []


def _said(event: Mapping[str, Any]) -> Step:
    """A message; a button is an intent without words."""
    parsed = event.get("parse_data") or {}
    intent = (parsed.get("intent") or {}).get("name")
    text, entities = str(event.get("text") or ""), parsed.get("entities") or []
    if text.startswith("/"):
        values = [{one["entity"]: one["value"]} for one in entities]
        return {"intent": intent, **({"entities": values} if values else {})}
    return {"user": with_entities(text, entities), "intent": intent}


def with_entities(text: str, entities: Sequence[Mapping[str, Any]]) -> str:
    """A text with its entities as Rasa's training data marks them.

    Args:
        text: what the customer wrote.
        entities: those without a place in the text were carried over, and are left out.
    """
    placed = sorted((one for one in entities if "start" in one), key=lambda one: -int(one["start"]))
    for one in placed:
        start, end = int(one["start"]), int(one["end"])
        told = {name: one[name] for name in ("entity", "role", "group", "value") if one.get(name)}
        text = f"{text[:start]}[{text[start:end]}]{json.dumps(told, ensure_ascii=False)}{text[end:]}"
    return text
