"""Turns flags into items: what reviewers are asked, alike turns together, the most urgent first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.caps import Caps, at_most
from learning.labels.discovery import discover
from learning.labels.votes import Vote, consensus
from learning.learned import ANSWER, ARTICLE, INTENT, LABEL
from learning.review.clusters import Discover, cluster_items, same_wants
from learning.review.grouping import SAME, Spoken, groups_of
from learning.review.item import OPEN, STATUSES, Encode, Item, item_id
from learning.review.kinds import answer_proposal, is_unknown, kind_of
from learning.review.pairs import pair_items
from learning.review.queue import add_turns, assigned, delete_items, find_items, put_item
from learning.review.voting import Votes, by_customer
from learning.review.waiting import Flagged, before_reviewers, unasked, waiting
from learning.store import LearningStore
from learning.tables import item_turns, items, reviews, turns
from learning.turn import Turn

_PROPOSED = "items_proposed"


@dataclass(frozen=True)
class Helpers:
    """What proposals are made with.

    Attributes:
        encode: texts to unit vectors, [n_texts, dim].
        votes: who thinks what of some turns.
        discover: finds groups of messages that ask the same.
        same: cosine from which two texts ask the same.
        caps: how much one customer may weigh.
    """

    encode: Encode
    votes: Votes
    discover: Discover = discover
    same: float = SAME
    caps: Caps = field(default_factory=Caps)


@dataclass
class ProposeReport:
    """What came of it.

    Attributes:
        new: new items by kind.
        joined: turns that joined items.
        unfit: turns that no reviewer could judge.
        held: turns and pairs of customers of whom enough is before reviewers; they come later.
    """

    new: Counter[str] = field(default_factory=Counter)
    joined: int = 0
    unfit: int = 0
    held: int = 0


@dataclass(frozen=True)
class _Draft:
    """An item before it is written, or the id of one that is there, with turns to add."""

    item: Item | None
    joins: str
    members: tuple[Flagged, ...]


def propose(store: LearningStore, helpers: Helpers, now: float) -> ProposeReport:
    """Makes items of all flagged turns that are in none.

    A turn is in one item at most. Proposing again changes nothing but for what was flagged since; what is
    like an item that was decided already counts with that one, and nobody is asked again.

    Args:
        store: with turns and flags.
        helpers: what proposals are made with.
        now: seconds since the epoch.
    """
    report = ProposeReport()
    flagged = waiting(store)
    kinds = {one.turn.id: kind_of(one.turn, one.signals) for one in flagged}
    report.unfit = sum(kind is None for kind in kinds.values())
    fit = _capped(store, [one for one in flagged if kinds[one.turn.id]], helpers.caps)
    report.held = len(flagged) - report.unfit - len(fit)
    drafts = _clustered(store, [*fit, *unasked(store)], helpers, now)
    taken = {one.turn.id for draft in drafts for one in draft.members}
    for kind in (ANSWER, LABEL):
        of_kind = [one for one in fit if kinds[one.turn.id] == kind and one.turn.id not in taken]
        drafts += _grouped(store, kind, of_kind, helpers, now)
    with store.writing() as connection:
        # The first write takes the lock: what another proposal did since is seen from here on.
        store.set_value(_PROPOSED, str(now), connection)
        for draft in drafts:
            _write(draft, connection, report)
        pairs = pair_items(connection, now)
        allowed = list(_capped_pairs(pairs, before_reviewers(connection), helpers.caps.turns))
        report.held += len(pairs) - len(allowed)
        for item, members in allowed:
            put_item(item, connection)
            add_turns(item.id, members, connection)
            report.new[item.kind] += 1
    return report


def _capped(store: LearningStore, fit: Sequence[Flagged], caps: Caps) -> list[Flagged]:
    """The most urgent turns of each customer, no more than he may have before reviewers."""
    with store.engine.connect() as connection:
        asked = before_reviewers(connection)
    return at_most(fit, lambda one: one.turn.conversation, caps.turns, asked)


def _capped_pairs(
    pairs: Sequence[tuple[Item, list[Turn]]], asked: Mapping[str, int], most: int
) -> Iterator[tuple[Item, list[Turn]]]:
    """A pair takes both its customers: none of them may have too much before reviewers."""
    counted = Counter(asked)
    for item, members in pairs:
        if all(counted[turn.conversation] < most for turn in members):
            counted.update(turn.conversation for turn in members)
            yield item, members


def _clustered(store: LearningStore, found: Sequence[Flagged], helpers: Helpers, now: float) -> list[_Draft]:
    """Items for intents and articles that the assistant lacks, of messages that it did not know."""
    unknown = {
        one.turn.id: one for one in found if is_unknown(one.turn, one.signals) and not one.turn.correction
    }
    lacking = [one.turn for one in unknown.values()]
    made = cluster_items(lacking, helpers.encode, helpers.discover, now, helpers.caps.customers)
    there = [item for kind in (INTENT, ARTICLE) for item in find_items(store, STATUSES, kind)]
    same = same_wants([item for item, _ in made], there, helpers.encode)
    drafts = []
    for (item, members), joins in zip(made, same, strict=True):
        flagged = tuple(unknown[turn.id] for turn in members)
        item = replace(item, priority=max(one.priority for one in flagged))
        drafts.append(_Draft(None if joins else item, joins, flagged))
    return drafts


def _grouped(
    store: LearningStore, kind: str, found: Sequence[Flagged], helpers: Helpers, now: float
) -> list[_Draft]:
    """Groups of alike turns; those that are like an item that is there join it."""
    if not found:
        return []
    there = find_items(store, STATUSES, kind)
    texts = [Spoken(item.text, item.language) for item in there]
    texts += [Spoken(one.turn.text, one.turn.language) for one in found]
    by_leader: dict[int, list[Flagged]] = defaultdict(list)
    for place, leader in enumerate(groups_of(texts, helpers.encode, helpers.same)[len(there) :]):
        by_leader[leader].append(found[place])
    joining = [
        _Draft(None, there[leader].id, tuple(members))
        for leader, members in by_leader.items()
        if leader < len(there)
    ]
    fresh = [members for leader, members in by_leader.items() if leader >= len(there)]
    make = _label_items if kind == LABEL else _answer_items
    return joining + [
        _Draft(item, "", tuple(members))
        for item, members in zip(make(fresh, helpers, now), fresh, strict=True)
    ]


def _label_items(groups: Sequence[Sequence[Flagged]], helpers: Helpers, now: float) -> list[Item]:
    """Which intent the first turn of each group has, by the consensus of votes."""
    made = []
    for members, votes in zip(groups, helpers.votes([group[0].turn for group in groups]), strict=True):
        first = members[0]
        own = by_customer(first.turn, first.following) if "meant_otherwise" in first.signals else None
        cast = [*votes, *([own] if own else [])]
        agreed = consensus(cast)
        proposal = {"text": first.turn.text, "intent": agreed.label}
        why = [agreed.why] if agreed.why else []
        kept = tuple(Vote(vote.voter, vote.label, round(vote.confidence, 4), vote.why) for vote in cast)
        item = _item(LABEL, members, proposal, now, why)
        made.append(replace(item, votes=kept, agreement=round(agreed.agreement, 4)))
    return made


def _answer_items(groups: Sequence[Sequence[Flagged]], helpers: Helpers, now: float) -> list[Item]:
    """The answer that a colleague wrote instead, if one of the group's turns has any."""
    made = []
    for members in groups:
        told = next((one for one in members if one.turn.correction), members[0])
        made.append(_item(ANSWER, members, answer_proposal(told.turn, told.signals), now, ()))
    return made


