"""Items for preference pairs: two answers to one question, of which customers took one better."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.learned import PREFERENCE
from learning.review.item import OPEN, Item, item_id
from learning.review.kinds import reply_without_correction
from learning.review.queue import assigned
from learning.review.words import has_words, normalised
from learning.store import turn_of
from learning.tables import turns
from learning.turn import DOWN, UP, Turn

THUMBS, REPETITION, CORRECTION, COMPARED = "thumbs", "repetition", "correction", "compared"
SOURCES = (THUMBS, REPETITION, CORRECTION, COMPARED)
_PRIORITY = 2

_Pair = tuple[Item, list[Turn]]


def pair_items(connection: Connection, now: float) -> list[_Pair]:
    """Items for pairs from thumbs and from ended repetitions, with their turns, which are in no item yet."""
    known = assigned(connection)
    found = [*_by_thumbs(connection, now), *_by_repetition(connection, now)]
    made: list[_Pair] = []
    for item, members in found:
        if not known.intersection(turn.id for turn in members):
            made.append((item, members))
            known.update(turn.id for turn in members)
    return made


def _by_thumbs(connection: Connection, now: float) -> Iterator[_Pair]:
    """The same question was answered in two ways; one answer got a thumb up, the other one down."""
    statement = sa.select(turns).where(turns.c.feedback.in_([UP, DOWN])).order_by(turns.c.at, turns.c.id)
    asked: dict[tuple[str, str], list[Turn]] = defaultdict(list)
    for turn in map(turn_of, connection.execute(statement)):
        if has_words(turn.text) and turn.reply:
            asked[normalised(turn.text), turn.language].append(turn)
    for alike in asked.values():
        good = [turn for turn in alike if turn.feedback == UP]
        bad = [turn for turn in alike if turn.feedback == DOWN and not turn.correction]
        for better, worse in zip(good, bad, strict=False):
            yield from _pair(
                better, worse, THUMBS, "a thumb up for one answer, a thumb down for the other", now
            )


def _by_repetition(connection: Connection, now: float) -> Iterator[_Pair]:
    """A question was repeated, and the conversation went on to something else after another answer."""
    repeated = sa.select(turns.c.conversation).where(turns.c.repeat_tier >= 2).distinct()
    statement = sa.select(turns).where(turns.c.conversation.in_(repeated))
    rows = connection.execute(statement.order_by(turns.c.conversation, turns.c.number))
    by_conversation: dict[str, list[Turn]] = defaultdict(list)
    for turn in map(turn_of, rows):
        by_conversation[turn.conversation].append(turn)
    for spoken in by_conversation.values():
        for first, last in _ended(spoken):
            why = f"asked {last.repeat_tier} times; after the last answer no more"
            yield from _pair(last, first, REPETITION, why, now)


def _ended(spoken: Sequence[Turn]) -> Iterator[tuple[Turn, Turn]]:
    """The first and the last turn of each repetition that ended well: neither a person nor a thumb down."""
    first: Turn | None = None
    for place, turn in enumerate(spoken):
        following = spoken[place + 1] if place + 1 < len(spoken) else None
        if turn.repeat_tier < 2:
            first = turn
        elif first and following and following.repeat_tier < 2:
            well = turn.feedback != DOWN and not turn.handed_over and not following.handed_over
            if well and turn.citations and turn.sentiment_score > -0.5:
                yield first, turn


def _pair(better: Turn, worse: Turn, source: str, why: str, now: float) -> Iterator[_Pair]:
    chosen, rejected = better.reply.strip(), reply_without_correction(worse)
    if not chosen or not rejected or chosen == rejected:
        return
    proposal: dict[str, Any] = {
        "prompt": worse.text,
        "chosen": chosen,
        "rejected": rejected,
        "source": source,
    }
    identity = item_id(PREFERENCE, worse.id)
    item = Item(
        identity,
        PREFERENCE,
        OPEN,
        _PRIORITY,
        worse.text,
        worse.language,
        proposal,
        reasons=(why,),
        created=now,
    )
    yield item, [worse] if better.id == worse.id else [worse, better]
