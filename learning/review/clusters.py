"""Items for what the assistant lacks: an intent, or an article, from messages that it did not know."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from learning.caps import ALWAYS, at_most
from learning.labels.discovery import Cluster, matter
from learning.learned import ARTICLE, INTENT
from learning.review.item import OPEN, Encode, Item, item_id
from learning.review.kinds import knowledge_lacks
from learning.review.words import has_mask, normalised
from learning.turn import Turn

# Fewer are a chance meeting, and too few to learn from.
FEWEST = 3
_SHOWN = 20
# Cosine of two clusters' middles from which they ask for the same.
_SAME_WANT = 0.8
_LONGEST_NAME = 40

# Texts and their vectors, [n_texts, dim], to clusters of so many texts or more.
Discover = Callable[[Sequence[str], np.ndarray, int], Sequence[Cluster]]


def cluster_items(
    unknown: Sequence[Turn], encode: Encode, discover: Discover, now: float, customers: int
) -> list[tuple[Item, list[Turn]]]:
    """An item for each cluster of messages that the assistant did not know, with its turns.

    Args:
        unknown: those messages, of each customer no more than he may give.
        encode: texts to unit vectors, [n_texts, dim].
        discover: finds clusters.
        now: seconds since the epoch.
        customers: a cluster of fewer makes no item: nobody has an intent made by saying it often.
    """
    if len(unknown) < FEWEST:
        return []
    texts = [turn.text for turn in unknown]
    made = []
    for cluster in discover(texts, np.asarray(encode([matter(text) for text in texts])), FEWEST):
        members = [unknown[place] for place in cluster.members]
        if len({turn.conversation for turn in members}) >= customers:
            examples = _examples([unknown[place] for place in (*cluster.examples, *cluster.members)])
            made.append((_item(cluster.name, members, examples, now), members))
    return made


def same_wants(made: Sequence[Item], there: Sequence[Item], encode: Encode) -> list[str]:
    """For each new item the id of one that is there and asks for the same; empty where there is none."""
    if not made or not there:
        return [""] * len(made)
    likeness = _centres(made, encode) @ _centres(there, encode).T
    return [there[int(row.argmax())].id if row.max() >= _SAME_WANT else "" for row in np.asarray(likeness)]


def _centres(items: Sequence[Item], encode: Encode) -> np.ndarray:
    """The middle of each item's examples, as unit vectors [n_items, dim]."""
    centres = []
    for item in items:
        texts = item.proposal.get("examples") or item.proposal.get("questions") or [item.text]
        centre = np.asarray(encode(texts)).mean(axis=0)
        centres.append(centre / (np.linalg.norm(centre) or 1.0))
    return np.stack(centres)


def _item(name: str, members: Sequence[Turn], examples: list[str], now: float) -> Item:
    lacking = sum(knowledge_lacks(turn) for turn in members)
    kind = ARTICLE if 2 * lacking > len(members) else INTENT
    drafts = [turn.correction or turn.reply for turn in members if turn.correction or turn.by_person]
    draft = Counter(drafts).most_common(1)[0][0] if drafts else ""
    reasons = [
        f"{len(members)} messages of {len({turn.conversation for turn in members})} conversations ask this",
        f"the help centre had no answer to {lacking} of them",
    ]
    if draft:
        reasons.append("the draft is what a colleague answered")
    if kind == ARTICLE:
        proposal: dict[str, Any] = {"title": _sentence(name), "text": draft, "questions": examples}
    else:
        proposal = {
            "name": intent_name(name),
            "description": _sentence(name),
            "examples": examples,
            "answer": draft,
        }
    first = members[0]
    language = Counter(turn.language for turn in members).most_common(1)[0][0]
    identity = item_id(kind, first.id)
    return Item(identity, kind, OPEN, 1, first.text, language, proposal, reasons=tuple(reasons), created=now)


def intent_name(words: str) -> str:
    """A name as Rasa's YAML has them: `gift wrapping` becomes `gift_wrapping`."""
    latin = unicodedata.normalize("NFKD", normalised(words)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "_", latin).strip("_")[:_LONGEST_NAME].strip("_")
    return plain if plain and plain[0].isalpha() else f"intent_{plain}".strip("_")


def as_other_kind(proposal: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The proposal of an article as that of an intent, or the other way round; `kind`: what it becomes."""
    if kind == INTENT:
        title = str(proposal["title"])
        return {
            "name": intent_name(title), "description": title,
            "examples": proposal["questions"], "answer": proposal["text"],
        }  # fmt: skip
    return {
        "title": proposal["description"], "text": proposal["answer"], "questions": proposal["examples"]
    }  # fmt: skip


def _sentence(name: str) -> str:
    return (name[:1].upper() + name[1:]).replace("_", " ").strip()


def _examples(turns: Sequence[Turn]) -> list[str]:
    """Different texts without masks, the most telling first, few of each customer."""
    found = {normalised(turn.text): turn for turn in reversed(turns) if not has_mask(turn.text)}
    kept = at_most(reversed(found.values()), lambda turn: turn.conversation, ALWAYS)
    return [turn.text.strip() for turn in kept[:_SHOWN]]
