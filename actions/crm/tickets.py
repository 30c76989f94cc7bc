"""Tickets: numbered by the database, so that no two customers ever hear the same number."""

import re
from datetime import UTC, datetime
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from actions.crm.backend import InvalidTicket, Priority, Ticket
from actions.crm.tables import tickets

FIRST_NUMBER = 2001
_NUMBER = re.compile(r"T[- ]?(\d{4,7})", re.IGNORECASE)
# Only a typing error is to be caught here; whether the box exists shows when the answer is sent.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_LONGEST_SUBJECT = 200
_LONGEST_DESCRIPTION = 5000


def checked(subject: str, description: str, contact_email: str, priority: Priority) -> dict[str, Any]:
    """The ticket's own values, trimmed.

    Raises:
        InvalidTicket: without a description, with an unknown priority or with a contact that is no e-mail.
    """
    text, email = description.strip(), contact_email.strip().casefold()
    if not text:
        raise InvalidTicket("a ticket needs a description: ask what happened")
    if not _EMAIL.fullmatch(email) or len(email) > 120:
        raise InvalidTicket("the contact is no e-mail address: ask for one again")
    if priority not in get_args(Priority):
        raise InvalidTicket(f"priority {priority!r} is none of {', '.join(get_args(Priority))}")
    subject = " ".join(subject.split())[:_LONGEST_SUBJECT] or "Request from chat"
    return {
        "subject": subject,
        "description": text[:_LONGEST_DESCRIPTION],
        "contact_email": email,
        "priority": priority,
    }


def add(connection: Connection, values: dict[str, Any], now: datetime) -> Ticket:
    """Write a checked ticket; `now` is naive UTC."""
    row = {**values, "status": "open", "opened_at": now, "updated_at": now}
    key = connection.execute(sa.insert(tickets).values(**row)).inserted_primary_key[0]
    return _ticket(connection.execute(sa.select(tickets).where(tickets.c.id == key)).one())


def find(connection: Connection, number: str) -> Ticket | None:
    """The ticket with this number, written `T-2001`, `t 2001` or `T2001`."""
    match = _NUMBER.fullmatch(number.strip())
    if not match:
        return None
    row = connection.execute(
        sa.select(tickets).where(tickets.c.id == int(match[1]) - FIRST_NUMBER + 1)
    ).first()
    return _ticket(row) if row else None


def of_customer(connection: Connection, customer_id: int, limit: int) -> list[Ticket]:
    """The customer's tickets, newest first."""
    theirs = sa.select(tickets).where(tickets.c.customer_id == customer_id)
    newest_first = (tickets.c.opened_at.desc(), tickets.c.id.desc())
    return [_ticket(row) for row in connection.execute(theirs.order_by(*newest_first).limit(limit))]


def _ticket(row: Any) -> Ticket:
    return Ticket(
        number=f"T-{FIRST_NUMBER - 1 + row.id}",
        customer_id=row.customer_id,
        subject=row.subject,
        description=row.description,
        contact_email=row.contact_email,
        conversation_id=row.conversation_id,
        priority=row.priority,
        status=row.status,
        order_number=row.order_number,
        opened_at=row.opened_at.replace(tzinfo=UTC),
        updated_at=row.updated_at.replace(tzinfo=UTC),
    )
