"""Masks personal data before it is written: what a customer says of themselves, and what a form asked for.

What is found is `personal_data`'s, as for entities. Order numbers stay: support needs them, and they mean
nothing without the shop.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable, Dict, Iterable, Sequence, Tuple

from components.personal_data import BY_FORM, KINDS, PersonalData, PersonalSpan, without_overlaps

# Keys of an event and of its parse data that the engine wrote, not the customer: names, ids, scores. Most of
# an event.
ENGINE_KEYS = frozenset(
    {
        *("event", "name", "timestamp", "message_id", "policy", "input_channel"),
        *("intent", "intent_ranking", "route", "sentiment", "mood", "pii"),
    }
)
# Which kinds are masked unless the settings say otherwise: a link is mostly to a product.
MASKED = tuple(kind for kind in KINDS if kind != "url")


class Masker:
    """Replaces personal data in a text by its kind in brackets.

    Args:
        region: two letters; how phone numbers without a country code are read.
        patterns: more kinds, name to regular expression (postcodes, customer numbers).
        kinds: which of `personal_data.KINDS` to mask.

    Example:
        >>> Masker("GB").mask("write to emma@example.com or 07911 123456")
        'write to [email] or [phone]'
    """

    def __init__(
        self, region: str = "GB", patterns: Iterable[Tuple[str, str]] = (), kinds: Sequence[str] = MASKED
    ) -> None:
        patterns = list(patterns)
        self._everything = PersonalData(region, kinds, patterns)
        self._by_form = PersonalData(region, [kind for kind in kinds if kind in BY_FORM], patterns)
        self.mask = lru_cache(maxsize=1024)(self._mask)
        self.mask_said = lru_cache(maxsize=1024)(self._mask_said)

    def _mask(self, text: str) -> str:
        """Masks what shows by its form: a product or a shop may be called like a person."""
        return _replaced(text, self._by_form.find(text))

    def _mask_said(self, text: str) -> str:
        """Masks everything, names and addresses too: for what customers write."""
        return _replaced(text, self._everything.find(text))

    def mask_marked(self, text: str, marks: Sequence[Dict[str, Any]]) -> str:
        """Masks what shows by its form and what the pipeline has marked, which knows products from people."""
        kinds = self._everything.kinds
        spans = [PersonalSpan(m["start"], m["end"], m["kind"]) for m in marks if m["kind"] in kinds]
        return _replaced(text, without_overlaps([*self._by_form.find(text), *spans]))


def _replaced(text: str, spans: Sequence[PersonalSpan]) -> str:
    masked, end = [], 0
    for span in spans:
        masked += [text[end : span.start], f"[{span.kind}]"]
        end = span.end
    return "".join([*masked, text[end:]])


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
    if event.get("event") == "user":
        return _masked_message(event, masker)
    if event.get("event") == "bot":
        event = _without_values(event, personal_slots)
    return _masked_fields(event, masker.mask)


def _masked_message(event: Dict[str, Any], masker: Masker) -> Dict[str, Any]:
    masked, parsed = _masked_fields(event, masker.mask_said), event.get("parse_data")
    if not isinstance(parsed, dict):
        return masked
    masked["parse_data"] = _masked_fields(parsed, masker.mask_said)
    masked["parse_data"]["entities"] = [
        _masked_entity(entity, masker) for entity in parsed.get("entities") or []
    ]
    if parsed.get("pii") is not None and isinstance(parsed.get("text"), str):
        text = masker.mask_marked(parsed["text"], parsed["pii"])
        masked["parse_data"]["text"] = text
        if event.get("text") == parsed["text"]:
            masked["text"] = text
    return masked


def _masked_entity(entity: Dict[str, Any], masker: Masker) -> Dict[str, Any]:
    """Values are kept, since actions go on with them, but for those that are personal."""
    if entity.get("extractor") == "PersonalDataSpans":
        return {**entity, "value": f"[{entity['entity']}]"}
    masked: Dict[str, Any] = map_strings(entity, masker.mask)
    return masked


def _masked_fields(fields: Dict[str, Any], mask: Callable[[str], str]) -> Dict[str, Any]:
    return {key: item if key in ENGINE_KEYS else map_strings(item, mask) for key, item in fields.items()}


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
