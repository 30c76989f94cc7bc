"""Actions about tickets: opening one, and saying how one is doing to whoever left it."""

from actions.base import PlainAction
from actions.context import Services
from actions.crm.backend import InvalidTicket, Priority, Ticket
from actions.further import finished
from actions.identity import UNAVAILABLE, email_in, owns
from actions.turn import Turn
from actions.wording import Reply, Say, day, say

_URGENT_INTENTS = frozenset({"complain", "report_missing_parcel", "report_damaged", "insult"})
_SUBJECT_LENGTH = 80


class OpenTicket(PlainAction):
    """Opens the ticket that the form has gathered."""

    def name(self) -> str:
        return "action_open_ticket"

    def reply(self, turn: Turn, services: Services) -> Reply:
        done = dict.fromkeys(("ticket_description", "contact_email", "identity"))
        if turn.slot("identity") == UNAVAILABLE:
            return Reply((Say("utter_ticket_system_unavailable"),), done)
        description = services.memory.get(turn.sender_id, "ticket_description")
        description = description or turn.slot("ticket_description")
        email = _contact(turn, services)
        if not description or not email:
            return Reply((Say("utter_ticket_system_unavailable"),), done)
        try:
            ticket = _open(turn, services, description, email)
        except InvalidTicket:
            return Reply((Say("utter_ticket_system_unavailable"),), done)
        services.memory.drop(turn.sender_id, "ticket_description", "contact_email")
        says = (Say("utter_ticket_opened", {"ticket_number": ticket.number}),)
        return finished(turn, says, {**done, "ticket_number": ticket.number})


def _contact(turn: Turn, services: Services) -> str | None:
    customer_id = turn.slot("verified_customer")
    record = services.crm.find_customer(int(customer_id)) if customer_id else None
    return record.email if record else services.memory.get(turn.sender_id, "contact_email")


def _open(turn: Turn, services: Services, description: str, email: str) -> Ticket:
    customer_id = turn.slot("verified_customer")
    subject = " ".join(description.split())
    subject = subject if len(subject) <= _SUBJECT_LENGTH else subject[: _SUBJECT_LENGTH - 1].rstrip() + "…"
    return services.crm.open_ticket(
        int(customer_id) if customer_id else None,
        subject,
        description,
        email,
        turn.sender_id,
        _priority(turn),
        turn.slot("order_number") if owns(turn.slots, services) else None,
    )


def _priority(turn: Turn) -> Priority:
    """High if the customer complained, or something is missing or broken, in this conversation."""
    intents = {
        ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        for event in turn.events
        if event.get("event") == "user"
    }
    return "high" if intents & _URGENT_INTENTS else "normal"


class TicketStatus(PlainAction):
    """Says how a ticket is doing, to whoever opened it here, knows its e-mail address or is its customer."""

    def name(self) -> str:
        return "action_ticket_status"

    def reply(self, turn: Turn, services: Services) -> Reply:
        return ticket_status(turn, services)


def ticket_status(turn: Turn, services: Services) -> Reply:
    """The status of the ticket that is spoken of, or what is missing to tell it."""
    number = turn.entity("ticket_number") or turn.slot("ticket_number")
    if email := email_in(turn):
        services.memory.put(turn.sender_id, "ticket_email", email)
    if number is None:
        return _without_number(turn, services)
    ticket = services.crm.find_ticket(number)
    if ticket and _may_see(ticket, turn, services):
        return finished(turn, (_status(ticket, services),))
    given = services.memory.get(turn.sender_id, "ticket_email")
    services.memory.drop(turn.sender_id, "ticket_email")
    return say("utter_ticket_no_match" if given else "utter_ticket_ask_email", ticket_number=number)


def _may_see(ticket: Ticket, turn: Turn, services: Services) -> bool:
    given = services.memory.get(turn.sender_id, "ticket_email")
    customer_id = turn.slot("verified_customer")
    return (
        ticket.conversation_id == turn.sender_id
        or (given is not None and given == ticket.contact_email.lower())
        or (customer_id is not None and ticket.customer_id == int(customer_id))
    )


def _without_number(turn: Turn, services: Services) -> Reply:
    customer_id = turn.slot("verified_customer")
    tickets = services.crm.tickets_of(int(customer_id)) if customer_id else []
    if len(tickets) == 1:
        return finished(turn, (_status(tickets[0], services),))
    if not tickets:
        return say("utter_ticket_ask_number")
    listed = "\n".join(f"- {one.number}: {one.subject} ({_spoken(one)})" for one in tickets)
    return say("utter_ticket_list", tickets=listed)


def _status(ticket: Ticket, services: Services) -> Say:
    values = {"ticket_number": ticket.number, "subject": ticket.subject, "status": _spoken(ticket)}
    return Say("utter_ticket_status", {**values, "updated_on": day(ticket.updated_at, services.today)})


def _spoken(ticket: Ticket) -> str:
    return ticket.status.replace("_", " ")
