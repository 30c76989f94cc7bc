"""The seam between the assistant and whatever CRM stands behind it.

Errors:
    CrmError
    ├── CrmUnavailable   the database is locked, missing or unreachable: apologise, try later
    └── InvalidTicket    a ticket without a description, or with a contact that is no e-mail
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol


class CrmError(Exception):
    """Any failure of the CRM that the assistant can explain to a customer."""


class CrmUnavailable(CrmError):
    """The CRM's database does not answer."""


class InvalidTicket(CrmError):
    """The ticket cannot be opened as given."""


Priority = Literal["low", "normal", "high", "urgent"]
TicketStatus = Literal["open", "in_progress", "waiting_for_customer", "solved", "closed"]


@dataclass(frozen=True)
class CustomerRecord:
    """Who a customer is, without anything they did."""

    id: int
    first_name: str
    last_name: str
    email: str = field(repr=False)
    postcode: str = field(repr=False)


@dataclass(frozen=True)
class CustomerProfile:
    """What a greeting may use. `points` are Trail Club points (100 = £5), 0 for non-members."""

    customer_id: int
    first_name: str
    club_member: bool
    points: int
    customer_since: date
    orders: int
    last_order_number: str | None
    last_order_status: str | None
    last_order_on: date | None
    open_tickets: int


@dataclass(frozen=True)
class Ticket:
    """A request that a person will answer."""

    number: str
    customer_id: int | None
    subject: str
    description: str = field(repr=False)
    contact_email: str = field(repr=False)
    conversation_id: str | None
    priority: Priority
    status: TicketStatus
    order_number: str | None
    opened_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Activity:
    """One line of the audit trail, e.g. kind `order.cancelled`."""

    id: int
    customer_id: int | None
    conversation_id: str
    kind: str
    details: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Handover:
    """A conversation that waits for, or is with, a person."""

    id: int
    conversation_id: str
    reason: str
    summary: str = field(repr=False)
    requested_at: datetime
    closed_at: datetime | None


class CrmBackend(Protocol):
    """What the assistant needs of a CRM. Every method may raise CrmUnavailable."""

    def ping(self) -> None:
        """Raise CrmUnavailable if the CRM does not answer."""

    def find_customer(self, customer_id: int) -> CustomerRecord | None:
        """The customer with this id."""

    def customer_profile(self, customer_id: int) -> CustomerProfile | None:
        """First name, club, points and last order, for a verified customer."""

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

    def find_ticket(self, number: str) -> Ticket | None:
        """The ticket; the caller decides who may see more than its status."""

    def tickets_of(self, customer_id: int, limit: int = 5) -> list[Ticket]:
        """The customer's tickets, newest first."""

    def log_activity(
        self,
        customer_id: int | None,
        conversation_id: str,
        kind: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a line to the audit trail; `details` must be JSON values and hold no personal text."""

    def activities_of(self, conversation_id: str, limit: int = 50) -> list[Activity]:
        """The conversation's audit trail, oldest first."""

    def request_handover(self, conversation_id: str, reason: str, summary: str) -> Handover:
        """Ask for a person; a second request while one is open returns the open one."""

    def open_handover(self, conversation_id: str) -> Handover | None:
        """The conversation's open hand-over, if there is one."""

    def handovers_waiting(self, limit: int = 50) -> list[Handover]:
        """Open hand-overs, longest waiting first."""

    def close_handover(self, conversation_id: str) -> bool:
        """Hand the conversation back to the assistant; False if none was open."""
