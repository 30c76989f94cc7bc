"""Reads turns out of a conversation's tracker events, as JSON in the tracker store has them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from learning.turn import Turn

# An event's id in the store, and the event.
Numbered = tuple[int, Mapping[str, Any]]
LANGUAGE, HANDED_OVER, REQUESTED, FEEDBACK = "language", "handed_over", "requested_slot", "feedback"
# Customer events that nobody wrote.
NOT_WRITTEN = ("is_external", "continued")
_QUIET = ("action_listen", "action_session_start")
_RANKED = 5


@dataclass
class State:
    """What a conversation carries from turn to turn; kept between harvests."""

    number: int = 0
    language: str = ""
    form: str = ""
    requested_slot: str = ""
    time: float = 0.0
    # None: nobody was asked.
    consent: bool | None = None


@dataclass
class _Open:
    """A turn that is being read: what its first event tells, and what came of it since."""

    turn: Turn
    actions: list[tuple[str, float]] = field(default_factory=list)
    policies: dict[str, None] = field(default_factory=dict)
    responses: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    others: dict[str, Any] = field(default_factory=dict)


def read_turns(
    events: Iterable[Numbered], conversation: str, state: State, consent_slot: str = ""
) -> tuple[list[Turn], State, dict[str, str]]:
    """Turns of a stretch of a conversation that begins with a customer's message, or at its start.

    Args:
        events: in order.
        conversation: its pseudonym.
        state: as it was before them; it is not changed.
        consent_slot: slot that says whether the customer lets us learn from the conversation.

    Returns:
        The turns; the state before the last of them, from which a later stretch goes on (that turn may not
        have ended); feedback by message id, for turns of this stretch or before.
    """
    now, before = replace(state), replace(state)
    turns: list[Turn] = []
    feedback: dict[str, str] = {}
    open_turn: _Open | None = None
    for number, event in events:
        kind, metadata = event.get("event"), event.get("metadata") or {}
        if kind == "user" and not any(name in metadata for name in NOT_WRITTEN):
            if open_turn:
                turns.append(_closed(open_turn, now))
            before = replace(now)
            now.number += 1
            open_turn = _Open(_begun(number, event, conversation, now))
        elif open_turn:
            _add(open_turn, number, event, now.time)
        _remember(now, event, consent_slot)
        if kind == "slot" and event.get("name") == FEEDBACK and isinstance(event.get("value"), dict):
            given = event["value"]
            # A bot message's id is its turn's message id, a dot and its place in the turn.
            feedback[str(given.get("message_id", "")).rpartition(".")[0]] = str(given.get("value", ""))
        now.time = float(event.get("timestamp") or now.time)
    if open_turn:
        turns.append(_closed(open_turn, now))
    before.consent = now.consent
    return turns, before, feedback


def _remember(state: State, event: Mapping[str, Any], consent_slot: str) -> None:
    kind, name = event.get("event"), event.get("name")
    if kind == "active_loop":
        state.form = str(name or "")
    elif kind == "slot" and name == REQUESTED:
        state.requested_slot = str(event.get("value") or "")
    elif kind == "slot" and name == LANGUAGE and event.get("value"):
        state.language = str(event["value"])
    elif kind == "slot" and consent_slot and name == consent_slot and event.get("value") is not None:
        state.consent = bool(event["value"])


def _begun(number: int, event: Mapping[str, Any], conversation: str, state: State) -> Turn:
    parsed = event.get("parse_data") or {}
    metadata = event.get("metadata") or {}
    route, repeat = parsed.get("route") or {}, parsed.get("repeat") or {}
    intent = parsed.get("intent") or {}
    sentiment = parsed.get("sentiment") or {}
    return Turn(
        id=hashlib.sha256(f"{conversation}\0{number}".encode()).hexdigest()[:24],
        conversation=conversation,
        number=state.number,
        at=float(event.get("timestamp") or 0.0),
        channel=str(event.get("input_channel") or ""),
        message_id=str(event.get("message_id") or ""),
        text=str(event.get("text") or ""),
        asked=tuple(str(one.get("text") or one.get("intent") or "") for one in parsed.get("also") or ()),
        language=str(parsed.get("language") or state.language),
        sentiment=str(sentiment.get("label") or ""),
        sentiment_score=float(sentiment.get("score") or 0.0),
        mood=float((parsed.get("mood") or {}).get("value") or 0.0),
        personal=_kinds(parsed.get("pii") or ()),
        intent=str(route.get("intent") or intent.get("name") or ""),
        confidence=float(route.get("confidence") or intent.get("confidence") or 0.0),
        ranking=tuple(
            (str(one.get("name")), round(float(one.get("confidence") or 0.0), 4))
            for one in (parsed.get("intent_ranking") or ())[:_RANKED]
        ),
        unknown=float((parsed.get("unknown") or {}).get("probability") or 0.0),
        entities=tuple(
            (str(one.get("entity")), str(one.get("value")))
            for one in parsed.get("entities") or ()
            if one.get("entity") != LANGUAGE
        ),
        band=str(route.get("band") or ""),
        why=str(route.get("why") or ""),
        routed=str(intent.get("name") or ""),
        repeat_tier=int(repeat.get("tier") or 0),
        repeat_similarity=float(repeat.get("similarity") or 0.0),
        form=state.form,
        requested_slot=state.requested_slot,
        model=str(metadata.get("model_id") or ""),
        assistant=str(metadata.get("assistant_id") or ""),
        first_event=number,
        last_event=number,
    )  # fmt: skip


def _kinds(found: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Kinds of personal data."""
    return tuple(sorted({str(one.get("kind") or one.get("entity")) for one in found}))


