"""What a customer wrote becomes the value that a shop stores; what cannot, stays as it was."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from components.dates import read_date
from components.numbers import read_number, read_size

Entity = Dict[str, Any]


def normalise(entity: Entity, formats: Mapping[str, str], languages: Sequence[str], today: date) -> Entity:
    """Gives an entity's value its usual form; where it stands in the text stays.

    Args:
        entity: with `entity` and `value`.
        formats: by entity one of
            `lower`, `upper`;
            `postcode` (British: upper case, one space before the last three);
            `number` ("two", "3 pairs", "a couple" → digits);
            `size` ("size nine", "UK 8½", "extra large" → 9, 8.5, XL);
            `date`, `past_date`, `coming_date` ("last Tuesday", "the 3rd", "12.11." → 2026-11-17; the three
            differ in which "Friday" or "3rd" is meant: the one of this week, month or year, the latest, the
            next); or a template with `{digits}` such as `FH-{digits}`.
        languages: that numbers and dates are written in, as `en`, `de`.
        today: what "yesterday" counts from.
    """
    wanted, value = formats.get(entity["entity"]), str(entity.get("value", "")).strip()
    if wanted is None or not value:
        return entity
    formatted = _formatted(value, wanted, languages, today)
    return entity if formatted is None else {**entity, "value": formatted}


def known_format(name: str) -> bool:
    """Whether `formats` may name it."""
    return name in _SIMPLE or name in _DATES or name in ("number", "size") or "{digits}" in name


_DATES = {"date": "current_period", "past_date": "past", "coming_date": "future"}


def _formatted(value: str, wanted: str, languages: Sequence[str], today: date) -> Optional[str]:
    if wanted in _SIMPLE:
        return _SIMPLE[wanted](value)
    if wanted in _DATES:
        return read_date(value, languages, today, _DATES[wanted])
    if wanted == "number":
        return read_number(value, languages)
    if wanted == "size":
        return read_size(value, languages)
    digits = "".join(re.findall(r"\d+", value))
    return wanted.replace("{digits}", digits) if digits else None


def _postcode(value: str) -> str:
    letters = re.sub(r"\s+", "", value).upper()
    return f"{letters[:-3]} {letters[-3:]}" if len(letters) > 4 else letters


_SIMPLE: Dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "postcode": _postcode}
