"""Labels for words, and back: an entity with its role and group is one kind, B where it begins, then I.

"from FH-1001 to extra large" gives O B-order_number O B-size·to I-size·to. Kinds that differ in role only are
told apart by the same model, so that what stands between the two counts for both. (With L and U for last and
only words, as Rasa's CRF has them, training takes longer and found no more on held-out sentences.)
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

OUTSIDE = "O"
# Stands between entity, role and group; no YAML that a person writes holds it.
SEPARATOR = "\x1f"
PARTS = ("entity", "role", "group")


def kind_name(entity: Mapping[str, Any]) -> str:
    """One name for an entity with its role and group."""
    return SEPARATOR.join(entity.get(part) or "" for part in PARTS)


def kind_fields(name: str) -> Dict[str, str]:
    """What `kind_name` put together, without what is empty."""
    return {part: value for part, value in zip(PARTS, name.split(SEPARATOR)) if value}


def labels_of(spans: Sequence[Tuple[int, int]], entities: Sequence[Dict[str, Any]]) -> List[str]:
    """The label of each word.

    Args:
        spans: the words, as characters from and to.
        entities: dicts with `start`, `end`, `entity` and perhaps `role` and `group`; one that begins or ends
        inside a word labels the whole word.
    """
    labels = [OUTSIDE] * len(spans)
    for entity in entities:
        inside = [
            i for i, (start, end) in enumerate(spans) if start < entity["end"] and end > entity["start"]
        ]
        for i in inside:
            labels[i] = f"{'B' if i == inside[0] else 'I'}-{kind_name(entity)}"
    return labels


def entities_of(
    text: str, spans: Sequence[Tuple[int, int]], labels: Sequence[str], confidences: Sequence[float]
) -> List[Dict[str, Any]]:
    """The entities that labels tell, with Rasa's keys.

    An I that does not fit the word before begins an entity all the same: better its last words than none. An
    entity is as sure as its least sure word.
    """
    entities: List[Dict[str, Any]] = []
    open_kind: Optional[str] = None
    for (start, end), label, confidence in zip(spans, labels, confidences):
        kind = None if label == OUTSIDE else label[2:]
        if kind is not None and kind == open_kind and label[0] == "I":
            entities[-1]["end"] = end
            entities[-1]["confidence_entity"] = min(entities[-1]["confidence_entity"], confidence)
        elif kind is not None:
            entities.append(
                {**kind_fields(kind), "start": start, "end": end, "confidence_entity": confidence}
            )
        open_kind = kind
    return [{**entity, "value": text[entity["start"] : entity["end"]]} for entity in entities]
