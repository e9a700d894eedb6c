"""What the pages show, read from the store in one snapshot each."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_store.inbox_lists import InboxQuery, InboxView
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.channels import CAPABILITIES
from desk.conversations import Conversation, Holder, Message
from desk.customers import Customer, Identity, Order
from desk.errors import NotFound
from desk.ratings import Rating
from desk.tickets import Ticket

LIST_LENGTH = 100
HISTORY_LENGTH = 300


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One line of the inbox. `waits_since` is None when nobody waits."""

    conversation: Conversation
    name: str
    agent_name: str
    waits_since: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the header shows: customers who wait, unsettled tickets, messages in doubt or dead."""

    waiting: int
    tickets: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages that belong together: the same conversation, one after the other."""

    conversation: Conversation
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class WindowLeft:
    """What the platform still allows: how many messages, until when (None: closed)."""

    sends: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with all that was said with this customer, on any channel."""

    conversation: Conversation
    name: str
    agent_name: str
    stretches: tuple[Stretch, ...]
    is_cut: bool
    window: WindowLeft | None

    @property
    def mark(self) -> str:
        return customer_mark(self.conversation.customer_id)


@dataclass(frozen=True, slots=True)
class CustomerCard:
    customer: Customer
    name: str
    identities: tuple[Identity, ...]
    orders: tuple[Order, ...]
    open_tickets: tuple[Ticket, ...]
    ratings: tuple[Rating, ...]

    @property
    def mark(self) -> str:
        return customer_mark(self.customer.id)


def customer_mark(customer_id: str) -> str:
    """The customer in a live event's name: ids that came with an import may hold any character."""
    return hashlib.sha256(customer_id.encode()).hexdigest()[:16]


def counts(tx: SqlTransaction) -> Counts:
    return Counts(
        tx.conversations.count_waiting() + tx.inbox.count_stranded(),
        tx.tickets.count_open(), tx.outbound.count_troubled(),
    )


def frame(tx: SqlTransaction) -> dict[str, object]:
    """What every page's frame shows, and the event from which the page is kept up to date."""
    return {"counts": counts(tx), "newest_event": tx.events.newest_id()}


def inbox(tx: SqlTransaction, view: InboxView, agent: Agent) -> list[InboxItem]:
    """The lines of one list. Who waits because the assistant is down stands with those who wait for a person."""
    query = InboxQuery(view, agent.id)
    found, _ = tx.inbox.page(query, limit=LIST_LENGTH)
    stranded = tx.inbox.list_stranded(query) if view is InboxView.WAITING else []
    both = sorted([*found, *stranded], key=_waiting_since) if stranded else found
    names = tx.customers.names_of(item.customer_id for item in both)
    agents = agent_names(tx)
    lost = {item.id for item in stranded}
    return [
        InboxItem(
            item, names.get(item.customer_id, ""), agents.get(item.agent_id or "", ""),
            item.queued_at if item.holder is Holder.QUEUE else item.last_message_at if item.id in lost else None,
        )
        for item in both
    ]


def conversation(tx: SqlTransaction, conversation_id: str, now: datetime) -> OpenConversation:
    """Raises NotFound."""
    shown = tx.conversations.find(conversation_id)
    if shown is None:
        raise NotFound("no such conversation")
    others = tx.conversations.list_of_customer(shown.customer_id)
    messages = tx.messages.list_of([item.id for item in others], limit=HISTORY_LENGTH)
    customer = tx.customers.get(shown.customer_id)
    return OpenConversation(
        shown, customer.name, tx.agents.name_of(shown.agent_id or ""),
        tuple(_stretches(messages, {item.id: item for item in others})), len(messages) == HISTORY_LENGTH,
        _window(tx, shown, now),
    )


def card(tx: SqlTransaction, customer_id: str) -> CustomerCard:
    """Raises NotFound."""
    customer = tx.customers.get(customer_id)
    return CustomerCard(
        customer, customer.name, tuple(tx.customers.list_identities(customer_id)),
        tuple(tx.orders.list_of(customer_id)),
        tuple(ticket for ticket in tx.tickets.list_of(customer_id) if not ticket.status.is_settled),
        tuple(tx.ratings.list_of_customer(customer_id)),
    )


def agent_names(tx: SqlTransaction) -> dict[str, str]:
    return {agent.id: agent.name for agent in tx.agents.list_all()}


def _waiting_since(item: Conversation) -> datetime:
    return item.queued_at or item.last_message_at


def _stretches(messages: Sequence[Message], conversations: dict[str, Conversation]) -> Iterable[Stretch]:
    run: list[Message] = []
    for message in messages:
        if run and run[-1].conversation_id != message.conversation_id:
            yield Stretch(conversations[run[0].conversation_id], tuple(run))
            run = []
        run.append(message)
    if run:
        yield Stretch(conversations[run[0].conversation_id], tuple(run))


def _window(tx: SqlTransaction, shown: Conversation, now: datetime) -> WindowLeft | None:
    if not CAPABILITIES[shown.address.channel].windowed or not shown.is_open:
        return None
    return WindowLeft(*tx.windows.left(shown.address, now))
