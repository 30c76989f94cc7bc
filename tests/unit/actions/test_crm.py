"""Profiles, tickets, the audit trail and hand-overs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from actions.crm.backend import InvalidTicket
from actions.crm.embedded import EmbeddedCrm
from actions.shop.database import make_engine

EMMA = 1
SEEDED_TICKETS = 43
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


def test_a_customer_is_found_by_id_only(crm: EmbeddedCrm) -> None:
    emma = crm.find_customer(EMMA)
    assert emma is not None
    assert (emma.first_name, emma.email, emma.postcode) == ("Emma", "emma.hartley@example.com", "LA9 4QQ")
    assert "LA9" not in repr(emma)
    assert crm.find_customer(999_999) is None


def test_a_profile_holds_what_a_greeting_needs(crm: EmbeddedCrm, today: date) -> None:
    profile = crm.customer_profile(EMMA)
    assert profile is not None
    assert (profile.first_name, profile.club_member, profile.points) == ("Emma", True, 340)
    assert (profile.last_order_number, profile.last_order_status) == ("FH-1002", "placed")
    assert (profile.last_order_on, profile.orders, profile.open_tickets) == (today, 3, 1)
    assert crm.customer_profile(999_999) is None


def test_solved_tickets_are_not_open_ones(crm: EmbeddedCrm) -> None:
    tom = crm.customer_profile(2)
    assert tom is not None
    assert (tom.open_tickets, tom.points) == (0, 0)


def test_a_ticket_is_opened_and_found_again(crm: EmbeddedCrm) -> None:
    ticket = crm.open_ticket(EMMA, " Zip ", " It broke ", "Emma@Example.com", "c1", "high", "FH-1001")
    assert ticket.number == f"T-{2001 + SEEDED_TICKETS}"
    assert (ticket.subject, ticket.description, ticket.contact_email) == (
        "Zip",
        "It broke",
        "emma@example.com",
    )
    assert (ticket.status, ticket.priority, ticket.order_number) == ("open", "high", "FH-1001")
    assert ticket.opened_at == NOON
    for written in (ticket.number, ticket.number.lower(), ticket.number.replace("-", " ")):
        assert crm.find_ticket(written) == ticket


def test_a_ticket_needs_no_known_customer(crm: EmbeddedCrm) -> None:
    ticket = crm.open_ticket(None, "", "Where are you?", "me@example.org", None)
    assert (ticket.customer_id, ticket.subject, ticket.priority) == (None, "Request from chat", "normal")


@pytest.mark.parametrize("number", ["T-9999", "T-2000", "T-0001", "2001", "", "T-"])
def test_unknown_and_malformed_numbers_find_no_ticket(crm: EmbeddedCrm, number: str) -> None:
    assert crm.find_ticket(number) is None


@pytest.mark.parametrize(
    ("description", "email"),
    [
        ("", "a@example.com"),
        ("  \n", "a@example.com"),
        ("broken", "no address"),
        ("broken", ""),
        ("broken", "a@b"),
    ],
)
def test_a_ticket_nobody_could_answer_is_refused(crm: EmbeddedCrm, description: str, email: str) -> None:
    with pytest.raises(InvalidTicket, match=": ask"):
        crm.open_ticket(None, "s", description, email, "c1")


def test_an_unknown_priority_is_refused_by_name(crm: EmbeddedCrm) -> None:
    with pytest.raises(InvalidTicket, match="panic"):
        crm.open_ticket(None, "s", "d", "a@example.com", "c1", "panic")  # type: ignore[arg-type]


def test_a_very_long_message_is_kept_up_to_a_limit(crm: EmbeddedCrm) -> None:
    ticket = crm.open_ticket(None, "s" * 5000, "d" * 1_000_000, "a@example.com", "c1")
    assert (len(ticket.subject), len(ticket.description)) == (200, 5000)


def test_tickets_are_listed_newest_first(crm: EmbeddedCrm) -> None:
    first = crm.open_ticket(EMMA, "one", "d", "a@example.com", "c1")
    second = crm.open_ticket(EMMA, "two", "d", "a@example.com", "c1")
    assert [t.number for t in crm.tickets_of(EMMA)] == [second.number, first.number, "T-2001"]
    assert [t.number for t in crm.tickets_of(EMMA, limit=1)] == [second.number]


def test_ticket_numbers_stay_unique_when_many_are_opened_at_once(shop_file: Path) -> None:
    engine = make_engine(f"sqlite:///{shop_file}", busy_timeout_seconds=10)
    crm = EmbeddedCrm(engine)
    with ThreadPoolExecutor(8) as pool:
        opened = pool.map(lambda i: crm.open_ticket(None, "s", f"d{i}", "a@example.com", f"c{i}"), range(40))
        numbers = [ticket.number for ticket in opened]
    assert len(set(numbers)) == 40
    engine.dispose()


def test_the_audit_trail_keeps_order_and_details(crm: EmbeddedCrm) -> None:
    crm.log_activity(EMMA, "c1", "order.shown", {"order": "FH-1001"})
    crm.log_activity(None, "c1", "order.cancelled")
    crm.log_activity(None, "c2", "other")
    trail = crm.activities_of("c1")
    assert [(a.kind, a.customer_id, a.details) for a in trail] == [
        ("order.shown", EMMA, {"order": "FH-1001"}),
        ("order.cancelled", None, {}),
    ]
    assert trail[0].at == NOON
    assert [a.kind for a in crm.activities_of("c1", limit=1)] == ["order.cancelled"]


def test_a_conversation_waits_once_until_it_is_handed_back(crm: EmbeddedCrm) -> None:
    first = crm.request_handover("c1", "asked for a person", "Parcel is lost")
    again = crm.request_handover("c1", "asked again", "Still lost")
    other = crm.request_handover("c2", "angry", "Refund is late")
    assert again == first
    assert (first.reason, first.requested_at, first.closed_at) == ("asked for a person", NOON, None)
    assert [h.conversation_id for h in crm.handovers_waiting()] == ["c1", "c2"]
    assert crm.open_handover("c2") == other
    assert crm.close_handover("c1")
    assert not crm.close_handover("c1")
    assert crm.open_handover("c1") is None
    assert crm.handovers_waiting() == [other]
    assert crm.request_handover("c1", "back again", "s").id > other.id


def test_one_conversation_is_queued_once_even_when_asked_for_at_the_same_moment(shop_file: Path) -> None:
    engine = make_engine(f"sqlite:///{shop_file}", busy_timeout_seconds=10)
    crm = EmbeddedCrm(engine)
    with ThreadPoolExecutor(6) as pool:
        ids = {
            handover.id for handover in pool.map(lambda _: crm.request_handover("c1", "r", "s"), range(12))
        }
    assert len(ids) == 1
    engine.dispose()


def test_times_are_aware_whatever_the_clocks_zone(shop_file: Path) -> None:
    engine = make_engine(f"sqlite:///{shop_file}")
    crm = EmbeddedCrm(engine, lambda: datetime(2026, 7, 1, 13, tzinfo=timezone(timedelta(hours=1))))
    assert crm.open_ticket(None, "s", "d", "a@example.com", None).opened_at == datetime(
        2026, 7, 1, 12, tzinfo=UTC
    )
    engine.dispose()
