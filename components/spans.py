"""One entity per span: extractors overlap, the surest wins; its value gets the form that the shop uses."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Sequence

Entity = Dict[str, Any]

# The name that entities carry which a regular expression or a lookup table found.
PATTERNS = "RegexEntityExtractor"


def merge_entities(entities: Sequence[Entity], extractors: Sequence[str]) -> List[Entity]:
    """Drops entities that overlap a better one.

    Args:
        entities: dicts with `entity`, `start`, `end`, `extractor`; one without a place (from a button) is
        kept as it is. extractors: names, the most trusted first; unknown ones come last.

    Returns:
        The kept entities in text order: the longer span wins, among equals the more trusted extractor.
    """
    trust = {name: place for place, name in enumerate(extractors)}

    def rank(entity: Entity) -> Any:
        return (entity["start"] - entity["end"], trust.get(entity.get("extractor", ""), len(trust)))

    kept: List[Entity] = []
    for entity in sorted(placed(entities), key=rank):
        if all(entity["end"] <= other["start"] or other["end"] <= entity["start"] for other in kept):
            kept.append(entity)
    unplaced = [entity for entity in entities if "start" not in entity]
    return sorted(kept, key=lambda entity: int(entity["start"])) + unplaced


def by_pattern_only(entities: Sequence[Entity], names: Sequence[str]) -> List[Entity]:
    """Drops what was learned where a pattern decides: a learned tagger takes "HOW MUCH" for a postcode."""
    return [
        entity
        for entity in entities
        if entity["entity"] not in names or entity.get("extractor") in (None, PATTERNS)
    ]


def placed(entities: Sequence[Entity]) -> List[Entity]:
    """Those that stand somewhere in the text."""
    return [entity for entity in entities if "start" in entity and "end" in entity]


def replace_entities(text: str, entities: Sequence[Entity]) -> str:
    """The text with each entity replaced by its kind: "where is 1001" becomes "where is order number"."""
    for entity in sorted(placed(entities), key=lambda found: -int(found["start"])):
        text = text[: entity["start"]] + entity["entity"].replace("_", " ") + text[entity["end"] :]
    return text


def entities_within(start: int, end: int, entities: Sequence[Entity]) -> List[Entity]:
    """The entities that lie between two places of a text, counted from the first."""
    inside = [entity for entity in entities if start <= entity["start"] and entity["end"] <= end]
    return [{**entity, "start": entity["start"] - start, "end": entity["end"] - start} for entity in inside]


def normalise(entity: Entity, formats: Mapping[str, str]) -> Entity:
    """Gives an entity's value its usual form.

    Formats: `lower`, `upper`, `postcode` (upper case, one space before the last three), `number` (digits),
    `size` (without "uk" or "size"), or a template with `{digits}` such as `FH-{digits}`.
    """
    wanted = formats.get(entity["entity"])
    value = str(entity.get("value", ""))
    if wanted is None or not value.strip():
        return entity
    return {**entity, "value": _formatted(value.strip(), wanted)}


def _formatted(value: str, wanted: str) -> str:
    if wanted == "lower":
        return value.lower()
    if wanted == "upper":
        return value.upper()
    if wanted == "postcode":
        letters = re.sub(r"\s+", "", value).upper()
        return f"{letters[:-3]} {letters[-3:]}" if len(letters) > 4 else letters
    if wanted == "size":
        return re.sub(r"^(?:uk|size)\s*", "", value, flags=re.IGNORECASE).upper()
    digits = "".join(re.findall(r"\d+", value))
    if not digits:
        return value
    return digits if wanted == "number" else wanted.replace("{digits}", digits)
