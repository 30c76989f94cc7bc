"""Items for two generated answers to one question: a reviewer says which is better, unseen who wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from learning.errors import ReviewError
from learning.learned import PREFERENCE
from learning.review.item import Item, item_id
from learning.review.pairs import COMPARED
from learning.review.queue import assigned
from learning.review.words import has_mask, has_words, normalised
from learning.store import LearningStore
from learning.stories.items import Offer
from learning.tables import flags, items, turns
from learning.turn import Turn

FIRST, SECOND = "first", "second"
# What a reviewer says of a comparison: one of the two; a reject says that both are bad.
BETTER = (FIRST, SECOND)
# What is kept with a pair that came of it: where the better answer stood, and what wrote each.
HOW_COMPARED = ("chosen_was_shown", "chosen_by", "rejected_by")
_MADE_BY = "made_by"
_PRIORITY = 2


@dataclass(frozen=True)
class Generation:
    """An answer that was generated, and by what: generator, prompt, temperature."""

    text: str
    made_by: str


def to_compare(store: LearningStore, most: int) -> list[Turn]:
    """Turns that the help centre answered and whose question was not compared yet, newest first, each once.

    Turns that are worth a look for another reason are left to the items that come of it.
    """
    found: dict[str, Turn] = {}
    with store.engine.connect() as connection:
        taken = assigned(connection) | set(connection.execute(sa.select(flags.c.turn)).scalars())
        known = set(connection.execute(sa.select(items.c.id).where(items.c.kind == PREFERENCE)).scalars())
    for turn in store.turns(None, turns.c.generator != "", newest_first=True):
        name = item_id(PREFERENCE, _key(turn.text, turn.language))
        if turn.id not in taken and name not in known and not turn.by_person and _can_be_asked(turn.text):
            found.setdefault(name, turn)
        if len(found) == most:
            break
    return list(found.values())


def comparison(turn: Turn, shown: Sequence[Generation]) -> Offer:
    """What a reviewer is asked of two answers; `shown`: in the order in which he sees them."""
    first, second = shown
    proposal = {
        "prompt": turn.text,
        FIRST: first.text,
        SECOND: second.text,
        "source": COMPARED,
        _MADE_BY: [first.made_by, second.made_by],
    }
    key, why = _key(turn.text, turn.language), "two answers were generated: which one is better?"
    return Offer(PREFERENCE, key, _PRIORITY, turn.text, turn.language, proposal, (why,), [turn])


def is_comparison(item: Item) -> bool:
    """Whether a reviewer chooses between two answers, and nothing is proposed."""
    return item.kind == PREFERENCE and FIRST in item.proposal


def as_shown(item: Item) -> Item:
    """The item without who wrote which answer, while that could sway a reviewer."""
    if item.is_decided or not is_comparison(item):
        return item
    return replace(item, proposal={name: told for name, told in item.proposal.items() if name != _MADE_BY})


def chosen_of(value: dict[str, Any]) -> dict[str, Any]:
    """The pair that a reviewer's choice makes; what he saw first and who wrote which are kept with it.

    Raises:
        ReviewError: he did not choose.
    """
    better = value.get("better")
    if better not in BETTER:
        raise ReviewError(
            "Say which answer is better: change with {'better': 'first'} or {'better': 'second'}; reject if "
            "both are bad."
        )
    order = (0, 1) if better == FIRST else (1, 0)
    made_by = [*(value.get(_MADE_BY) or ()), "", ""]
    return {
        "prompt": value.get("prompt"),
        "chosen": value.get(BETTER[order[0]]),
        "rejected": value.get(BETTER[order[1]]),
        "source": COMPARED,
        **dict(zip(HOW_COMPARED, (better, *(str(made_by[place]) for place in order)), strict=True)),
    }


def _key(text: str, language: str) -> str:
    return f"{COMPARED}\0{normalised(text)}\0{language}"


def _can_be_asked(text: str) -> bool:
    return has_words(text) and not has_mask(text)
