"""While a customer waits for a person: what they write is acknowledged now and then, and they may leave the line."""

from dataclasses import replace
from datetime import datetime, timedelta

from desk.clock_words import in_words
from desk.conversations import Author, Conversation
from desk.handoff import back_to_bot, owed
from desk.line import joined, place_of
from desk.messages import InboundKind, InboundMessage, OutboundMessage
from desk.outbox import Reply
from desk.reception import Said
from desk.store import Transaction
from desk.timeline import LEFT_LINE
from desk.waiting_words import is_nod, say, wants_to_leave

AGAIN_AFTER = timedelta(minutes=3)
"""How long a waiting customer who was told how things stand is told nothing more."""


def hear(
    tx: Transaction, conversation: Conversation, message: InboundMessage, said: Said, reply: Reply, now: datetime
) -> Conversation | None:
    """What a waiting customer wrote is in the history; add to `reply` what they are told, if anything. Returns the
    conversation if they left the line and the bot holds it again, which the bot is then to be told."""
    if message.kind is InboundKind.EVENT:
        return None
    if not said.payload and wants_to_leave(said.text):
        return _leave(tx, conversation, reply, now)
    told = conversation.acknowledged_at
    if (told is None or now - told >= AGAIN_AFTER) and not is_nod(said.text):
        reply.add(Author.SYSTEM, OutboundMessage(_how_it_stands(tx, conversation, now)))
        tx.conversations.note(replace(conversation, acknowledged_at=now))
    return None


def _leave(tx: Transaction, conversation: Conversation, reply: Reply, now: datetime) -> Conversation:
    """Back to the bot. A ticket that was promised an answer stays: nobody said that its matter is settled."""
    language = conversation.language
    parts = [say("left", language)]
    if ticket := owed(tx, conversation.id):
        parts.append(say("ticket_stays", language, number=ticket.number))
    reply.add(Author.SYSTEM, OutboundMessage(joined(parts, conversation)))
    return back_to_bot(tx, conversation, None, LEFT_LINE, now)


def _how_it_stands(tx: Transaction, conversation: Conversation, now: datetime) -> str:
    """That it was noted; the place in line, where somebody is there to serve it; a promise that still holds; how to
    leave."""
    language = conversation.language
    parts = [say("noted", language)]
    place = place_of(tx, conversation, now)
    if place.present:
        parts.append(say("ahead" if place.ahead else "next", language, ahead=place.ahead))
    ticket = owed(tx, conversation.id)
    if ticket is not None and ticket.promised_by is not None and ticket.promised_by > now:
        when = in_words(ticket.promised_by.astimezone(tx.calendar.hours().zone), language)
        parts.append(say("promised", language, number=ticket.number, when=when))
    parts.append(say("may_leave", language))
    return joined(parts, conversation)
