"""An item: one question to a reviewer, for all the turns that are alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from learning.labels.votes import Vote

# `disputed`: reviewers disagree, and nobody has settled it yet.
OPEN, DISPUTED, ACCEPTED, REJECTED = "open", "disputed", "accepted", "rejected"
STATUSES = (OPEN, DISPUTED, ACCEPTED, REJECTED)
UNDECIDED = (OPEN, DISPUTED)


# Texts to unit vectors, [n_texts, dim].
Encode = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class Item:
    """One question to a reviewer.

    Attributes:
        id: made of kind and first turn; proposing again makes the same.
        kind: one of `learning.learned.KINDS`.
        status: one of `STATUSES`.
        priority: the highest of its turns' flags, 10 first.
        text: what the customer wrote, of the first of its turns.
        language: two letters.
        proposal: what is learned if a reviewer accepts; its keys are those of `Learned.content`.
        votes: who thinks what; only a `label` has any.
        agreement: how probable it is that the proposal is right (0–1); 0 where nobody voted.
        reasons: why it is asked, a sentence each.
        created: seconds since the epoch.
        turns: how many turns it stands for.
        conversations: of how many conversations those are.
    """

    id: str
    kind: str
    status: str
    priority: int
    text: str
    language: str
    proposal: dict[str, Any] = field(default_factory=dict)
    votes: tuple[Vote, ...] = ()
    agreement: float = 0.0
    reasons: tuple[str, ...] = ()
    created: float = 0.0
    turns: int = 0
    conversations: int = 0

    @property
    def is_decided(self) -> bool:
        """Whether reviewers have accepted or rejected it."""
        return self.status not in UNDECIDED


def item_id(kind: str, key: str) -> str:
    """The same for the same kind and key, mostly the first turn's id."""
    return hashlib.sha256(f"{kind}\0{key}".encode()).hexdigest()[:24]
