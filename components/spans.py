"""One entity per span: extractors overlap, the surest wins."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

Entity = Dict[str, Any]

# The name that entities carry which a regular expression or a lookup table found.
PATTERNS = "RegexEntityExtractor"


def merge_entities(entities: Sequence[Entity], extractors: Sequence[str]) -> List[Entity]:
    """Drops entities that overlap a better one.

    Args:
        entities: dicts with `entity`, `start`, `end`, `extractor`; one without a place (from a button) is
        kept as it is. extractors: names, the most trusted first; unknown ones come last.

    Returns:
        The kept entities in text order: the longer span wins, among equals the more trusted extractor. A role
        or group that another extractor has learned for the same entity in the same place is kept with it:
        patterns know none.
    """
    trust = {name: place for place, name in enumerate(extractors)}

    def rank(entity: Entity) -> Any:
        return (entity["start"] - entity["end"], trust.get(entity.get("extractor", ""), len(trust)))

    kept: List[Entity] = []
    for entity in sorted(placed(entities), key=rank):
        if all(entity["end"] <= other["start"] or other["end"] <= entity["start"] for other in kept):
            kept.append({**_learned(entity, entities), **entity})
    unplaced = [entity for entity in entities if "start" not in entity]
    return sorted(kept, key=lambda entity: int(entity["start"])) + unplaced


def _learned(entity: Entity, entities: Sequence[Entity]) -> Entity:
    """Role and group that others gave to this entity."""
    place = [entity[name] for name in ("entity", "start", "end")]
    same = [other for other in placed(entities) if [other[n] for n in ("entity", "start", "end")] == place]
    return {name: other[name] for other in same for name in ("role", "group") if other.get(name)}


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
