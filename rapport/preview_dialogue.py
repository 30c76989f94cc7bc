"""What an edit of rules, stories or forms would change: held conversations are replayed with two models."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from learning.harvest import pseudonym
from learning.turn import Turn
from rapport.console import progress_bar
from rapport.conversations import conversations_engine
from rapport.secret_files import LEARNING_KEY, read_secret

# A database takes so many values in one statement.
_AT_ONCE = 400

Held = dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Course:
    """Turns that would go on otherwise: with which action, after which intent, and one of their messages."""

    intent: str
    before: str
    after: str
    turns: int
    example: str


def replayed(live: Path, edited: Path, last: Sequence[Turn]) -> tuple[int, list[Course]]:
    """Lets both models choose again what to do in the last turns, after all that really had happened.

    Returns:
        How many turns are still in the tracker store, and those that would go on otherwise.
    """
    conversations, there = held_conversations(last)
    ids = {number for _, events in there for number in events}
    before, after = (
        _chosen(model, conversations, ids, what)
        for model, what in ((live, "as it is"), (edited, "as edited"))
    )
    return len(there), courses(there, before, after)


def courses(
    last: Iterable[tuple[Turn, Sequence[int]]], before: Mapping[int, str], after: Mapping[int, str]
) -> list[Course]:
    """Turns by their first action that differs, those of the most turns first.

    What comes after it in the turn follows from it: an action that is not run leaves no trace.

    Args:
        last: the turns with the ids of their events.
        before, after: actions by the events in whose place they come.
    """
    counts, examples = Counter[tuple[str, str, str]](), dict[tuple[str, str, str], str]()
    for turn, events in last:
        differs = [one for one in events if one in before and before[one] != after.get(one)]
        if differs:
            course = (turn.routed or turn.intent, before[differs[0]], after.get(differs[0], ""))
            counts[course] += 1
            examples.setdefault(course, turn.text)
    return [Course(*course, turns, examples[course]) for course, turns in counts.most_common()]


def held_conversations(last: Sequence[Turn]) -> tuple[list[Held], list[tuple[Turn, list[int]]]]:
    """Conversations by the ids of their events; and the turns, with theirs, that are still there."""
    engine = conversations_engine()
    if engine is None or not LEARNING_KEY.exists():
        return [], []
    key = read_secret(LEARNING_KEY)
    events = sa.table("events", sa.column("id"), sa.column("sender_id"), sa.column("data"))
    with engine.connect() as connection:
        firsts = [turn.first_event for turn in last]
        owners = dict(_rows(connection, [events.c.id, events.c.sender_id], events.c.id, firsts))
        held: dict[str, Held] = {}
        columns = [events.c.sender_id, events.c.id, events.c.data]
        for sender, number, data in _rows(
            connection, columns, events.c.sender_id, sorted({*owners.values()})
        ):
            held.setdefault(sender, {})[number] = json.loads(data)
    there = []
    for turn in last:
        sender = owners.get(turn.first_event, "")
        # An id may have been given again after somebody was forgotten.
        if pseudonym(sender, key) == turn.conversation:
            ids = [one for one in sorted(held[sender]) if turn.first_event <= one <= turn.last_event]
            there.append((turn, ids))
    return [dict(sorted(one.items())) for one in held.values()], there


def _rows(connection: Any, columns: list[Any], where: Any, wanted: Sequence[Any]) -> Iterable[Any]:
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        yield from (tuple(row) for row in connection.execute(sa.select(*columns).where(where.in_(some))))


def _chosen(model: Path, conversations: Sequence[Held], ids: set[int], what: str) -> dict[int, str]:
    from components.replaying import next_actions

    with progress_bar() as bar:
        task = bar.add_task(f"Replaying {what}", total=len(conversations))
        return next_actions(model, conversations, ids, lambda done: bar.update(task, completed=done))
