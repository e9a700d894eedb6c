"""What the pages of tickets show, read from the store in one snapshot each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console import reading
from console.level_desk import ShownClock, shown_clocks
from crm_store.store import SqlTransaction
from crm_store.ticket_lists import TicketFilter
from desk.agents import Agent
from desk.case_states import next_statuses
from desk.causes import Cause
from desk.compensation import Compensation
from desk.complaints import Step, next_steps
from desk.sla import Subject
from desk.ticket_files import TicketFile
from desk.tickets import Category, LinkKind, Ticket, TicketEvent, TicketStatus

# The steps as a customer's complaint goes when all is well; a dispute leads back into it.
PATH = (Step.RECEIVED, Step.ACKNOWLEDGED, Step.INVESTIGATING, Step.REMEDY_PROPOSED, Step.APPROVED, Step.DONE,
        Step.ACCEPTED, Step.IMPROVEMENT_NOTED)


@dataclass(frozen=True, slots=True)
class ShownLink:
    """`address` is empty where there is no page to go to."""

    kind: LinkKind
    target: str
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket with everything its page shows."""

    ticket: Ticket
    events: Sequence[TicketEvent]
    names: Mapping[str, str]  # of agents
    agents: Sequence[Agent]
    categories: Sequence[tuple[Category, int]]
    watchers: Sequence[str]
    links: Sequence[ShownLink]
    merged_into: Ticket | None
    has_conversation: bool
    is_reachable: bool
    clocks: Sequence[ShownClock]
    compensations: Sequence[Compensation]
    files: Sequence[TicketFile]
    causes: Sequence[Cause]
    currency: str  # of the order, for the form

    @property
    def steps(self) -> tuple[Step, ...]:
        """What may follow now, for a complaint."""
        return next_steps(self.ticket.step) if self.ticket.step and not self.ticket.merged_into else ()

    @property
    def statuses(self) -> tuple[TicketStatus, ...]:
        return next_statuses(self.ticket)

    @property
    def path(self) -> list[tuple[Step, str]]:
        """The steps with "past", "here" or "ahead"."""
        step = self.ticket.step
        if step is None:
            return []
        disputed = step is Step.DISPUTED
        here = PATH.index(Step.DONE if disputed else step)
        marks = [(each, "past" if at < here else "here" if at == here else "ahead") for at, each in enumerate(PATH)]
        return [*marks[: here + 1], (Step.DISPUTED, "here")] if disputed else marks


def ticket_view(tx: SqlTransaction, ticket_id: str, now: datetime) -> TicketView:
    """Raises NotFound."""
    ticket = tx.tickets.get(ticket_id)
    identities = tx.customers.list_identities(ticket.customer_id)
    order = tx.orders.find(ticket.order_number) if ticket.order_number else None
    return TicketView(
        ticket=ticket, events=tx.ticket_history.list_of(ticket_id), names=reading.agent_names(tx),
        agents=[agent for agent in tx.agents.list_all() if agent.active], categories=category_tree(tx),
        watchers=tx.ticket_history.watchers(ticket_id), links=_links(tx, ticket),
        merged_into=tx.tickets.get(ticket.merged_into) if ticket.merged_into else None,
        has_conversation=tx.conversations.find(ticket.conversation_id) is not None,
        is_reachable=any(each.reachable for each in identities),
        clocks=shown_clocks(tx, Subject.TICKET, ticket_id, now),
        compensations=tx.compensations.list_of(ticket_id), files=tx.ticket_files.list_of(ticket_id),
        causes=[each for each in tx.causes.list_all() if each.active or each.id == ticket.cause_id],
        currency=order.currency if order else "CNY",
    )


def category_tree(tx: SqlTransaction) -> list[tuple[Category, int]]:
    """Every category after the one it is in, with its depth."""
    all_of_them = tx.categories.list_all()
    below: dict[str | None, list[Category]] = {}
    for each in sorted(all_of_them, key=lambda one: one.name("en")):
        below.setdefault(each.parent_id, []).append(each)

    def walk(parent: str | None, depth: int) -> list[tuple[Category, int]]:
        return [line for each in below.get(parent, []) for line in [(each, depth), *walk(each.id, depth + 1)]]

    return walk(None, 0)


def subtree(tx: SqlTransaction, category_id: str) -> list[str]:
    """The category and all below it."""
    found, depth_of_it = [], -1
    for each, depth in category_tree(tx):
        if each.id == category_id:
            depth_of_it = depth
            found.append(each.id)
        elif depth_of_it >= 0:
            if depth <= depth_of_it:
                break
            found.append(each.id)
    return found


def ticket_list(
    tx: SqlTransaction, wanted: TicketFilter, sort: str, after: str, limit: int, agent: Agent, now: datetime
) -> dict[str, object]:
    """A page of the list; it remembers the order for this agent."""
    found = tx.tickets.list_page(wanted, sort, after, limit + 1)
    return {
        "tickets": found[:limit], "has_more": len(found) > limit,
        "names": tx.customers.names_of(item.customer_id for item in found),
        "agents": [each for each in tx.agents.list_all() if each.active], "agent_names": reading.agent_names(tx),
        "categories": category_tree(tx), "notices": tx.ticket_history.list_notices(agent.id, 20), "now": now,
        **reading.frame(tx),
    }


def _links(tx: SqlTransaction, ticket: Ticket) -> list[ShownLink]:
    shown = []
    for link in tx.ticket_history.links(ticket.id):
        if link.kind is LinkKind.TICKET:
            other = tx.tickets.get(link.target)
            shown.append(ShownLink(link.kind, link.target, f"{other.number} {other.subject}",
                                   f"/console/tickets/{other.id}"))
        elif link.kind is LinkKind.CONVERSATION:
            shown.append(ShownLink(link.kind, link.target, "", f"/console/conversations/{link.target}"))
        else:
            shown.append(ShownLink(link.kind, link.target, link.target, ""))
    return shown
