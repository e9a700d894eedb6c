"""Keeping a case that was moved: its history, its clocks and timers, and whom it concerns.

Service levels (`desk.service_levels`) follow what happens here.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from desk import service_levels
from desk.queue import TimerKind
from desk.sla import Metric, Subject
from desk.store import Transaction
from desk.tickets import By, Happened, Ticket, TicketEvent, TicketStatus

SILENCE_SETTLES_AFTER = timedelta(days=7)
"""A customer who does not answer whether it is settled: the case is closed after this time."""


def keep_moved(
    tx: Transaction, before: Ticket, after: Ticket, by: By, agent_id: str | None, note: str, now: datetime
) -> Ticket:
    """Keep a moved case and write down the move."""
    tx.tickets.save(after)
    moved_step = after.step is not before.step
    tx.ticket_history.add(TicketEvent(
        after.id, now, Happened.STEP if moved_step else Happened.STATUS, by, agent_id,
        before=(before.step or "") if moved_step else before.status,
        after=(after.step or "") if moved_step else after.status, text=note,
    ))
    _keep_time(tx, before, after, agent_id, now)
    announce(tx, after)
    return after


def _keep_time(tx: Transaction, before: Ticket, after: Ticket, agent_id: str | None, now: datetime) -> None:
    """The clocks follow the status."""
    if after.status is before.status:
        return
    if before.status.is_settled and not after.status.is_settled:
        tx.timers.cancel(_silence(after.id))
        matter = service_levels.of_ticket(tx, after)
        service_levels.begin(tx, matter, (Metric.NEXT_RESPONSE, Metric.RESOLUTION), now)
    elif after.status.is_settled:
        told = after.status is TicketStatus.RESOLVED
        service_levels.finished(tx, Subject.TICKET, after.id, agent_id, now, answered=told)
    elif after.status is TicketStatus.WAITING:
        service_levels.answered(tx, Subject.TICKET, after.id, agent_id, now)
        service_levels.hold(tx, Subject.TICKET, after.id, now)
    elif before.status is TicketStatus.WAITING:
        service_levels.go_on(tx, Subject.TICKET, after.id, now)


def responded(tx: Transaction, ticket: Ticket, told: bool, now: datetime) -> Ticket:
    """A person has told the customer something."""
    if told:
        service_levels.answered(tx, Subject.TICKET, ticket.id, ticket.owner_id, now)
    if not told or ticket.first_response_at is not None:
        return ticket
    answered = replace(ticket, first_response_at=now)
    tx.tickets.save(answered)
    return answered


def await_answer(tx: Transaction, ticket: Ticket, now: datetime) -> None:
    """The customer was asked whether it is settled; their silence will settle it."""
    resolved = (ticket.resolved_at or now).isoformat()
    tx.timers.set(_silence(ticket.id), TimerKind.UNANSWERED_SETTLEMENT, now + SILENCE_SETTLES_AFTER,
                  {"ticket": ticket.id, "resolved_at": resolved})


def outcome_heard(tx: Transaction, ticket: Ticket) -> None:
    """Tell whoever listens (surveys, webhooks) that the customer has accepted or disputed."""
    tx.timers.cancel(_silence(ticket.id))
    kind = "ticket_settled" if ticket.status is TicketStatus.CLOSED else "ticket_disputed"
    tx.announce(kind, conversation_id=ticket.conversation_id, ticket_id=ticket.id)


def call_watchers(tx: Transaction, ticket: Ticket, kind: str, now: datetime, without: str = "") -> None:
    """Call for the attention of the owner and of who watches."""
    wanted = {*tx.ticket_history.watchers(ticket.id), ticket.owner_id or ""} - {"", without}
    tx.ticket_history.call(sorted(wanted), ticket.id, kind, now)
    for agent_id in sorted(wanted):
        tx.announce(f"alert:{agent_id}", ticket_id=ticket.id)


def announce(tx: Transaction, ticket: Ticket) -> None:
    """Open pages show the case as it is now."""
    tx.announce("ticket", conversation_id=ticket.conversation_id or None, ticket_id=ticket.id)


def _silence(ticket_id: str) -> str:
    return f"silence:{ticket_id}"