def _item(
    kind: str, members: Sequence[Flagged], proposal: Mapping[str, object], now: float, more: Sequence[str]
) -> Item:
    first = members[0]
    reasons = [f"{name}: {why}" for name, why in first.signals.items()]
    return Item(
        id=item_id(kind, first.turn.id),
        kind=kind,
        status=OPEN,
        priority=max(one.priority for one in members),
        text=first.turn.text,
        language=first.turn.language,
        proposal=dict(proposal),
        reasons=(*reasons, *more),
        created=now,
    )


def _write(draft: _Draft, connection: Connection, report: ProposeReport) -> None:
    """Writes a draft, unless its turns were given to other items or forgotten in the meantime."""
    ids = [one.turn.id for one in draft.members]
    _release(ids, connection)
    there = set(connection.execute(sa.select(turns.c.id).where(turns.c.id.in_(ids))).scalars())
    free = there - assigned(connection)
    members = [one.turn for one in draft.members if one.turn.id in free]
    if not members:
        return
    if draft.item is None:
        where = items.c.id == draft.joins
        urgency = connection.execute(sa.select(items.c.priority).where(where)).scalar()
        if urgency is not None:
            add_turns(draft.joins, members, connection)
            highest = max(int(urgency), *(one.priority for one in draft.members))
            connection.execute(sa.update(items).where(where).values(priority=highest))
            report.joined += len(members)
    elif members[0] is draft.members[0].turn:
        put_item(draft.item, connection)
        add_turns(draft.item.id, members, connection)
        report.new[draft.item.kind] += 1


def _release(ids: Sequence[str], connection: Connection) -> None:
    """Takes turns out of label items that nobody has judged; an item that began with them is given up."""
    judged = sa.select(reviews.c.item)
    statement = (
        sa.select(items.c.id)
        .join(item_turns, item_turns.c.item == items.c.id)
        .where(item_turns.c.turn.in_(ids), items.c.kind == LABEL, items.c.status == OPEN)
        .where(items.c.id.not_in(judged))
    )
    delete_items(set(connection.execute(statement).scalars()), connection)
