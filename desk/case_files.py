"""What ties cases together: watchers, links, merging two into one, splitting one into two."""

from dataclasses import replace
from datetime import datetime

from desk import service_levels
from desk.agents import Agent
from desk.case_telling import Telling, tell
from desk.casework import NewCase, open_case
from desk.errors import Invalid, Refused
from desk.sla import Subject
from desk.store import Transaction
from desk.tickets import By, Happened, Link, LinkKind, Ticket, TicketEvent, TicketKind, TicketStatus


def watch(tx: Transaction, ticket_id: str, watcher_id: str, agent: Agent, now: datetime) -> None:
    """From now on this colleague is called when something happens. Raises Invalid for an unknown account."""
    ticket = tx.tickets.get(ticket_id)
    if not tx.agents.is_active(watcher_id):
        raise Invalid("agent", "there is no active account of this id")
    if tx.ticket_history.watch(ticket.id, watcher_id):
        _note(tx, ticket, Happened.WATCHED, agent, now, after=tx.agents.name_of(watcher_id))


def unwatch(tx: Transaction, ticket_id: str, watcher_id: str, agent: Agent, now: datetime) -> None:
    ticket = tx.tickets.get(ticket_id)
    if tx.ticket_history.unwatch(ticket.id, watcher_id):
        _note(tx, ticket, Happened.UNWATCHED, agent, now, after=tx.agents.name_of(watcher_id))


def link(tx: Transaction, ticket_id: str, to: Link, agent: Agent, now: datetime) -> None:
    """Tie a conversation, an order or another ticket to this one. Raises Invalid unless it is the same customer's."""
    ticket = tx.tickets.get(ticket_id)
    target = _target(tx, ticket, to)
    if tx.ticket_history.link(ticket.id, target):
        _note(tx, ticket, Happened.LINKED, agent, now, field=to.kind, after=to.target)
    if target.kind is LinkKind.TICKET:
        tx.ticket_history.link(target.target, Link(LinkKind.TICKET, ticket.id))


def unlink(tx: Transaction, ticket_id: str, to: Link, agent: Agent, now: datetime) -> None:
    ticket = tx.tickets.get(ticket_id)
    if tx.ticket_history.unlink(ticket.id, to):
        _note(tx, ticket, Happened.UNLINKED, agent, now, field=to.kind, before=to.target)
    if to.kind is LinkKind.TICKET:
        tx.ticket_history.unlink(to.target, Link(LinkKind.TICKET, ticket.id))


def merge(tx: Transaction, ticket_id: str, into_number: str, agent: Agent, now: datetime) -> Ticket:
    """Two tickets are about the same: this one is closed and goes on in the other, with its links and watchers.

    Returns the one that goes on. Raises Refused with a sentence when they must not be merged.
    """
    found = tx.tickets.find_by_number(into_number)
    if found is None:
        raise Invalid("into", "there is no ticket of that number")
    first, second = sorted((ticket_id, found.id))  # always in the same order: two merges at once do not lock each other
    locked = {each: tx.tickets.lock(each) for each in (first, second)}
    ticket, into = locked[ticket_id], locked[found.id]
    _check_merge(ticket, into)
    tx.tickets.save(replace(
        ticket, status=TicketStatus.CLOSED, closed_at=now, resolved_at=ticket.resolved_at or now, updated_at=now,
        merged_into=into.id,
    ))
    service_levels.dropped(tx, Subject.TICKET, ticket.id, now)
    for each in tx.ticket_history.watchers(ticket.id):
        tx.ticket_history.watch(into.id, each)
    moved = [*tx.ticket_history.links(ticket.id), Link(LinkKind.TICKET, ticket.id)]
    if ticket.conversation_id and ticket.conversation_id != into.conversation_id:
        moved.append(Link(LinkKind.CONVERSATION, ticket.conversation_id))
    for tie in moved:
        if tie != Link(LinkKind.TICKET, into.id):
            tx.ticket_history.link(into.id, tie)
    tx.tickets.save(replace(into, updated_at=now))
    tx.audit.record(agent, "ticket.merged", f"ticket:{ticket.id}", now, into=into.id)
    _note(tx, ticket, Happened.MERGED, agent, now, after=into.number)
    _note(tx, into, Happened.MERGED, agent, now, before=ticket.number, text=f"{ticket.subject}\n{ticket.detail}")
    tell(tx, into, Telling("merged", {"number": ticket.number, "into": into.number}), f"merged:{ticket.id}", now)
    return into


def split(
    tx: Transaction, ticket_id: str, subject: str, detail: str, kind: TicketKind, agent: Agent, now: datetime
) -> Ticket:
    """Part of a ticket is another matter: it gets a ticket of its own, linked to this one. Raises Invalid."""
    ticket = tx.tickets.get(ticket_id)
    if not subject.strip():
        raise Invalid("subject", "say what the new ticket is about")
    made = open_case(tx, NewCase(
        kind, ticket.customer_id, ticket.conversation_id, subject.strip(), detail.strip(), ticket.order_number,
        contact=ticket.contact,
    ), now, by=By.AGENT, agent_id=agent.id)
    tx.ticket_history.link(made.id, Link(LinkKind.TICKET, ticket.id))
    tx.ticket_history.link(ticket.id, Link(LinkKind.TICKET, made.id))
    _note(tx, ticket, Happened.SPLIT, agent, now, after=made.number, text=made.subject)
    _note(tx, made, Happened.SPLIT, agent, now, before=ticket.number)
    tell(tx, made, Telling("opened", {"number": made.number, "subject": made.subject}), f"opened:{made.id}", now)
    return made


def _check_merge(ticket: Ticket, into: Ticket) -> None:
    if ticket.id == into.id:
        raise Refused("merge_self", "a ticket cannot be merged with itself")
    if ticket.customer_id != into.customer_id:
        raise Refused("merge_customer", f"{into.number} belongs to another customer")
    if ticket.merged_into or into.merged_into:
        raise Refused("merged", "one of them was merged already")
    if into.status is TicketStatus.CLOSED:
        raise Refused("merge_closed", f"{into.number} is closed; reopen it first, or merge the other way round")
    if ticket.kind is TicketKind.COMPLAINT and into.kind is not TicketKind.COMPLAINT:
        raise Refused("merge_kind", "a complaint goes on as a complaint; merge the other way round")


def _target(tx: Transaction, ticket: Ticket, to: Link) -> Link:
    """The link with its target's id. Raises Invalid unless it is the same customer's."""
    if to.kind is LinkKind.ORDER:
        if not tx.orders.belongs_to(to.target, ticket.customer_id):
            raise Invalid("target", "this customer has no order of that number")
        return to
    if to.kind is LinkKind.CONVERSATION:
        conversation = tx.conversations.find(to.target)
        if conversation is None or conversation.customer_id != ticket.customer_id:
            raise Invalid("target", "this customer has no such conversation")
        return to
    other = tx.tickets.find_by_number(to.target)
    if other is None or other.id == ticket.id:
        raise Invalid("target", "there is no other ticket of that number")
    return Link(LinkKind.TICKET, other.id)


def _note(
    tx: Transaction, ticket: Ticket, happened: Happened, agent: Agent, now: datetime, *, field: str = "",
    before: str = "", after: str = "", text: str = "",
) -> None:
    tx.ticket_history.add(TicketEvent(ticket.id, now, happened, By.AGENT, agent.id, field, before, after, text))
    tx.announce("ticket", conversation_id=ticket.conversation_id or None, ticket_id=ticket.id)
