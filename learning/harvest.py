"""Takes new turns out of a tracker store: nothing twice, nothing lost, nothing without consent."""

from __future__ import annotations

import hmac
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from learning.errors import SourceError
from learning.reading import Numbered, State, read_turns
from learning.signals import SignalSettings, flags_of
from learning.store import LearningStore

# So many events are read and written at once: a crash loses no more than that, and it is read again.
WINDOW = 20_000
# Values in the store: how far the events were read, and the last time that somebody was forgotten.
LAST_EVENT, LAST_FORGOTTEN = "last_event", "last_forgotten"
# Forms left open longer ago were looked at by an earlier harvest.
_OLDEST_FORM_SECONDS = 30 * 86_400
_SENDERS = 400

# Called with (events read, events to read).
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Consent:
    """Whether we may learn from a conversation.

    Attributes:
        slot: the slot that says so; empty if nobody is asked.
        by_default: what counts while the slot is empty.
    """

    slot: str = ""
    by_default: bool = True

    def allows(self, answer: bool | None) -> bool:
        """Whether a conversation with this answer in the slot may be learned from."""
        return self.by_default if answer is None else answer


@dataclass
class HarvestReport:
    """What a harvest did; `withheld` conversations did not consent, `broken` events could not be read."""

    events: int = 0
    turns: int = 0
    flagged: int = 0
    conversations: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    broken: int = 0


def pseudonym(sender_id: str, key: str) -> str:
    """A conversation's name in the learning database: without the key nobody can tell whose it is."""
    return hmac.new(key.encode(), sender_id.encode(), "sha256").hexdigest()[:32]


def harvest(
    source: Engine,
    store: LearningStore,
    key: str,
    settings: SignalSettings,
    now: float,
    consent: Consent | None = None,
    progress: Progress | None = None,
) -> HarvestReport:
    """Reads what came since the last harvest.

    Args:
        source: the tracker store's database.
        store: where turns go.
        key: of the pseudonyms; always the same one.
        settings: which turns are worth a look.
        now: the present time, in seconds since the epoch.
        consent: which conversations may be learned from; all, if nobody is asked.
        progress: called after each window.

    Raises:
        SourceError: the tracker store cannot be read.
        StoreError: the learning database cannot be written; what was done before stays.
    """
    report = HarvestReport()
    events = _events_table(source)
    taking = _Taking(source, events, store, key, settings, now, consent or Consent(), report)
    cursor, _ = _position(store)
    total = _count_after(source, events, cursor)
    while True:
        cursor, forgotten = _position(store)
        window = _read(source, events, cursor, WINDOW)
        if not window:
            _flag_abandoned(store, settings, now, report)
            return report
        if not _keep(taking, window, forgotten):
            continue
        report.events += len(window)
        if progress:
            progress(report.events, total)


def _position(store: LearningStore) -> tuple[int, str | None]:
    """The last event that was read, and when somebody was forgotten."""
    with store.engine.connect() as connection:
        return int(store.value(LAST_EVENT, connection) or 0), store.value(LAST_FORGOTTEN, connection)


class _Stale(Exception):
    """Somebody was forgotten since a window was read: what was read may be theirs."""


def _keep(taking: _Taking, window: Sequence[_Row], forgotten: str | None) -> bool:
    """Takes a window and the position after it in one transaction; false if it must be read again."""
    store = taking.store
    try:
        with store.writing() as connection:
            # Written first: from here on nobody else writes, so what is read next stays true.
            store.set_value(LAST_EVENT, str(window[-1][0]), connection)
            if store.value(LAST_FORGOTTEN, connection) != forgotten:
                raise _Stale
            _take(taking, window, connection)
    except _Stale:
        return False
    return True


def _flag_abandoned(
    store: LearningStore, settings: SignalSettings, now: float, report: HarvestReport
) -> None:
    """A form is known to be left open only some time after the last event."""
    with store.writing() as connection:
        names = store.left_in_a_form(now - settings.silent_seconds, now - _OLDEST_FORM_SECONDS, connection)
        found = store.turns_of(names, connection).values()
        flags = [flag for turns in found for flag in flags_of(turns, settings, now)]
        store.replace_flags(names, flags, connection)
        report.flagged += sum(flag.signal == "abandoned_form" for flag in flags)


