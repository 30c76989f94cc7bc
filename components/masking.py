"""Masks personal data before anything is written: card and account numbers, e-mails, phones, what a form
asked for.

Detection is Presidio's (checksummed recognisers, no language model) and Google's phone number library. Order
numbers stay: support needs them, and they mean nothing without the shop.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Callable, Dict, Iterable, List, Sequence, Tuple

import phonenumbers

# It begins only where such letters begin: tried at every letter of a long word, it would take the square of
# its length.
EMAIL = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
# Keys of an event and of its parse data that the engine wrote, not the customer: names, ids, scores. Most of
# an event.
ENGINE_KEYS = frozenset(
    {
        *("event", "name", "timestamp", "message_id", "policy", "input_channel"),
        *("intent", "intent_ranking", "route"),
    }
)
Span = Tuple[int, int, str]


class Masker:
    """Replaces personal data in a text by its kind in brackets.

    Args:
        region: two letters; how phone numbers without a country code are read.
        patterns: more kinds, name to regular expression (postcodes, customer numbers).

    Example:
        >>> Masker("GB").mask("write to emma@example.com or 07911 123456")
        'write to [email] or [phone]'
    """

    def __init__(self, region: str = "GB", patterns: Iterable[Tuple[str, str]] = ()) -> None:
        self.region = region
        self.patterns = [
            ("email", EMAIL),
            *((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in patterns),
        ]
        self.mask = lru_cache(maxsize=1024)(self._mask)

    def _mask(self, text: str) -> str:
        masked, end = [], 0
        for start, stop, kind in _without_overlaps(self._spans(text)):
            masked += [text[end:start], f"[{kind}]"]
            end = stop
        return "".join([*masked, text[end:]])

    def _spans(self, text: str) -> List[Span]:
        spans = [
            (m.start(), m.end(), kind) for kind, pattern in self.patterns for m in pattern.finditer(text)
        ]
        if sum(character.isdigit() for character in text) < 6:  # no card, account or phone number is shorter
            return spans
        for kind, entity, recognizer in _recognizers():
            spans += [(r.start, r.end, kind) for r in recognizer.analyze(text, [entity])]
        return spans + [(m.start, m.end, "phone") for m in phonenumbers.PhoneNumberMatcher(text, self.region)]


@lru_cache(maxsize=1)
def _recognizers() -> List[Tuple[str, str, Any]]:
    """Presidio's, loaded with the first long number: its import takes a second of every start otherwise."""
    from presidio_analyzer.predefined_recognizers import CreditCardRecognizer, IbanRecognizer

    return [("card", "CREDIT_CARD", CreditCardRecognizer()), ("iban", "IBAN_CODE", IbanRecognizer())]


def _without_overlaps(spans: Sequence[Span]) -> List[Span]:
    """In order; where two overlap, the longer one."""
    kept: List[Span] = []
    for span in sorted(spans, key=lambda s: (s[0] - s[1], s[0])):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return sorted(kept)


def map_strings(value: Any, change: Callable[[str], str]) -> Any:
    """Applies `change` to every string in a nest of dicts and lists; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: map_strings(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_strings(item, change) for item in value]
    return value


def mask_event(
    event: Dict[str, Any], masker: Masker, personal_slots: Sequence[str], requested_slot: Any
) -> Dict[str, Any]:
    """Masks one tracker event.

    Args:
        event: as `Event.as_dict` gives it.
        personal_slots: slots whose values are never written, neither are those that a response reads back as
            `{slot}` or `{slot_text}`.
        requested_slot: what a form was asking for when the event happened: the whole answer to a personal
        question
            is masked, since an address looks like any other text.
    """
    if event.get("event") == "slot" and event.get("name") in personal_slots:
        return event if event.get("value") is None else {**event, "value": f"[{event['name']}]"}
    if event.get("event") == "user" and requested_slot in personal_slots:
        event = _without_answer(event, f"[{requested_slot}]")
    if event.get("event") == "bot":
        event = _without_values(event, personal_slots)
    masked = _masked_fields(event, masker)
    if isinstance(event.get("parse_data"), dict):
        masked["parse_data"] = _masked_fields(event["parse_data"], masker)
    return masked


def _masked_fields(fields: Dict[str, Any], masker: Masker) -> Dict[str, Any]:
    return {
        key: item if key in ENGINE_KEYS else map_strings(item, masker.mask) for key, item in fields.items()
    }


def _without_answer(event: Dict[str, Any], text: str) -> Dict[str, Any]:
    """A message with nothing left of what it said: neither the text nor what was found in it."""
    found = event.get("parse_data") or {}
    kept = {key: found[key] for key in ("intent", "route", "message_id") if key in found}
    return {**event, "text": text, "parse_data": {**kept, "entities": [], "text": text, "metadata": {}}}


def _without_values(event: Dict[str, Any], personal_slots: Sequence[str]) -> Dict[str, Any]:
    """A bot's message; the values that its response was filled with are in its metadata."""
    said = event.get("metadata") or {}
    personal = [(said.get(key), f"[{slot}]") for slot in personal_slots for key in (slot, f"{slot}_text")]

    def without(text: str) -> str:
        for value, kind in personal:
            text = text.replace(value, kind) if isinstance(value, str) and value else text
        return text

    return dict(map_strings(event, without))
