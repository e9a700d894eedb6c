"""What the pages show, read from the store in one snapshot each."""

import hashlib
from dataclasses import dataclass

from crm_store.store import SqlTransaction
from desk.customer_value import CustomerValue
from desk.customers import Customer, Identity, Order
from desk.ratings import Rating
from desk.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Counts:
    """What the header shows: customers who wait, unsettled tickets, messages in doubt or dead, webhooks that were
    switched off."""

    waiting: int
    tickets: int
    deliveries: int
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class CustomerCard:
    customer: Customer
    name: str
    identities: tuple[Identity, ...]
    orders: tuple[Order, ...]
    open_tickets: tuple[Ticket, ...]
    ratings: tuple[Rating, ...]
    value: CustomerValue | None = None

    @property
    def mark(self) -> str:
        return customer_mark(self.customer.id)


def customer_mark(customer_id: str) -> str:
    """The customer in a live event's name: ids that came with an import may hold any character."""
    return hashlib.sha256(customer_id.encode()).hexdigest()[:16]


def counts(tx: SqlTransaction) -> Counts:
    return Counts(
        tx.conversations.count_waiting() + tx.inbox.count_stranded(),
        tx.tickets.count_open(), tx.outbound.count_troubled(), tx.webhooks.count_stopped(),
    )


def frame(tx: SqlTransaction) -> dict[str, object]:
    """What every page's frame shows, and the event from which the page is kept up to date."""
    return {"counts": counts(tx), "newest_event": tx.events.newest_id()}


def card(tx: SqlTransaction, customer_id: str) -> CustomerCard:
    """Raises NotFound."""
    customer = tx.customers.get(customer_id)
    return CustomerCard(
        customer, customer.name, tuple(tx.customers.list_identities(customer_id)),
        tuple(tx.orders.list_of(customer_id)),
        tuple(ticket for ticket in tx.tickets.list_of(customer_id) if not ticket.status.is_settled),
        tuple(tx.ratings.list_of_customer(customer_id)), tx.values.find(customer_id),
    )


def agent_names(tx: SqlTransaction) -> dict[str, str]:
    return {agent.id: agent.name for agent in tx.agents.list_all()}
