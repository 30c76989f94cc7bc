"""What the answering model is asked again and again, as drafts of what would answer it without the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from learning.caps import ALWAYS, Caps, at_most
from learning.labels.discovery import Cluster, discover, matter
from learning.labels.learner import Encode
from learning.learned import ARTICLE, INTENT
from learning.review.clusters import intent_name
from learning.turn import Turn

EXAMPLES = 20


@dataclass(frozen=True)
class Saving:
    """A draft, and what it would take over.

    Attributes:
        kind: `intent` for a response with a rule, `article` where no article was cited.
        proposal: the draft; its keys are those of `Learned.content`.
        turns: those that it would answer.
        share: of all turns (0–1); `so_far` with the drafts before it.
        seconds: that those took the model together.
    """

    kind: str
    proposal: dict[str, Any]
    turns: tuple[Turn, ...]
    share: float
    so_far: float
    seconds: float


def savings(some: Iterable[Turn], encode: Encode, fewest: int = 3, caps: Caps | None = None) -> list[Saving]:
    """Drafts for what is asked most, the largest first.

    Args:
        some: turns of a stretch of time, all of them: shares count from these.
        encode: texts to vectors.
        fewest: smaller clusters are left to the model.
        caps: how much one customer may weigh; turns beyond that count nowhere.
    """
    caps = caps or Caps()
    written = (turn for turn in some if not turn.is_button)
    listed = at_most(written, lambda turn: turn.conversation, caps.turns)
    answered = [turn for turn in listed if turn.generator and turn.text.strip() and not turn.by_person]
    if not answered:
        return []
    texts = [turn.text for turn in answered]
    clusters = discover(texts, np.asarray(encode([matter(text) for text in texts])), fewest)
    found: list[Saving] = []
    so_far = 0.0
    for cluster in clusters:
        members = tuple(answered[place] for place in cluster.members)
        if len({turn.conversation for turn in members}) < caps.customers:
            continue
        share = len(members) / len(listed)
        so_far += share
        kind, proposal = _draft(cluster, answered)
        seconds = round(sum(turn.seconds for turn in members), 3)
        found.append(Saving(kind, proposal, members, share, so_far, seconds))
    return found


def _draft(cluster: Cluster, answered: Sequence[Turn]) -> tuple[str, dict[str, Any]]:
    """The model's own best answer, for a reviewer to mend: as an article where it cited none."""
    members = [answered[place] for place in cluster.members]
    telling = [answered[place] for place in dict.fromkeys((*cluster.examples, *cluster.members))]
    different = {turn.text: turn for turn in reversed(telling)}
    kept = at_most(reversed(different.values()), lambda turn: turn.conversation, ALWAYS)
    examples = [turn.text for turn in kept]
    best = max(members, key=lambda turn: (bool(turn.citations), turn.answer_confidence or 0.0))
    title = cluster.name.replace("_", " ").strip()
    if sum(bool(turn.citations) for turn in members) * 2 < len(members):
        proposal = {"title": title.capitalize(), "text": best.reply, "questions": examples[:EXAMPLES]}
        return ARTICLE, proposal
    about = f"asks about {title}"
    name = intent_name(f"ask {cluster.name}")
    return INTENT, {"name": name, "description": about, "examples": examples[:EXAMPLES], "answer": best.reply}
