"""Carrying out what an answer of the assistant changes, inside the turn's own transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desk.case_hearing import add_of_customer
from desk.casework import NewCase, open_case
from desk.conversations import Conversation
from desk.effects import (
    TICKET_NUMBER,
    AddToTicket,
    Effect,
    FaqAnswered,
    GiveRating,
    NoteGap,
    NotUnderstood,
    OpenTicket,
    RequestHandoff,
    SetConsent,
    Wished,
)
from desk.faq_turns import note_gap
from desk.queue import LeasedInbound
from desk.ratings import RatingState
from desk.store import Transaction
from desk.tickets import By

_RATING_COUNTS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Applied:
    """What the reply's texts may need, and the hand-overs that still have to be announced to the customer."""

    ticket_number: str
    handoffs: tuple[RequestHandoff, ...]

    def fill(self, text: str) -> str:
        return text.replace(TICKET_NUMBER, self.ticket_number)


def apply(
    tx: Transaction, effects: Iterable[Effect], conversation: Conversation, lease: LeasedInbound, now: datetime
) -> Applied:
    """Apply every effect once; each carries the message's key, so even a repeated turn creates nothing twice."""
    number = ""
    handoffs: list[RequestHandoff] = []
    for position, effect in enumerate(effects):
        source = f"{lease.key}!{position}"
        match effect:
            case OpenTicket():
                number = _open_ticket(tx, effect, conversation, source, now)
            case AddToTicket():
                _add_to_ticket(tx, effect, conversation, source, now)
            case RequestHandoff():
                handoffs.append(effect)
            case SetConsent():
                tx.customers.record_consent(conversation.customer_id, effect.allowed, effect.words,
                                            conversation.address.channel.value, now, consent_key(lease))
            case GiveRating():
                _rate(tx, effect, conversation, now)
            case NoteGap():
                note_gap(tx, effect, conversation, source, now)
            case Wished():
                tx.conversation_topics.note(conversation.id, effect.topic, now)
            case NotUnderstood() | FaqAnswered():
                pass  # counted by desk.triggers; kept by desk.faq_turns where the answer is said
    return Applied(number, tuple(handoffs))


def consent_key(lease: LeasedInbound) -> str:
    """The key of what one message says about consent: it is logged once, whoever understands it first."""
    return f"{lease.key}!consent"


def _open_ticket(
    tx: Transaction, effect: OpenTicket, conversation: Conversation, source: str, now: datetime
) -> str:
    return open_case(tx, NewCase(
        kind=effect.ticket_kind, customer_id=conversation.customer_id, conversation_id=conversation.id,
        subject=effect.subject, detail=effect.detail, order_number=effect.order_number,
        wished_remedy=effect.wished_remedy, contact=effect.contact,
    ), now, by=By.CUSTOMER, source_key=source).number


def _add_to_ticket(
    tx: Transaction, effect: AddToTicket, conversation: Conversation, source: str, now: datetime
) -> None:
    ticket = tx.tickets.find_by_number(effect.number)
    if ticket is not None and ticket.customer_id == conversation.customer_id:
        add_of_customer(tx, ticket, effect.text, source, now)


def _rate(tx: Transaction, effect: GiveRating, conversation: Conversation, now: datetime) -> None:
    latest = tx.ratings.find_latest(conversation.customer_id)
    if latest is not None and now - latest.asked_at <= _RATING_COUNTS_FOR:
        tx.ratings.save(replace(latest, state=RatingState.DONE, score=effect.score, answered_at=now,
                                comment=effect.comment or latest.comment))
