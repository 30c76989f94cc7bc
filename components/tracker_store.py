"""Rasa's SQL tracker store with four mends.

- Personal data is masked before it is written.
- Found in 3.6: each turn reads and replays the whole session several times (8 ms at 2 turns, 351 ms at 500).
  Mend: live trackers stay in memory, and are used only while the database's last event of that conversation
  is the one they were saved with, so several replicas stay correct.
- The rollback journal's commit takes half of a short turn. Mend: SQLite uses WAL, on connections that stay
open.
- Where the database is locked, a turn was lost. Mend: it waits in memory and is written with the next one.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Text

import sqlalchemy as sa
import structlog
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from components.masking import MASKED, Masker, mask_event
from components.requested import asked_for, next_asked_for
from components.sql_engine import tuned_engine

logger = structlog.get_logger(__name__)

# A tracker knows by this how many of its events are in the database.
STORED = "rapport_stored_events"


class _Live(NamedTuple):
    """A tracker, how many events it had when it was saved, and the id of the last one in the database."""

    tracker: DialogueStateTracker
    length: int
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
        masked: Sequence[Text] = MASKED,
        live_conversations: int = 256,
        **kwargs: Any,
    ) -> None:
        """See class. `masked`: the kinds of personal data; `patterns`: more of them, name to expression.

        Raises:
            OperationalError: the database cannot be read.
            ValueError: a kind is unknown.
        """
        self.masker = Masker(region, (patterns or {}).items(), masked)
        self.personal_slots = tuple(personal_slots)
        self.live_conversations = live_conversations
        self._live: OrderedDict[Text, _Live] = OrderedDict()
        self._waiting: Dict[Text, DialogueStateTracker] = {}
        if dialect == "sqlite":
            Path(db).parent.mkdir(parents=True, exist_ok=True)
        kwargs.pop("url", None)
        super().__init__(
            domain=domain, dialect=dialect, host=host, db=db, event_broker=event_broker, **kwargs
        )
        self.engine: Engine = tuned_engine(self.engine)
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)
        self._last_id("")  # Rasa only logs that it could not make the table

    @property
    def domain(self) -> Domain:
        """The domain of the model in use."""
        return self._domain

    @domain.setter
    def domain(self, domain: Optional[Domain]) -> None:
        """A new model may have other slots: trackers are made anew, but for those that are nowhere else."""
        self._domain = domain or Domain.empty()
        self._live = OrderedDict((key, live) for key, live in self._live.items() if key in self._waiting)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Retrieves the latest session, from memory where memory is what the database holds."""
        live = self._live.get(sender_id)
        in_a_turn = live is not None and len(live.tracker.events) != live.length
        if live is None or in_a_turn or not self._is_current(sender_id, live):
            return await super().retrieve(sender_id)
        self._live.move_to_end(sender_id)
        return live.tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Writes the events that are not stored yet, masked, and streams them to the broker."""
        if not self._try_to_write(tracker):
            self._waiting[tracker.sender_id] = tracker
            self._keep(tracker, None)
            return
        for waiting in list(self._waiting.values()):
            if not self._try_to_write(waiting):
                break

    def _is_current(self, sender_id: Text, live: _Live) -> bool:
        if sender_id in self._waiting:
            return True  # what is in memory is all there is right now
        try:
            return self._last_id(sender_id) == live.last_id
        except OperationalError as error:
            logger.error("tracker_store.unreadable", error=str(error.orig))
            return True

    def _try_to_write(self, tracker: DialogueStateTracker) -> bool:
        try:
            self._write(tracker)
        except OperationalError as error:
            logger.error("tracker_store.not_saved", error=str(error.orig), hint="it is kept and tried again")
            return False
        self._waiting.pop(tracker.sender_id, None)
        return True

    def _write(self, tracker: DialogueStateTracker) -> None:
        events = list(tracker.events)
        with self.session_scope() as session:
            stored = self._stored_before(session, tracker)
            rows = self._masked(events, stored)
            before = self._last_id(tracker.sender_id, session)
            if rows:
                values = [_columns(tracker.sender_id, row) for row in rows]
                session.execute(self.SQLEvent.__table__.insert(), values)
                session.commit()
            last_id = self._last_id(tracker.sender_id, session)
        setattr(tracker, STORED, len(events))
        if self.event_broker is not None:
            for row in rows:
                self.event_broker.publish({"sender_id": tracker.sender_id, **row})
        if self._others_wrote(tracker, before) or _holds_earlier_session(events):
            self._live.pop(tracker.sender_id, None)  # the next turn reads what the database holds
        else:
            self._keep(tracker, last_id)

    def _others_wrote(self, tracker: DialogueStateTracker, before: Optional[int]) -> bool:
        live = self._live.get(tracker.sender_id)
        return live is not None and live.tracker is tracker and live.last_id not in (None, before)

    def _stored_before(self, session: Any, tracker: DialogueStateTracker) -> int:
        """How many of a tracker's events are stored; one from elsewhere may begin another conversation."""
        known: Optional[int] = getattr(tracker, STORED, None)
        if known is not None:
            return known
        query = self._event_query(session, tracker.sender_id, fetch_events_from_all_sessions=False)
        first = query.first()
        continued = first and tracker.events and first.timestamp == tracker.events[0].timestamp
        return int(query.count()) if continued else 0

    async def _retrieve(
        self, sender_id: Text, fetch_events_from_all_sessions: bool
    ) -> Optional[DialogueStateTracker]:
        tracker = await super()._retrieve(sender_id, fetch_events_from_all_sessions)
        if tracker is not None:
            setattr(tracker, STORED, len(tracker.events))
        return tracker

    def _masked(self, events: List[Event], stored: int) -> List[Dict[Text, Any]]:
        """The events from `stored` on as dicts, each masked with what a form was asking for just then."""
        requested = asked_for(events[:stored])
        rows = []
        for event in events[stored:]:
            rows.append(mask_event(event.as_dict(), self.masker, self.personal_slots, requested))
            requested = next_asked_for(event, requested)
        return rows

    def _last_id(self, sender_id: Text, session: Any = None) -> Optional[int]:
        if session is None:
            with self.session_scope() as own:
                return self._last_id(sender_id, own)
        query = sa.select(sa.func.max(self.SQLEvent.id)).where(self.SQLEvent.sender_id == sender_id)
        last: Optional[int] = session.execute(query).scalar()
        return last

    def _keep(self, tracker: DialogueStateTracker, last_id: Optional[int]) -> None:
        self._live[tracker.sender_id] = _Live(tracker, len(tracker.events), last_id)
        self._live.move_to_end(tracker.sender_id)
        spare = [key for key in self._live if key not in self._waiting][: -self.live_conversations]
        for key in spare:
            del self._live[key]


def _holds_earlier_session(events: List[Event]) -> bool:
    starts = [place for place, event in enumerate(events) if isinstance(event, SessionStarted)]
    return any(isinstance(event, UserUttered) for event in events[: starts[-1] if starts else 0])


def _columns(sender_id: Text, data: Dict[Text, Any]) -> Dict[Text, Any]:
    intent = (data.get("parse_data") or {}).get("intent") or {}
    return {
        "sender_id": sender_id,
        "type_name": data["event"],
        "timestamp": data.get("timestamp"),
        "intent_name": intent.get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
