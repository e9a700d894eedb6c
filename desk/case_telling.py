"""Telling a customer how their case stands, where they can be reached, through the durable queue.

What answers their own case and cannot wait (a proposal, the result, a question) is told even to customers who want
no messages unasked; progress notes are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from desk.case_texts import say
from desk.conversations import Author, Conversation, Holder
from desk.messages import Address, Button, Language, OutboundMessage
from desk.outbox import Reply
from desk.queue import Lane
from desk.store import Transaction
from desk.tickets import By, Happened, Ticket, TicketEvent

SETTLED = "/settled "
"""Begins the payload of the answers to "is it settled?": then yes or no, and the ticket's number."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A text of `case_texts` and what fills it. `needed`: told also to who refused messages unasked."""

    name: str
    values: dict[str, object]
    needed: bool = True
    asks: bool = False  # whether it is settled


def tell(tx: Transaction, ticket: Ticket, telling: Telling, source: str, now: datetime) -> bool:
    """Tell the customer, once for each `source`. False when they cannot be told: the history says why."""
    place = _place(tx, ticket, now)
    if place is None:
        return _untold(tx, ticket, "unreachable", now)
    if not telling.needed and not tx.customers.get(ticket.customer_id).consent:
        return _untold(tx, ticket, "no_consent", now)
    text = say(telling.name, place.language, **telling.values)
    buttons: Sequence[Button] = ()
    if telling.asks:
        text = f"{text}\n{say('is_it_settled', place.language)}"
        buttons = settled_buttons(ticket, place.language)
    _send(tx, place, OutboundMessage(text, tuple(buttons)), source, now, None)
    tx.ticket_history.add(TicketEvent(ticket.id, now, Happened.TOLD, text=text), f"told:{source}")
    return True


def write_to(tx: Transaction, ticket: Ticket, text: str, agent_id: str, source: str, now: datetime) -> bool:
    """An agent's own words to the customer. False when they cannot be reached."""
    place = _place(tx, ticket, now)
    if place is None:
        return _untold(tx, ticket, "unreachable", now)
    _send(tx, place, OutboundMessage(text), source, now, agent_id)
    event = TicketEvent(ticket.id, now, Happened.TOLD, By.AGENT, agent_id, text=text)
    return tx.ticket_history.add(event, f"told:{source}")


def settled_buttons(ticket: Ticket, language: Language) -> tuple[Button, ...]:
    return (
        Button(say("yes_settled", language), f"{SETTLED}yes {ticket.number}"),
        Button(say("not_settled", language), f"{SETTLED}no {ticket.number}"),
    )


def _send(
    tx: Transaction, place: Conversation, message: OutboundMessage, source: str, now: datetime, agent_id: str | None
) -> None:
    lane = Lane.NOTICE if agent_id is None else Lane.REPLY
    reply = Reply(tx, place, source, now, agent_id=agent_id, lane=lane)
    reply.add(Author.AGENT if agent_id else Author.SYSTEM, message)
    reply.queue()
    tx.announce("message", conversation_id=place.id)


def _place(tx: Transaction, ticket: Ticket, now: datetime) -> Conversation | None:
    """Where to tell: the conversation of the case, else wherever the customer was last seen and may be reached."""
    own = tx.conversations.find(ticket.conversation_id)
    identities = [each for each in tx.customers.list_identities(ticket.customer_id) if each.reachable]
    addresses = [each.address for each in identities]
    if own is not None and own.address in addresses:
        return tx.conversations.find_open(own.address) or own
    return _talk_at(tx, ticket.customer_id, addresses[0], now) if addresses else None


def _talk_at(tx: Transaction, customer_id: str, address: Address, now: datetime) -> Conversation:
    found = tx.conversations.find_open(address)
    if found is not None:
        return found
    language = tx.customers.get(customer_id).language or Language.EN
    made = Conversation(uuid4().hex, customer_id, address, Holder.BOT, language, opened_at=now, last_message_at=now)
    tx.conversations.add(made)
    return made


def _untold(tx: Transaction, ticket: Ticket, why: str, now: datetime) -> bool:
    tx.ticket_history.add(TicketEvent(ticket.id, now, Happened.NOT_TOLD, after=why))
    return False
