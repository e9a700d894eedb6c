"""Which status a case has, and which may follow which."""

from dataclasses import replace
from datetime import datetime

from desk.complaints import Step, check_step
from desk.errors import Refused
from desk.tickets import Ticket, TicketKind, TicketStatus

_NEXT: dict[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.OPEN: frozenset({
        TicketStatus.IN_PROGRESS, TicketStatus.WAITING, TicketStatus.RESOLVED, TicketStatus.CLOSED,
    }),
    TicketStatus.IN_PROGRESS: frozenset({TicketStatus.WAITING, TicketStatus.RESOLVED, TicketStatus.CLOSED}),
    TicketStatus.WAITING: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED, TicketStatus.CLOSED}),
    TicketStatus.RESOLVED: frozenset({TicketStatus.IN_PROGRESS, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.IN_PROGRESS}),
}
_OF_STEP: dict[Step, TicketStatus] = {
    Step.RECEIVED: TicketStatus.OPEN,
    Step.DONE: TicketStatus.RESOLVED,
    Step.ACCEPTED: TicketStatus.CLOSED,
    Step.IMPROVEMENT_NOTED: TicketStatus.CLOSED,
}
# While a complaint is being worked on, staff may only say that they wait for the customer, and that they no longer do.
_COMPLAINT_MOVES = {
    (TicketStatus.OPEN, TicketStatus.WAITING), (TicketStatus.IN_PROGRESS, TicketStatus.WAITING),
    (TicketStatus.WAITING, TicketStatus.IN_PROGRESS), (TicketStatus.RESOLVED, TicketStatus.CLOSED),
}


def next_statuses(ticket: Ticket) -> tuple[TicketStatus, ...]:
    """The statuses that staff may set now."""
    if ticket.merged_into:
        return ()
    if ticket.kind is TicketKind.COMPLAINT:
        return tuple(to for to in TicketStatus if (ticket.status, to) in _COMPLAINT_MOVES)
    return tuple(to for to in TicketStatus if to in _NEXT[ticket.status])


def with_status(ticket: Ticket, to: TicketStatus, now: datetime) -> Ticket:
    """The ticket in status `to`, with its milestones. Raises Refused with a sentence when that cannot be."""
    if ticket.merged_into:
        raise Refused("merged", "this ticket was merged into another; work there")
    if to not in next_statuses(ticket):
        if ticket.kind is TicketKind.COMPLAINT:
            raise Refused("steps", "a complaint moves by its steps; only waiting for the customer is set by hand")
        raise Refused("status", f"a ticket that is {_words(ticket.status)} cannot become {_words(to)}")
    return _moved(ticket, to, now)


def with_step(ticket: Ticket, to: Step, now: datetime) -> Ticket:
    """The complaint at step `to`, with the status and milestones that follow. Raises Refused with a sentence."""
    if ticket.merged_into:
        raise Refused("merged", "this ticket was merged into another; work there")
    if ticket.step is None:
        raise Refused("no_steps", "only a complaint has steps")
    check_step(ticket.step, to)
    moved = _moved(ticket, _OF_STEP.get(to, TicketStatus.IN_PROGRESS), now)
    return replace(moved, step=to)


def _moved(ticket: Ticket, to: TicketStatus, now: datetime) -> Ticket:
    reopens = ticket.status.is_settled and not to.is_settled
    return replace(
        ticket, status=to, updated_at=now,
        resolved_at=(ticket.resolved_at or now) if to.is_settled else None,
        closed_at=(ticket.closed_at or now) if to is TicketStatus.CLOSED else None,
        reopened=ticket.reopened + reopens,
    )


def _words(status: TicketStatus) -> str:
    return status.value.replace("_", " ")
