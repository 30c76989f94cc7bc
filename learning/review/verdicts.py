"""Takes reviewers' verdicts, settles their disagreements, and keeps what was accepted.

Every verdict first writes to the item, which locks it: two reviewers at once come one after the other, and
each sees what the other said.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.datasets.records import accepted, replace_of_item
from learning.errors import GoneError, ReviewError
from learning.labels.votes import evaluated_level
from learning.learned import ARTICLE, INTENT, LABEL
from learning.review.accepting import learned_of
from learning.review.clusters import as_other_kind
from learning.review.item import ACCEPTED, DISPUTED, OPEN, REJECTED, Item
from learning.review.queue import (
    SETTLE,
    SKIP,
    Review,
    find_items,
    item_in,
    put_review,
    reviews_of,
    turns_of_item,
)
from learning.review.values import checked
from learning.store import LearningStore
from learning.tables import items

ACCEPT, CHANGE, REJECT = "accept", "change", "reject"
VERDICTS = (ACCEPT, CHANGE, REJECT, SKIP)
# What accepts by itself; whatever a person says weighs more.
AUTOMATIC = "automatic"
_LONGEST_NAME, _LONGEST_NOTE = 80, 2_000


@dataclass(frozen=True)
class Rules:
    """How items are decided.

    Attributes:
        reviewers: so many must agree; the majority counts once they disagree.
        intents: all that the assistant knows.
    """

    reviewers: int = 1
    intents: Collection[str] = ()


@dataclass(frozen=True)
class Verdict:
    """What a reviewer says: one of `VERDICTS`, with a value where he changes the proposal, and a note."""

    reviewer: str
    verdict: str
    value: dict[str, Any] | None = None
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What the verdicts so far come to; `value` is None unless something is accepted."""

    status: str
    value: dict[str, Any] | None = None
    reviewers: tuple[str, ...] = ()


def review(store: LearningStore, name: str, verdict: Verdict, rules: Rules, now: float) -> Item:
    """Takes a verdict; it replaces the one that the reviewer gave before.

    Args:
        store: where items are.
        name: the item's id.
        verdict: what is said.
        rules: how many must agree.
        now: seconds since the epoch.

    Returns:
        The item as it is then.

    Raises:
        GoneError: the item does not exist any more.
        ReviewError: the verdict or its value cannot be taken; nothing was changed.
    """
    if verdict.verdict not in VERDICTS:
        raise ReviewError(f"{str(verdict.verdict)[:40]!r} is no verdict: give one of {', '.join(VERDICTS)}.")
    return _take(store, name, verdict, rules, now, settles=False)


def settle(store: LearningStore, name: str, verdict: Verdict, rules: Rules, now: float) -> Item:
    """Ends a dispute: this verdict counts, whatever the others said.

    Raises:
        GoneError: the item does not exist any more.
        ReviewError: nobody disagrees on it, or the verdict cannot be taken; nothing was changed.
    """
    if verdict.verdict not in (ACCEPT, CHANGE, REJECT):
        raise ReviewError("A dispute is settled by accept, change or reject.")
    return _take(store, name, verdict, rules, now, settles=True)


def auto_accept(store: LearningStore, level: float, rules: Rules, now: float) -> int:
    """Accepts labels on whose proposal votes agree this much; how many that were.

    Args:
        store: where items are.
        level: an agreement (0–1) that was evaluated; 0 accepts nothing.
        rules: which intents there are.
        now: seconds since the epoch.
    """
    if level <= 0:
        return 0
    sure = [item for item in find_items(store, [OPEN], LABEL) if item.agreement >= level]
    known = [item for item in sure if item.proposal.get("intent") in rules.intents]
    for item in known:
        review(store, item.id, Verdict(AUTOMATIC, ACCEPT, note=f"agreement {item.agreement:.2f}"), rules, now)
    return len(known)


def evaluated(store: LearningStore, wanted: float) -> float:
    """The lowest agreement from which on people accepted so large a share of proposed labels as they stood.

    Args:
        store: where items are.
        wanted: share (0–1); 0 for none.

    Returns:
        0 if no agreement is high enough, or too few labels were judged by people to say.
    """
    if wanted <= 0:
        return 0.0
    judged = find_items(store, [ACCEPTED, REJECTED], LABEL)
    with store.engine.connect() as connection:
        said = {item.id: reviews_of(item.id, connection) for item in judged}
    people = [item for item in judged if any(one.reviewer != AUTOMATIC for one in said[item.id])]
    learned = {(one.item, one.content["intent"]) for one in accepted(store) if one.kind == LABEL}
    right = [(item.id, item.proposal.get("intent")) in learned for item in people]
    return evaluated_level([item.agreement for item in people], right, wanted) or 0.0


