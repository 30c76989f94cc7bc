"""Rasa's SQL tracker store with three mends: it masks before it writes, it does not re-read what it knows, SQLite uses WAL.

Found in 3.6: each turn reads and replays the whole session several times (8 ms at 2 turns, 351 ms at 500), and the
rollback journal's commit takes half of a short turn. Mend: the live trackers stay in memory, and are used only while
the database's last event of that conversation is the one they were saved with, so several replicas stay correct.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Text

import sqlalchemy as sa
import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import OperationalError

from components.masking import Masker, mask_event

logger = structlog.get_logger(__name__)

BUSY_TIMEOUT_MS = 5_000


class _Live(NamedTuple):
    """A tracker in memory, how many of its events are stored, and the id of the last one in the database."""

    tracker: DialogueStateTracker
    stored: int
    last_id: Optional[int]


class RapportTrackerStore(SQLTrackerStore):
    """Keeps conversations in SQL, personal data masked.

    Example (endpoints.yml):
        tracker_store:
          type: components.tracker_store.RapportTrackerStore
          dialect: sqlite
          db: var/tracker.db
          personal_slots: [identity, new_address]
    """

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        host: Optional[Text] = None,
        dialect: Text = "sqlite",
        db: Text = "var/tracker.db",
        personal_slots: Sequence[Text] = (),
        region: Text = "GB",
        patterns: Optional[Dict[Text, Text]] = None,
        live_conversations: int = 256,
        **kwargs: Any,
    ) -> None:
        """See class. `patterns`: more kinds of personal data, name to regular expression."""
        if dialect == "sqlite":
            Path(db).parent.mkdir(parents=True, exist_ok=True)
        self.masker = Masker(region, (patterns or {}).items())
        self.personal_slots = tuple(personal_slots)
        self.live_conversations = live_conversations
        self._live: OrderedDict[Text, _Live] = OrderedDict()
        kwargs.pop("url", None)
        super().__init__(
            domain=domain, dialect=dialect, host=host, db=db, event_broker=event_broker, **kwargs
        )
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _use_wal)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Retrieves the latest session, from memory where memory is what the database holds."""
        live = self._live.get(sender_id)
        if live is None:
            return await super().retrieve(sender_id)
        clean = len(live.tracker.events) == live.stored
        try:
            current = self._last_id(sender_id) == live.last_id
        except OperationalError as error:
            logger.error("tracker_store.locked", error=str(error.orig))
            current = True  # what is in memory is all there is right now
        if current and clean:
            self._live.move_to_end(sender_id)
            return live.tracker
        del self._live[sender_id]
        return await super().retrieve(sender_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Writes the events that are not stored yet, masked, and streams them to the broker."""
        with self.session_scope() as session:
            stored = self._stored_before(session, tracker)
            events = list(tracker.events)
            rows = self._masked(events, stored)
            session.add_all(self._row(tracker.sender_id, row) for row in rows)
            session.commit()
            last_id = self._last_id(tracker.sender_id)
        if self.event_broker is not None:
            for row in rows:
                self.event_broker.publish({"sender_id": tracker.sender_id, **row})
        self._keep(tracker, len(events), last_id)

    def _stored_before(self, session: Any, tracker: DialogueStateTracker) -> int:
        live = self._live.get(tracker.sender_id)
        if live is not None and live.tracker is tracker:
            return live.stored
        return int(
            self._event_query(session, tracker.sender_id, fetch_events_from_all_sessions=False).count()
        )

    def _masked(self, events: List[Event], stored: int) -> List[Dict[Text, Any]]:
        """The events from `stored` on as dicts, each masked with what a form was asking for at that moment."""
        requested = next(_requested_slots(reversed(events[:stored])), None)
        rows = []
        for event in events[stored:]:
            rows.append(mask_event(event.as_dict(), self.masker, self.personal_slots, requested))
            if isinstance(event, SlotSet) and event.key == REQUESTED_SLOT:
                requested = event.value
        return rows

    def _row(self, sender_id: Text, data: Dict[Text, Any]) -> SQLTrackerStore.SQLEvent:
        return self.SQLEvent(
            sender_id=sender_id,
            type_name=data["event"],
            timestamp=data.get("timestamp"),
            intent_name=(data.get("parse_data") or {}).get("intent", {}).get("name"),
            action_name=data.get("name"),
            data=json.dumps(data),
        )

    def _last_id(self, sender_id: Text) -> Optional[int]:
        with self.session_scope() as session:
            last: Optional[int] = (
                session.query(sa.func.max(self.SQLEvent.id))
                .filter(self.SQLEvent.sender_id == sender_id)
                .scalar()
            )
            return last

    def _keep(self, tracker: DialogueStateTracker, stored: int, last_id: Optional[int]) -> None:
        self._live[tracker.sender_id] = _Live(tracker, stored, last_id)
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > self.live_conversations:
            self._live.popitem(last=False)


def _requested_slots(events: Iterator[Event]) -> Iterator[Any]:
    return (event.value for event in events if isinstance(event, SlotSet) and event.key == REQUESTED_SLOT)


def _use_wal(connection: Any, _: Any) -> None:
    """Readers do not wait for the writer, and a commit does not wait for the disk twice."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()
