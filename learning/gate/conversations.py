"""Whether a conversation went as it did before, in what the customer was told and what the actions did.

Names of intents do not count: a message without sense may be read as one out of scope or as one that was not
understood, and both get the same answer. What was said counts to the letter, with its buttons, and so do the
actions that ran, the slots that they set and the form that was under way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

# Rasa's own doings between messages, and responses: what they say is compared itself.
_NO_DEEDS = (
    "action_listen",
    "action_extract_slots",
    "action_session_start",
    "action_unlikely_intent",
    "utter_",
)
_NO_SLOTS = frozenset({"session_started_metadata"})


@dataclass(frozen=True)
class Moment:
    """What followed upon one message of the customer.

    Attributes:
        text: the message.
        ranked: the intent that was held for likeliest.
        routed: the intent that was acted on.
        said: what the customer read, buttons in brackets.
        did: actions that ran, in order.
        state: slots that were set, by their last value, and the form as `form`.
    """

    text: str
    ranked: str = ""
    routed: str = ""
    said: tuple[str, ...] = ()
    did: tuple[str, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> tuple[Any, ...]:
        """What counts."""
        return self.said, self.did, dict(self.state)


@dataclass(frozen=True)
class Parting:
    """Where two models' conversations part: the first message after which something else happened.

    Attributes:
        story: the conversation's name.
        stable, candidate: what followed upon the message.
        what: in words, what is different.
    """

    story: str
    stable: Moment
    candidate: Moment
    what: str


def moments(events: Iterable[Mapping[str, Any]]) -> list[Moment]:
    """A conversation message by message.

    Args:
        events: of its tracker, as plain values.
    """
    found: list[Moment] = []
    for event in events:
        if event.get("event") == "user":
            found.append(_heard(event))
        elif found:
            found[-1] = _further(found[-1], event)
    return found


def _heard(event: Mapping[str, Any]) -> Moment:
    parsed = event.get("parse_data") or {}
    routed = str((parsed.get("intent") or {}).get("name") or "")
    top = (parsed.get("intent_ranking") or [{}])[0].get("name")
    return Moment(
        str(event.get("text") or ""), str((parsed.get("route") or {}).get("intent") or top or routed), routed
    )


def _further(moment: Moment, event: Mapping[str, Any]) -> Moment:
    kind, name = event.get("event"), str(event.get("name") or "")
    if kind == "bot":
        return replace(moment, said=(*moment.said, _read(event)))
    if kind == "action" and not name.startswith(_NO_DEEDS):
        return replace(moment, did=(*moment.did, name))
    if kind == "slot" and name not in _NO_SLOTS:
        return replace(moment, state={**moment.state, name: event.get("value")})
    if kind == "active_loop":
        return replace(moment, state={**moment.state, "form": event.get("name")})
    return moment


def _read(event: Mapping[str, Any]) -> str:
    """What the customer reads of a message, and where its buttons lead."""
    data = event.get("data") or {}
    buttons = [f"[{one.get('title')}]({one.get('payload')})" for one in data.get("buttons") or ()]
    more = [str(data[name]) for name in ("attachment", "image", "custom") if data.get(name)]
    return " ".join([str(event.get("text") or ""), *buttons, *more]).strip()


def parting(story: str, stable: Sequence[Moment], candidate: Sequence[Moment]) -> Parting | None:
    """Where two conversations with the same messages part; none if the customer cannot tell them apart."""
    for before, now in zip(stable, candidate):
        if before.outcome != now.outcome:
            return Parting(story, before, now, _difference(before, now))
    if len(stable) != len(candidate):
        last = (stable if len(stable) > len(candidate) else candidate)[min(len(stable), len(candidate))]
        return Parting(story, last, last, f"{len(stable)} messages were taken, and now {len(candidate)}")
    return None


def _difference(before: Moment, now: Moment) -> str:
    if before.said != now.said:
        old = " / ".join(one for one in before.said if one not in now.said) or "nothing more"
        new = " / ".join(one for one in now.said if one not in before.said) or "nothing more"
        return f"said {old[:150]!r}, now {new[:150]!r}"
    if before.did != now.did:
        return f"did {', '.join(before.did) or 'nothing'}; now {', '.join(now.did) or 'nothing'}"
    names = sorted({*before.state, *now.state})
    changed = [name for name in names if before.state.get(name) != now.state.get(name)]
    told = [f"{name} to {before.state.get(name)!r}, now to {now.state.get(name)!r}" for name in changed]
    return f"set {'; '.join(told)}"