@dataclass(frozen=True)
class _Taking:
    """What one harvest works with."""

    source: Engine
    events: sa.Table
    store: LearningStore
    key: str
    settings: SignalSettings
    now: float
    consent: Consent
    report: HarvestReport


_Row = tuple[int, str, str]


def _take(taking: _Taking, window: Sequence[_Row], connection: Connection) -> None:
    """Takes one window of events: of each conversation in it, the turns from the last that was read on."""
    store, report = taking.store, taking.report
    names = {sender: pseudonym(sender, taking.key) for sender in dict.fromkeys(row[1] for row in window)}
    positions = store.positions(names.values(), connection)
    by_sender = _with_older(taking, window, names, positions)
    turns, feedback, withheld, kept = [], {}, set(), {}
    for sender, rows in by_sender.items():
        name = names[sender]
        state = positions[name][1] if name in positions else State()
        found, before, given = read_turns(_parsed(rows, report), name, state, taking.consent.slot)
        allowed = taking.consent.allows(before.consent)
        # The last turn may go on: it is read again from its first event.
        kept[name] = (found[-1].first_event if found else rows[0][0], before, allowed)
        if not allowed:
            withheld.add(name)
            continue
        turns += found
        feedback[name] = given
    store.put_turns(turns, connection)
    for name, given in feedback.items():
        store.put_feedback(name, given, connection)
    store.forget(withheld, connection)
    store.put_positions(kept, connection)
    flagged = store.turns_of(feedback.keys(), connection).values()
    flags = [flag for of_one in flagged for flag in flags_of(of_one, taking.settings, taking.now)]
    store.replace_flags(feedback.keys(), flags, connection)
    report.turns += len(turns)
    report.flagged += len({flag.turn for flag in flags})
    report.conversations |= feedback.keys()
    report.withheld = (report.withheld - feedback.keys()) | withheld


def _with_older(
    taking: _Taking,
    window: Sequence[_Row],
    names: Mapping[str, str],
    positions: Mapping[str, tuple[int, State]],
) -> dict[str, list[_Row]]:
    """The window's rows by sender, before them those of the turn that had not ended."""
    by_sender: dict[str, list[_Row]] = defaultdict(list)
    first, last = window[0][0], window[-1][0]
    older = [sender for sender, name in names.items() if name in positions and positions[name][0] < first]
    for start in range(0, len(older), _SENDERS):
        some = older[start : start + _SENDERS]
        since = min(positions[names[sender]][0] for sender in some)
        where = (
            taking.events.c.sender_id.in_(some), taking.events.c.id >= since, taking.events.c.id < first
        )  # fmt: skip
        for row in _rows(taking.source, taking.events, where, None):
            if row[0] >= positions[names[row[1]]][0]:
                by_sender[row[1]].append(row)
    for row in window:
        if row[0] <= last:
            by_sender[row[1]].append(row)
    return by_sender


def _parsed(rows: Iterable[_Row], report: HarvestReport) -> Iterable[Numbered]:
    for number, _, data in rows:
        try:
            event: Any = json.loads(data)
        except (TypeError, ValueError):
            event = None
        if isinstance(event, dict):
            yield number, event
        else:
            report.broken += 1


def _events_table(source: Engine) -> sa.Table:
    try:
        return sa.Table("events", sa.MetaData(), autoload_with=source)
    except SQLAlchemyError as error:
        raise SourceError(
            f"There are no conversations in {source.url!r}: name the tracker store in endpoints.yml, "
            "and talk to the assistant first."
        ) from error


def _read(source: Engine, events: sa.Table, cursor: int, limit: int) -> list[_Row]:
    return _rows(source, events, (events.c.id > cursor,), limit)


def _rows(source: Engine, events: sa.Table, where: Sequence[Any], limit: int | None) -> list[_Row]:
    statement = sa.select(events.c.id, events.c.sender_id, events.c.data).where(*where).order_by(events.c.id)
    try:
        with source.connect() as connection:
            return [tuple(row) for row in connection.execute(statement.limit(limit))]
    except SQLAlchemyError as error:
        raise SourceError(f"The tracker store cannot be read: {getattr(error, 'orig', error)}.") from error


def _count_after(source: Engine, events: sa.Table, cursor: int) -> int:
    with source.connect() as connection:
        statement = sa.select(sa.func.count()).select_from(events).where(events.c.id > cursor)
        return int(connection.execute(statement).scalar() or 0)
