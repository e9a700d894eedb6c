"""Work on tickets: opened, taken, changed, moved on; every change is written down with who and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from desk import case_states, service_levels
from desk.agents import Agent
from desk.case_fields import check_changes, in_words
from desk.case_moves import announce, await_answer, call_watchers, keep_moved, outcome_heard, responded
from desk.case_telling import Telling, tell, write_to
from desk.compensation import check_settled
from desk.complaints import SAID_BY_CUSTOMER, Step
from desk.errors import Invalid, Refused
from desk.messages import Attachment
from desk.sla import Metric
from desk.store import Transaction
from desk.tickets import By, Happened, Ticket, TicketEvent, TicketKind, TicketStatus
from desk.topics import Wish


@dataclass(frozen=True, slots=True)
class NewCase:
    """What a case begins with."""

    kind: TicketKind
    customer_id: str
    conversation_id: str = ""
    subject: str = ""
    detail: str = ""
    order_number: str = ""
    wished_remedy: str = ""
    contact: str = ""
    promised_by: datetime | None = None
    owner_id: str | None = None


def open_case(
    tx: Transaction, case: NewCase, now: datetime, *, by: By = By.DESK, agent_id: str | None = None,
    source_key: str | None = None,
) -> Ticket:
    """Open a ticket; the same `source_key` again returns the one it made."""
    values: dict[str, Any] = {each.name: getattr(case, each.name) for each in fields(case) if each.name != "owner_id"}
    ticket = tx.tickets.open(**values, now=now, source_key=source_key)
    opened = TicketEvent(ticket.id, now, Happened.OPENED, by, agent_id, after=ticket.kind)
    if not tx.ticket_history.add(opened, f"opened:{ticket.id}"):
        return ticket
    if case.owner_id:
        ticket = replace(ticket, owner_id=case.owner_id)
        tx.tickets.save(ticket)
        tx.ticket_history.call([case.owner_id], ticket.id, "assigned", now)
    if ticket.kind is TicketKind.COMPLAINT:
        tx.conversation_topics.note(ticket.conversation_id, Wish.COMPLAINT, now)
    matter = service_levels.of_ticket(tx, ticket)
    service_levels.begin(tx, matter, (Metric.FIRST_RESPONSE, Metric.RESOLUTION), now)
    announce(tx, ticket)
    return ticket


def change(tx: Transaction, ticket_id: str, changes: Mapping[str, Any], agent: Agent, now: datetime) -> Ticket:
    """Set fields (of case_fields.CHANGEABLE) of a ticket. Raises Invalid or NotFound for what cannot be set."""
    ticket = tx.tickets.lock(ticket_id)
    check_changes(tx, ticket, changes)
    differing = {name: value for name, value in changes.items() if getattr(ticket, name) != value}
    if not differing:
        return ticket
    changed = replace(ticket, **differing, updated_at=now)
    tx.tickets.save(changed)
    for name, value in differing.items():
        before, after = in_words(tx, name, getattr(ticket, name)), in_words(tx, name, value)
        text = str(value) if name in ("detail", "wished_remedy") else ""
        tx.ticket_history.add(TicketEvent(
            ticket.id, now, Happened.CHANGED, By.AGENT, agent.id, name.removesuffix("_id"), before, after, text
        ))
    if "category_id" in differing:
        tx.conversation_topics.recategorise(ticket.conversation_id, ticket.category_id, changed.category_id, now)
    if "priority" in differing:
        service_levels.reassess(tx, service_levels.of_ticket(tx, changed), now)
    owner = differing.get("owner_id")
    if owner and owner != agent.id:
        tx.ticket_history.call([owner], ticket.id, "assigned", now)
        tx.announce(f"alert:{owner}", ticket_id=ticket.id)
    announce(tx, changed)
    return changed


def take(tx: Transaction, ticket_id: str, agent: Agent, now: datetime) -> Ticket:
    """The agent is the owner now; a case that nobody worked on is in progress, unless it has steps."""
    ticket = change(tx, ticket_id, {"owner_id": agent.id}, agent, now)
    if ticket.status is TicketStatus.OPEN and ticket.step is None:
        return set_status(tx, ticket_id, TicketStatus.IN_PROGRESS, agent, now)
    return ticket


def set_status(
    tx: Transaction, ticket_id: str, to: TicketStatus, agent: Agent, now: datetime, note: str = ""
) -> Ticket:
    """Move a case on; the customer is told what concerns them. Raises Refused with a sentence when it cannot be."""
    ticket = tx.tickets.lock(ticket_id)
    if ticket.status is to:
        return ticket
    note = note.strip()
    if to is TicketStatus.WAITING and not note:
        raise Invalid("note", "say what you are waiting for; the customer is told")
    moved = case_states.with_status(ticket, to, now)
    moved = keep_moved(tx, ticket, moved, By.AGENT, agent.id, note, now)
    source = _source(moved, now)
    values: dict[str, object] = {"number": ticket.number, "subject": ticket.subject, "note": note}
    if to is TicketStatus.RESOLVED:
        moved = responded(tx, moved, tell(tx, moved, Telling("resolved", values, asks=True), source, now), now)
        await_answer(tx, moved, now)
    elif to is TicketStatus.WAITING:
        moved = responded(tx, moved, tell(tx, moved, Telling("waiting", values), source, now), now)
    elif moved.reopened > ticket.reopened:
        tell(tx, moved, Telling("reopened", values, needed=False), source, now)
    return moved


def advance(tx: Transaction, ticket_id: str, to: Step, agent: Agent, now: datetime, note: str = "") -> Ticket:
    """Move a complaint one step on and tell the customer.

    `note` is the proposal, what was done, or the improvement, in words for the customer. Raises Refused with a
    sentence when the step cannot follow, Invalid when the note that it needs is missing.
    """
    ticket = tx.tickets.lock(ticket_id)
    note = note.strip()
    moved = case_states.with_step(ticket, to, now)
    if to in (Step.REMEDY_PROPOSED, Step.IMPROVEMENT_NOTED) and not note:
        raise Invalid("note", "write it down in words for the customer")
    if to in (Step.APPROVED, Step.DONE):
        check_settled(tx.compensations.list_of(ticket_id), approved_only=to is Step.APPROVED)
    if to is Step.IMPROVEMENT_NOTED:
        if ticket.cause_id is None:
            raise Refused("no_cause", "name the complaint's cause first; improvements are counted by cause")
        tx.causes.improve(ticket.cause_id, note, agent.id, now, ticket_id)
    if to is Step.ACKNOWLEDGED and moved.owner_id is None:
        moved = replace(moved, owner_id=agent.id)
    moved = keep_moved(tx, ticket, moved, By.AGENT, agent.id, note, now)
    if to in SAID_BY_CUSTOMER:
        outcome_heard(tx, moved)
        return moved
    name = tx.agents.name_of(moved.owner_id or agent.id)
    values: dict[str, object] = {"number": ticket.number, "note": note, "agent": name}
    needed = to not in (Step.INVESTIGATING, Step.APPROVED, Step.IMPROVEMENT_NOTED)
    told = tell(tx, moved, Telling(to.value, values, needed, asks=to is Step.DONE), _source(moved, now), now)
    moved = responded(tx, moved, told, now)
    if to is Step.DONE:
        await_answer(tx, moved, now)
    return moved


def comment(
    tx: Transaction, ticket_id: str, text: str, agent: Agent, key: str, now: datetime,
    files: Sequence[Attachment] = (),
) -> bool:
    """A word among staff, files, or both; the same `key` again writes nothing. Watchers and the owner are called."""
    ticket = tx.tickets.get(ticket_id)
    said = _written(text) if text.strip() or not files else ""
    event = TicketEvent(ticket.id, now, Happened.COMMENT, By.AGENT, agent.id, text=said)
    source = f"comment:{agent.id}:{ticket_id}:{key}"
    if not tx.ticket_history.add(event, source):
        return False
    tx.ticket_files.attach(ticket.id, source, files, agent.id, now)
    call_watchers(tx, ticket, "commented", now, without=agent.id)
    announce(tx, ticket)
    return True


def write(tx: Transaction, ticket_id: str, text: str, agent: Agent, key: str, now: datetime) -> bool:
    """Write to the customer in their channel; the same `key` again says nothing. Raises Refused where they cannot
    be reached."""
    ticket = tx.tickets.lock(ticket_id)
    said = write_to(tx, ticket, _written(text), agent.id, f"ticket:{agent.id}:{ticket_id}:{key}", now)
    if not said:
        if not tx.messages.has(f"out:ticket:{agent.id}:{ticket_id}:{key}#0"):
            raise Refused("unreachable", "this customer cannot be reached on any channel; use the contact they left")
        return False
    responded(tx, ticket, said, now)
    announce(tx, ticket)
    return True


def _written(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid("text", "write something first")
    if len(text) > 4000:
        raise Invalid("text", "at most 4000 characters")
    return text


def _source(ticket: Ticket, now: datetime) -> str:
    return f"case:{ticket.id}:{ticket.step or ticket.status}:{now.timestamp()}"
