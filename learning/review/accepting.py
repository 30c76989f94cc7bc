"""What an accepted item teaches: one or more things, each with where it comes from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from learning.learned import ANSWER, ARTICLE, LABEL, PREFERENCE, Learned, learned_id
from learning.review.item import Item
from learning.review.kinds import KNOWLEDGE
from learning.review.pairs import CORRECTION
from learning.review.words import has_mask, normalised
from learning.turn import Turn

# Of texts that are alike so many are learned: more tell nothing new.
MOST_ALIKE = 5


def learned_of(
    item: Item, value: dict[str, Any], members: Sequence[Turn], reviewers: Sequence[str], now: float
) -> list[Learned]:
    """What is learned.

    Args:
        item: what was accepted.
        value: as `values.checked` gives it; `kind` where it became an item of another kind.
        members: the turns that the item stands for.
        reviewers: who accepted.
        now: seconds since the epoch.
    """
    kind = value.get("kind", item.kind)
    told = {name: one for name, one in value.items() if name != "kind"}
    contents = _labels(item, told, members) if kind == LABEL else _contents(kind, told)
    by_text: dict[str, list[Turn]] = defaultdict(list)
    for turn in members:
        by_text[normalised(turn.text)].append(turn)
    made = []
    for kind, content in contents:
        source = by_text.get(normalised(str(content.get("text", ""))), []) if kind == LABEL else []
        sources = source or members
        conversations = tuple(sorted({turn.conversation for turn in sources}))
        made.append(
            Learned(
                id=learned_id(kind, content),
                kind=kind,
                content=content,
                language=item.language,
                item=item.id,
                conversations=conversations,
                approved_by=tuple(reviewers),
                at=now,
                model=next((turn.model for turn in sources if turn.model), ""),
            )
        )
    return list({one.id: one for one in made}.values())


def _labels(item: Item, value: dict[str, Any], members: Sequence[Turn]) -> list[tuple[str, dict[str, Any]]]:
    """The text that the reviewer saw, and others like it that conversations hold; a text of his own alone."""
    if value["text"] != item.text:
        return [(LABEL, value)]
    texts = {normalised(item.text): item.text}
    for turn in members:
        texts.setdefault(normalised(turn.text), turn.text)
    kept = [text for text in texts.values() if not has_mask(text)] or [item.text]
    entities: dict[str, tuple[tuple[str, str], ...]] = {}
    for turn in members:
        entities.setdefault(normalised(turn.text), turn.entities)
    return [
        (LABEL, with_entities(value["intent"], text, entities.get(normalised(text), ())))
        for text in kept[:MOST_ALIKE]
    ]


def with_entities(intent: str, text: str, entities: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A label whose entities stand beside it, as `[name, as written, value]`."""
    content = {"text": text.strip(), "intent": intent}
    found = [[name, written, told] for name, told in entities if (written := _as_written(told, text))]
    return {**content, "entities": found} if found else content


def _as_written(value: str, text: str) -> str:
    """Where an entity's value stands in a text: itself, or its number ("1001" for FH-1001); else nothing."""
    for wanted in (value, *re.findall(r"\d{3,}", value)):
        found = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text, re.IGNORECASE)
        if wanted and found:
            return found[0]
    return ""


def _contents(kind: str, value: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The thing itself and, for a corrected answer, what belongs to its layer."""
    if kind != ANSWER:
        return [(kind, value)]
    question, answer, rejected = value["question"], value["answer"], value.get("rejected", "")
    own: dict[str, Any] = {
        name: value[name] for name in ("question", "answer", "layer", "response", "routed") if name in value
    }
    found: list[tuple[str, dict[str, Any]]] = [(ANSWER, own)]
    if value.get("intent"):
        found.append((LABEL, {"text": question, "intent": value["intent"]}))
    if value["layer"] == KNOWLEDGE:
        found.append((ARTICLE, {"title": question, "text": answer, "questions": [question]}))
    if rejected and rejected != answer:
        pair = {"prompt": question, "chosen": answer, "rejected": rejected, "source": CORRECTION}
        found.append((PREFERENCE, pair))
    return found
