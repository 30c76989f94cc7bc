"""The CRM in our own database, beside the shop's tables."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from actions.crm import handovers, tickets
from actions.crm.backend import (
    Activity,
    CrmUnavailable,
    CustomerProfile,
    CustomerRecord,
    Handover,
    Priority,
    Ticket,
)
from actions.crm.tables import activities
from actions.crm.tables import tickets as ticket_table
from actions.shop.database import transaction
from actions.shop.tables import addresses, customers, orders, seeding


def utc_now() -> datetime:
    """The clock for running systems."""
    return datetime.now(UTC)


class EmbeddedCrm:
    """The `CrmBackend` on SQLAlchemy. Safe to share between threads.

    Example:
        >>> crm = EmbeddedCrm(make_engine("sqlite:///var/shop.db"), utc_now)
        >>> crm.open_ticket(None, "Zip", "The zip broke", "me@example.com", "c1").number
        'T-2042'

    Args:
        engine: From `actions.shop.database.make_engine`.
        clock: The present time, aware; passed in so that tests and replays can stand still.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def ping(self) -> None:
        """Raise CrmUnavailable if the CRM does not answer or was never seeded."""
        with self._reading() as connection:
            if connection.execute(sa.select(seeding.c.id)).first() is None:
                raise CrmUnavailable("the database holds no CRM: `make run` seeds it")

    def find_customer(self, customer_id: int) -> CustomerRecord | None:
        """The customer with this id."""
        columns = (customers.c.id, customers.c.first_name, customers.c.last_name, customers.c.email)
        statement = (
            sa.select(*columns, addresses.c.postcode)
            .join(addresses, sa.and_(addresses.c.customer_id == customers.c.id, addresses.c.is_account))
            .where(customers.c.id == customer_id)
        )
        with self._reading() as connection:
            row = connection.execute(statement).first()
        return CustomerRecord(*row) if row else None

    def customer_profile(self, customer_id: int) -> CustomerProfile | None:
        """First name, club, points and last order, for a verified customer."""
        with self._reading() as connection:
            return _profile(connection, customer_id)

    def open_ticket(
        self,
        customer_id: int | None,
        subject: str,
        description: str,
        contact_email: str,
        conversation_id: str | None,
        priority: Priority = "normal",
        order_number: str | None = None,
    ) -> Ticket:
        """Open a ticket, numbered T-2001 and up. Raises InvalidTicket."""
        values = tickets.checked(subject, description, contact_email, priority)
        values |= {
            "customer_id": customer_id,
            "conversation_id": conversation_id,
            "order_number": order_number,
        }
        with self._writing() as connection:
            return tickets.add(connection, values, self._now())

    def find_ticket(self, number: str) -> Ticket | None:
        """The ticket; the caller decides who may see more than its status."""
        with self._reading() as connection:
            return tickets.find(connection, number)

    def tickets_of(self, customer_id: int, limit: int = 5) -> list[Ticket]:
        """The customer's tickets, newest first."""
        with self._reading() as connection:
            return tickets.of_customer(connection, customer_id, limit)

    def log_activity(
        self,
        customer_id: int | None,
        conversation_id: str,
        kind: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a line to the audit trail; `details` must be JSON values and hold no personal text."""
        values = {"customer_id": customer_id, "conversation_id": conversation_id, "kind": kind}
        with self._writing() as connection:
            connection.execute(
                sa.insert(activities).values(**values, details=dict(details or {}), at=self._now())
            )

    def activities_of(self, conversation_id: str, limit: int = 50) -> list[Activity]:
        """The conversation's latest activities, oldest first."""
        statement = sa.select(activities).where(activities.c.conversation_id == conversation_id)
        with self._reading() as connection:
            rows = connection.execute(statement.order_by(activities.c.id.desc()).limit(limit)).all()
        return [
            Activity(
                row.id,
                row.customer_id,
                row.conversation_id,
                row.kind,
                row.details,
                row.at.replace(tzinfo=UTC),
            )
            for row in reversed(rows)
        ]

    def request_handover(self, conversation_id: str, reason: str, summary: str) -> Handover:
        """Ask for a person; a second request while one is open returns the open one."""
        try:
            with self._writing() as connection:
                return handovers.request(connection, conversation_id, reason, summary, self._now())
        except sa.exc.IntegrityError:
            existing = self.open_handover(conversation_id)
            if existing is None:
                raise
            return existing

    def open_handover(self, conversation_id: str) -> Handover | None:
        """The conversation's open hand-over, if there is one."""
        with self._reading() as connection:
            return handovers.find_open(connection, conversation_id)

    def handovers_waiting(self, limit: int = 50) -> list[Handover]:
        """Open hand-overs, longest waiting first."""
        with self._reading() as connection:
            return handovers.waiting(connection, limit)

    def close_handover(self, conversation_id: str) -> bool:
        """Hand the conversation back to the assistant; False if none was open."""
        with self._writing() as connection:
            return handovers.close(connection, conversation_id, self._now())

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC).replace(tzinfo=None)

    def _reading(self) -> AbstractContextManager[Any]:
        return transaction(self._engine, CrmUnavailable)

    def _writing(self) -> AbstractContextManager[Any]:
        return transaction(self._engine, CrmUnavailable, write=True)


def _profile(connection: Connection, customer_id: int) -> CustomerProfile | None:
    customer = connection.execute(sa.select(customers).where(customers.c.id == customer_id)).first()
    if customer is None:
        return None
    theirs = sa.select(orders).where(orders.c.customer_id == customer_id)
    last = connection.execute(theirs.order_by(orders.c.placed_on.desc(), orders.c.id.desc()).limit(1)).first()
    count = sa.select(sa.func.count()).select_from(orders).where(orders.c.customer_id == customer_id)
    unsolved = (
        sa.select(sa.func.count())
        .select_from(ticket_table)
        .where(ticket_table.c.customer_id == customer_id, ticket_table.c.status.not_in(("solved", "closed")))
    )
    return CustomerProfile(
        customer_id=customer.id,
        first_name=customer.first_name,
        club_member=customer.club_member,
        points=customer.points if customer.club_member else 0,
        customer_since=customer.since,
        orders=connection.execute(count).scalar_one(),
        last_order_number=last.number if last else None,
        last_order_status=last.status if last else None,
        last_order_on=last.placed_on if last else None,
        open_tickets=connection.execute(unsolved).scalar_one(),
    )
