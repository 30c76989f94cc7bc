"""The queue of conversations that wait for a person; at most one open entry for each."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from actions.crm.backend import Handover
from actions.crm.tables import handovers

_OPEN = sa.select(handovers).where(handovers.c.closed_at.is_(None))


def request(
    connection: Connection, conversation_id: str, reason: str, summary: str, now: datetime
) -> Handover:
    """Queue the conversation; `now` is naive UTC.

    Raises:
        sqlalchemy.exc.IntegrityError: if it waits already. The index decides: two that come at once cannot
            both look and then both insert.
    """
    values = {
        "conversation_id": conversation_id,
        "reason": reason[:200],
        "summary": summary,
        "requested_at": now,
    }
    connection.execute(sa.insert(handovers).values(**values))
    opened = find_open(connection, conversation_id)
    assert opened is not None
    return opened


def find_open(connection: Connection, conversation_id: str) -> Handover | None:
    """The conversation's open entry."""
    row = connection.execute(_OPEN.where(handovers.c.conversation_id == conversation_id)).first()
    return _handover(row) if row else None


def waiting(connection: Connection, limit: int) -> list[Handover]:
    """Open entries, longest waiting first."""
    return [_handover(row) for row in connection.execute(_OPEN.order_by(handovers.c.id).limit(limit))]


def close(connection: Connection, conversation_id: str, now: datetime) -> bool:
    """Close the open entry; False if there is none."""
    theirs = (handovers.c.conversation_id == conversation_id, handovers.c.closed_at.is_(None))
    return bool(connection.execute(sa.update(handovers).where(*theirs).values(closed_at=now)).rowcount)


def _handover(row: Any) -> Handover:
    closed = row.closed_at.replace(tzinfo=UTC) if row.closed_at else None
    requested = row.requested_at.replace(tzinfo=UTC)
    return Handover(row.id, row.conversation_id, row.reason, row.summary, requested, closed)
