"""What customers say about their cases: they add to them, and say whether they are settled, or say nothing."""

from dataclasses import replace
from datetime import datetime

from desk import case_states, service_levels
from desk.case_moves import announce, call_watchers, keep_moved, outcome_heard
from desk.complaints import Step
from desk.sla import Subject
from desk.store import Transaction
from desk.tickets import By, Happened, Ticket, TicketEvent, TicketStatus


def add_of_customer(tx: Transaction, ticket: Ticket, text: str, source: str, now: datetime) -> None:
    """The customer adds something: a case that waited for them goes on."""
    event = TicketEvent(ticket.id, now, Happened.CUSTOMER, By.CUSTOMER, text=text)
    if not tx.ticket_history.add(event, f"customer:{source}"):
        return
    ticket = tx.tickets.lock(ticket.id)
    if ticket.status is TicketStatus.WAITING:
        going_on = case_states.with_status(ticket, TicketStatus.IN_PROGRESS, now)
        ticket = keep_moved(tx, ticket, going_on, By.CUSTOMER, None, "", now)
    tx.tickets.save(replace(ticket, updated_at=now))
    if not ticket.status.is_settled:
        service_levels.customer_wrote(tx, Subject.TICKET, ticket.id, now)
    call_watchers(tx, ticket, "customer_wrote", now)
    announce(tx, ticket)


def hear_settled(tx: Transaction, ticket: Ticket, *, settled: bool, source: str, now: datetime) -> str:
    """The customer says whether it is settled; returns the name of what to answer them (a text of `case_texts`)."""
    ticket = tx.tickets.lock(ticket.id)
    open_again = ticket.status not in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
    if ticket.merged_into or open_again or ticket.step in (Step.ACCEPTED, Step.IMPROVEMENT_NOTED):
        return "noted" if open_again else "already_settled"
    if ticket.step is not None:
        moved = case_states.with_step(ticket, Step.ACCEPTED if settled else Step.DISPUTED, now)
    elif settled and ticket.status is TicketStatus.CLOSED:
        return "already_settled"
    else:
        to = TicketStatus.CLOSED if settled else TicketStatus.IN_PROGRESS
        moved = case_states.with_status(ticket, to, now)
    keep_moved(tx, ticket, moved, By.CUSTOMER, None, "", now)
    answer = "yes" if settled else "no"
    event = TicketEvent(ticket.id, now, Happened.CUSTOMER, By.CUSTOMER, field="settled", after=answer)
    tx.ticket_history.add(event, f"settled:{source}")
    outcome_heard(tx, moved)
    if not settled:
        call_watchers(tx, moved, "disputed", now)
    return "accepted" if settled else "disputed"


def settled_silently(tx: Transaction, ticket_id: str, resolved_at: str, now: datetime) -> None:
    """The customer did not say whether it is settled, for a week: the case is closed."""
    ticket = tx.tickets.lock(ticket_id)
    if ticket.status is TicketStatus.RESOLVED and ticket.resolved_at and ticket.resolved_at.isoformat() == resolved_at:
        closed = case_states.with_status(ticket, TicketStatus.CLOSED, now)
        keep_moved(tx, ticket, closed, By.DESK, None, "silence", now)
