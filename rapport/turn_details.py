"""What the assistant thought about a message, read from the events of its tracker."""

from __future__ import annotations

from typing import Any

# Actions that every turn has; they say nothing.
SILENT = ("action_listen", "action_session_start")


def last_turn(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events from the customer's last message on; none if there is no message.

    A further question of the same message, which an action takes up, is no message of its own.
    """
    for position in range(len(events) - 1, -1, -1):
        continued = (events[position].get("metadata") or {}).get("continued")
        if events[position].get("event") == "user" and not continued:
            return events[position:]
    return []


def details(events: list[dict[str, Any]]) -> list[str]:
    """Lines about the last turn: understanding, route, repetition, entities, actions, answers.

    Args:
        events: a tracker's events, as Rasa's HTTP API gives them.
    """
    turn = last_turn(events)
    if not turn:
        return []
    parsed = turn[0].get("parse_data") or {}
    lines = [_understanding(parsed), _repeat(parsed.get("repeat")), _also(parsed.get("also"))]
    lines += [_entities(parsed.get("entities") or []), _actions(turn), _form(turn), *_answered(turn)]
    return [line for line in lines if line]


def _understanding(parsed: dict[str, Any]) -> str:
    intent = parsed.get("intent") or {}
    route = parsed.get("route") or {}
    top = route.get("intent") or intent.get("name") or "nothing"
    confidence = route.get("confidence", intent.get("confidence")) or 0.0
    routed = f" → {intent.get('name')}" if intent.get("name") not in (None, top) else ""
    why = f": {route['why']}" if route.get("why") else ""
    band = f"   route {route['band']}{why}" if route.get("band") else ""
    return f"intent {top} {confidence:.2f}{routed}{band}"


def _repeat(repeat: dict[str, Any] | None) -> str:
    if not repeat:
        return ""
    return f"repeated question, time {repeat.get('tier')} (similarity {repeat.get('similarity') or 0:.2f})"


def _also(also: list[dict[str, Any]] | None) -> str:
    named = [f"{one.get('intent')} {one.get('confidence') or 0:.2f}" for one in also or []]
    return f"also asks {', '.join(named)}" if named else ""


def _entities(entities: list[dict[str, Any]]) -> str:
    found = [f"{item.get('entity')}={item.get('value')}" for item in entities]
    return f"entities {', '.join(found)}" if found else ""


def _actions(turn: list[dict[str, Any]]) -> str:
    names = [event.get("name") for event in turn if event.get("event") == "action"]
    shown = [str(name) for name in names if name and name not in SILENT]
    return f"actions {', '.join(shown)}" if shown else ""


def _form(turn: list[dict[str, Any]]) -> str:
    asked = [
        event.get("value")
        for event in turn
        if event.get("event") == "slot" and event.get("name") == "requested_slot"
    ]
    return f"asks for {asked[-1]}" if asked and asked[-1] else ""


def _answered(turn: list[dict[str, Any]]) -> list[str]:
    """Who wrote the answers, asked by which prompt, how sure, and from what: the two best passages."""
    metadata = [event.get("metadata") or {} for event in turn if event.get("event") == "bot"]
    return [_made(one["answered"]) for one in metadata if isinstance(one.get("answered"), dict)]


def _made(answered: dict[str, Any]) -> str:
    prompt = f" asked by {answered['prompt']}" if answered.get("prompt") else ""
    passages = [
        f"{one.get('document')}#{one.get('anchor')} {one.get('score') or 0:.2f}"
        for one in (answered.get("passages") or [])[:2]
    ]
    sure = f"confidence {answered.get('confidence') or 0:.2f}"
    return f"answer by {answered.get('generator')}{prompt}, {sure}, from {', '.join(passages)}"