def _add(reading: _Open, number: int, event: Mapping[str, Any], since: float) -> None:
    """Takes one event into the turn that is being read; `since`: when the one before it happened."""
    kind, name = event.get("event"), str(event.get("name") or "")
    reading.others["last_event"] = number
    if kind == "action" and name not in _QUIET:
        took = max(0.0, float(event.get("timestamp") or 0.0) - since)
        reading.actions.append((name, round(took, 4)))
        if event.get("policy"):
            reading.policies[str(event["policy"])] = None
    elif kind == "bot":
        _add_said(reading, event)
    elif kind == "slot" and name == HANDED_OVER and event.get("value"):
        reading.others["handed_over"] = True


def _add_said(reading: _Open, event: Mapping[str, Any]) -> None:
    metadata, text = event.get("metadata") or {}, str(event.get("text") or "")
    if text:
        reading.said.append(text)
    if metadata.get("utter_action"):
        reading.responses.append(str(metadata["utter_action"]))
    reading.citations += map(_section, metadata.get("citations") or ())
    took = float(event.get("timestamp") or 0.0) - reading.turn.at
    reading.others["seconds"] = round(max(0.0, took), 3)
    if metadata.get("answered"):
        reading.others |= _answer(metadata["answered"])
    if metadata.get("author") == "colleague":
        reading.others["by_person"] = True
        if metadata.get("corrects"):
            reading.others["correction"] = text
    if metadata.get("permission_denied"):
        reading.others["denied"] = True


def _answer(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer from knowledge tells of itself."""
    return {
        "passages": tuple(told.get("passages") or ()),
        "generator": str(told.get("generator") or ""),
        "prompt": str(told.get("prompt") or ""),
        "answer_confidence": told.get("confidence"),
    }


def _section(citation: Mapping[str, Any]) -> str:
    link = str(citation.get("link") or citation.get("url") or "")
    return str(citation.get("key") or link or citation.get("title") or "")


def _closed(reading: _Open, state: State) -> Turn:
    return replace(
        reading.turn,
        actions=tuple(reading.actions),
        policies=tuple(reading.policies),
        responses=tuple(reading.responses),
        reply="\n".join(reading.said),
        citations=tuple(reading.citations),
        form_after=state.form,
        **reading.others,
    )