def _take(store: LearningStore, name: str, verdict: Verdict, rules: Rules, now: float, settles: bool) -> Item:
    reviewer = _name(verdict.reviewer)
    if len(verdict.note) > _LONGEST_NOTE:
        raise ReviewError(f"The note has {len(verdict.note)} characters: {_LONGEST_NOTE} are allowed.")
    with store.writing() as connection:
        item = _locked(name, connection)
        if settles and item.status != DISPUTED:
            raise ReviewError(f"Nobody disagrees on {name}, it is {item.status}: review it instead.")
        value = _value(item, verdict, rules)
        if settles:
            value = {"verdict": verdict.verdict, "value": value}
        said = SETTLE if settles else verdict.verdict
        put_review(Review(item.id, reviewer, said, value, verdict.note, now), connection)
        outcome = outcome_of(reviews_of(item.id, connection), rules.reviewers)
        connection.execute(sa.update(items).where(items.c.id == item.id).values(status=outcome.status))
        made = []
        if outcome.value is not None:
            members = turns_of_item(item.id, connection)
            made = learned_of(item, outcome.value, members, outcome.reviewers, now)
        replace_of_item(item.id, made, f"{reviewer} took it back", connection)
        return item_in(connection, item.id)


def _locked(name: str, connection: Connection) -> Item:
    """The item; nobody else changes it until the transaction ends."""
    touched = connection.execute(sa.update(items).where(items.c.id == name).values(status=items.c.status))
    if not touched.rowcount:
        raise GoneError(f"The item {name[:40]!r} is gone, nothing was changed: see `rapport learn items`.")
    return item_in(connection, name)


def _name(reviewer: str) -> str:
    plain = " ".join(str(reviewer).split())
    if not plain or len(plain) > _LONGEST_NAME or not plain.isprintable():
        raise ReviewError(
            f"A reviewer's name has 1 to {_LONGEST_NAME} characters, not {len(plain)}: give one."
        )
    return plain


def _value(item: Item, verdict: Verdict, rules: Rules) -> dict[str, Any]:
    """What would be learned; nothing for a reject or skip."""
    if verdict.verdict == ACCEPT:
        return checked(item.kind, item.proposal, rules.intents)
    if verdict.verdict == CHANGE:
        if not verdict.value:
            raise ReviewError("A change needs a value: what the proposal should say instead.")
        return _changed(item, verdict.value, rules)
    return {}


def _changed(item: Item, value: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """What would be learned instead; what the assistant lacks may be an intent or an article."""
    kind = str(value.get("kind", item.kind))
    if kind == item.kind:
        return checked(kind, {**item.proposal, **value}, rules.intents)
    if {kind, item.kind} != {INTENT, ARTICLE}:
        raise ReviewError(f"An item of the kind {item.kind} cannot become one of the kind {kind[:20]!r}.")
    changed = {**as_other_kind(item.proposal, kind), **value}
    return {**checked(kind, changed, rules.intents), "kind": kind}


def outcome_of(said: Sequence[Review], needed: int) -> Outcome:
    """What reviewers' verdicts come to.

    Those who agree must be as many as needed, and more than half of all. A settlement counts alone.
    """
    settled = [one for one in said if one.verdict == SETTLE]
    if settled:
        last = settled[-1]
        rejects = last.value["verdict"] == REJECT
        return Outcome(
            REJECTED if rejects else ACCEPTED, None if rejects else last.value["value"], (last.reviewer,)
        )
    opinions = [one for one in said if one.verdict != SKIP]
    people = [one for one in opinions if one.reviewer != AUTOMATIC]
    if not people and opinions:
        return Outcome(ACCEPTED, opinions[-1].value, (AUTOMATIC,))
    by_opinion = Counter(_opinion(one) for one in people)
    if not by_opinion:
        return Outcome(OPEN)
    opinion, count = by_opinion.most_common(1)[0]
    if count < needed or 2 * count <= len(people):
        return Outcome(DISPUTED if len(by_opinion) > 1 else OPEN)
    agreeing = [one for one in people if _opinion(one) == opinion]
    if agreeing[0].verdict == REJECT:
        return Outcome(REJECTED)
    return Outcome(ACCEPTED, agreeing[0].value, tuple(one.reviewer for one in agreeing))


def _opinion(one: Review) -> str:
    """The same for all who want the same: to accept a proposal, or to change it into that, is one."""
    if one.verdict == REJECT:
        return REJECT
    # A reviewer who corrects only the wording of an answer still disagrees: it goes out as it is written.
    return json.dumps(one.value, sort_keys=True, ensure_ascii=False)
