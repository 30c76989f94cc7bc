"""What a conversation has spoken of: orders, products, places; who named them, when, and where in a list."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Collection, Dict, Iterator, List, Mapping, Optional, Sequence, Text, Tuple

from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.conversation import session_events

# What an action shows, it may describe under this key of its message (see actions/wording.py).
THINGS = "things"
CONTINUED = "continued"
# Nobody points back further than this, and each message costs time.
REMEMBERED_EVENTS = 300


@dataclass(frozen=True)
class Thing:
    """Something named in the conversation.

    Attributes:
        kind: the entity, e.g. `order_number`.
        value: in the shop's own form.
        turn: counts the customer's messages; larger is later.
        by_customer: who named it.
        place: its position among things of its kind that were named together, from 0; None if it stood alone.
        attributes: what is known of it, e.g. `{"price": 89.0, "colour": ["blue", "red"]}`.
    """

    kind: Text
    value: Text
    turn: int
    by_customer: bool
    place: Optional[int] = None
    attributes: Mapping[Text, Any] = field(default_factory=dict)


def things_named(tracker: Optional[DialogueStateTracker], kinds: Collection[Text]) -> List[Thing]:
    """All things of some kinds that this session has named, oldest first; one may stand there often."""
    things: List[Thing] = []
    turn = 0
    for event in session_events(tracker)[-REMEMBERED_EVENTS:]:
        if isinstance(event, UserUttered):
            turn += not event.metadata.get(CONTINUED)
            things += _placed(_by_customer(event), turn, True, kinds)
        elif isinstance(event, BotUttered):
            things += _placed(_shown(event), turn, False, kinds)
    return things


def _by_customer(event: Event) -> Iterator[Tuple[Text, Text, Mapping[Text, Any]]]:
    assert isinstance(event, UserUttered)
    for entity in event.entities or []:
        if entity.get("value") is not None:
            yield str(entity["entity"]), str(entity["value"]), {}
    for also in (event.parse_data or {}).get("also") or []:
        for name, value in (also.get("entities") or {}).items():
            yield str(name), str(value), {}


def _shown(event: BotUttered) -> Iterator[Tuple[Text, Text, Mapping[Text, Any]]]:
    """What an action described, else what stands on the buttons."""
    described = event.metadata.get(THINGS)
    if described:
        for one in described:
            yield str(one["entity"]), str(one["value"]), one.get("attributes") or {}
        return
    for button in (event.data or {}).get("buttons") or []:
        for name, value in _payload_entities(str(button.get("payload") or "")).items():
            yield name, str(value), {}


def _payload_entities(payload: Text) -> Dict[Text, Any]:
    _, brace, entities = payload.partition("{")
    if not payload.startswith("/") or not brace:
        return {}
    try:
        named = json.loads(brace + entities)
    except ValueError:
        return {}
    return named if isinstance(named, dict) else {}


def _placed(
    named: Iterator[Tuple[Text, Text, Mapping[Text, Any]]],
    turn: int,
    by_customer: bool,
    kinds: Collection[Text],
) -> List[Thing]:
    described = {(kind, value): attributes for kind, value, attributes in named if kind in kinds}
    values_of: Dict[Text, List[Text]] = {}
    for kind, value in described:
        values_of.setdefault(kind, []).append(value)
    return [
        Thing(kind, value, turn, by_customer, place if len(values) > 1 else None, described[kind, value])
        for kind, values in values_of.items()
        for place, value in enumerate(values)
    ]


def latest_list(things: Sequence[Thing]) -> List[Thing]:
    """The things that were last named together, in their order; none if none ever were."""
    turns = [thing.turn for thing in things if thing.place is not None]
    if not turns:
        return []
    last = [thing for thing in things if thing.place is not None and thing.turn == max(turns)]
    shown = [thing for thing in last if not thing.by_customer] or last
    return [thing for place, thing in sorted({one.place or 0: one for one in shown}.items())]


def distinct(things: Sequence[Thing]) -> List[Thing]:
    """Each thing once, as it was last named, with all that was ever said of it; the last named one last."""
    found: Dict[Tuple[Text, Text], Thing] = {}
    for thing in things:
        key = (thing.kind, thing.value)
        known = found.pop(key, None)
        attributes = {**(known.attributes if known else {}), **thing.attributes}
        found[key] = Thing(thing.kind, thing.value, thing.turn, thing.by_customer, thing.place, attributes)
    return list(found.values())
