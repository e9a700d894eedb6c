"""Work on tickets: opened, taken, changed, moved on; every change is written down with who and when.

Service levels (`desk.service_levels`) follow what happens here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from desk import case_states, service_levels
from desk.agents import Agent
from desk.case_fields import check_changes, in_words
from desk.case_telling import Telling, tell, write_to
from desk.compensation import check_settled
from desk.complaints import SAID_BY_CUSTOMER, Step
from desk.errors import Invalid, Refused
from desk.messages import Attachment
from desk.queue import TimerKind
from desk.sla import Metric, Subject
from desk.store import Transaction
from desk.tickets import By, Happened, Ticket, TicketEvent, TicketKind, TicketStatus
from desk.topics import Wish

SILENCE_SETTLES_AFTER = timedelta(days=7)
"""A customer who does not answer whether it is settled: the case is closed after this time."""


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
    _announce(tx, ticket)
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
    _announce(tx, changed)
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
    moved = _save(tx, ticket, moved, By.AGENT, agent.id, note, now)
    source = _source(moved, now)
    values: dict[str, object] = {"number": ticket.number, "subject": ticket.subject, "note": note}
    if to is TicketStatus.RESOLVED:
        moved = _responded(tx, moved, tell(tx, moved, Telling("resolved", values, asks=True), source, now), now)
        _await_answer(tx, moved, now)
    elif to is TicketStatus.WAITING:
        moved = _responded(tx, moved, tell(tx, moved, Telling("waiting", values), source, now), now)
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
    moved = _save(tx, ticket, moved, By.AGENT, agent.id, note, now)
    if to in SAID_BY_CUSTOMER:
        _heard_outcome(tx, moved)
        return moved
    name = tx.agents.name_of(moved.owner_id or agent.id)
    values: dict[str, object] = {"number": ticket.number, "note": note, "agent": name}
    needed = to not in (Step.INVESTIGATING, Step.APPROVED, Step.IMPROVEMENT_NOTED)
    told = tell(tx, moved, Telling(to.value, values, needed, asks=to is Step.DONE), _source(moved, now), now)
    moved = _responded(tx, moved, told, now)
    if to is Step.DONE:
        _await_answer(tx, moved, now)
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
    _announce(tx, ticket)
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
    _responded(tx, ticket, said, now)
    _announce(tx, ticket)
    return True


def add_of_customer(tx: Transaction, ticket: Ticket, text: str, source: str, now: datetime) -> None:
    """The customer adds something: a case that waited for them goes on."""
    event = TicketEvent(ticket.id, now, Happened.CUSTOMER, By.CUSTOMER, text=text)
    if not tx.ticket_history.add(event, f"customer:{source}"):
        return
    ticket = tx.tickets.lock(ticket.id)
    if ticket.status is TicketStatus.WAITING:
        ticket = _save(tx, ticket, case_states.with_status(ticket, TicketStatus.IN_PROGRESS, now), By.CUSTOMER, None,
                       "", now)
    tx.tickets.save(replace(ticket, updated_at=now))
    if not ticket.status.is_settled:
        service_levels.customer_wrote(tx, Subject.TICKET, ticket.id, now)
    call_watchers(tx, ticket, "customer_wrote", now)
    _announce(tx, ticket)


def settled_silently(tx: Transaction, ticket_id: str, resolved_at: str, now: datetime) -> None:
    """The customer did not say whether it is settled, for a week: the case is closed."""
    ticket = tx.tickets.lock(ticket_id)
    if ticket.status is TicketStatus.RESOLVED and ticket.resolved_at and ticket.resolved_at.isoformat() == resolved_at:
        closed = case_states.with_status(ticket, TicketStatus.CLOSED, now)
        _save(tx, ticket, closed, By.DESK, None, "silence", now)


def call_watchers(tx: Transaction, ticket: Ticket, kind: str, now: datetime, without: str = "") -> None:
    """Call for the attention of the owner and of who watches."""
    wanted = {*tx.ticket_history.watchers(ticket.id), ticket.owner_id or ""} - {"", without}
    tx.ticket_history.call(sorted(wanted), ticket.id, kind, now)
    for agent_id in sorted(wanted):
        tx.announce(f"alert:{agent_id}", ticket_id=ticket.id)


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
    _save(tx, ticket, moved, By.CUSTOMER, None, "", now)
    answer = "yes" if settled else "no"
    event = TicketEvent(ticket.id, now, Happened.CUSTOMER, By.CUSTOMER, field="settled", after=answer)
    tx.ticket_history.add(event, f"settled:{source}")
    _heard_outcome(tx, moved)
    if not settled:
        call_watchers(tx, moved, "disputed", now)
    return "accepted" if settled else "disputed"


def _heard_outcome(tx: Transaction, ticket: Ticket) -> None:
    """Tell whoever listens (surveys, webhooks) that the customer has accepted or disputed."""
    tx.timers.cancel(_silence(ticket.id))
    kind = "ticket_settled" if ticket.status is TicketStatus.CLOSED else "ticket_disputed"
    tx.announce(kind, conversation_id=ticket.conversation_id, ticket_id=ticket.id)


def _save(
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
    _announce(tx, after)
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


def _responded(tx: Transaction, ticket: Ticket, told: bool, now: datetime) -> Ticket:
    """A person has told the customer something."""
    if told:
        service_levels.answered(tx, Subject.TICKET, ticket.id, ticket.owner_id, now)
    if not told or ticket.first_response_at is not None:
        return ticket
    answered = replace(ticket, first_response_at=now)
    tx.tickets.save(answered)
    return answered


def _await_answer(tx: Transaction, ticket: Ticket, now: datetime) -> None:
    resolved = (ticket.resolved_at or now).isoformat()
    tx.timers.set(_silence(ticket.id), TimerKind.UNANSWERED_SETTLEMENT, now + SILENCE_SETTLES_AFTER,
                  {"ticket": ticket.id, "resolved_at": resolved})


def _written(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid("text", "write something first")
    if len(text) > 4000:
        raise Invalid("text", "at most 4000 characters")
    return text


def _announce(tx: Transaction, ticket: Ticket) -> None:
    tx.announce("ticket", conversation_id=ticket.conversation_id or None, ticket_id=ticket.id)


def _silence(ticket_id: str) -> str:
    return f"silence:{ticket_id}"


def _source(ticket: Ticket, now: datetime) -> str:
    return f"case:{ticket.id}:{ticket.step or ticket.status}:{now.timestamp()}"
