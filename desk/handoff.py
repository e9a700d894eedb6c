"""Between the bot and people: asked for, taken, given back, closed. Every hand-over has a next step (guarantee 5)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desk.agents import PRESENT_FOR, Agent
from desk.clock_words import in_words
from desk.conversations import Author, Conversation, HandoffReason, Holder
from desk.errors import Conflict
from desk.hours import BusinessHours
from desk.messages import Attachment, Button, Language, OutboundMessage
from desk.outbox import Reply
from desk.queue import TimerKind
from desk.ratings import PAYLOAD_PREFIX
from desk.store import Transaction
from desk.texts import say
from desk.tickets import Ticket, TicketKind


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """How people serve: when, how long a customer waits before they get a ticket, how long an answer then takes."""

    hours: BusinessHours
    unclaimed_after: timedelta = timedelta(minutes=5)
    answer_within: timedelta = timedelta(hours=4)

    def promise(self, now: datetime) -> datetime:
        """When an answer is promised: after `answer_within` of business time, in local time."""
        return self.hours.add(now, self.answer_within)


def request(
    tx: Transaction, conversation: Conversation, reply: Reply, reason: HandoffReason, note: str, rules: ServiceRules,
    now: datetime, source: str,
) -> Conversation:
    """A person is needed: queue the conversation, or, when nobody serves, open a ticket with a promised time."""
    nobody = tx.agents.count_present(now - PRESENT_FOR) == 0
    if nobody and not rules.hours.is_open(now):
        promised = replace(conversation, handoff_reason=reason, handoff_note=note)
        _promise(tx, promised, reply, "promise", rules, now, source)
        tx.conversations.save(promised)
        return promised
    queued = replace(
        conversation, holder=Holder.QUEUE, agent_id=None, handoff_reason=reason, handoff_note=note, queued_at=now
    )
    ahead = tx.conversations.count_waiting()
    tx.conversations.save(queued)
    tx.timers.set(_timer(conversation.id), TimerKind.UNCLAIMED, now + rules.unclaimed_after,
                  {"conversation": conversation.id})
    text = say("queued_behind" if ahead else "queued_first", conversation.language, ahead=ahead)
    reply.add(Author.SYSTEM, OutboundMessage(text))
    tx.announce("waiting", conversation_id=conversation.id)
    return queued


def waited_too_long(tx: Transaction, conversation_id: str, rules: ServiceRules, now: datetime) -> None:
    """Nobody took a waiting conversation in time: the customer gets a ticket and a promise; it stays in the queue."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is not Holder.QUEUE or conversation.queued_at is None:
        return
    source = f"waited:{conversation_id}:{conversation.queued_at.timestamp():.0f}"
    reply = Reply(tx, conversation, source, now)
    _promise(tx, conversation, reply, "still_waiting", rules, now, source)
    reply.queue()


def claim(tx: Transaction, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """One agent takes the conversation; the bot falls silent. Raises Conflict naming who has it already."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is Holder.AGENT and conversation.agent_id == agent.id:
        return conversation
    if conversation.holder is Holder.AGENT:
        raise Conflict(f"{tx.agents.name_of(conversation.agent_id or '')} has this conversation")
    if conversation.holder is Holder.NOBODY:
        raise Conflict("this conversation is closed")
    taken = replace(
        conversation, holder=Holder.AGENT, agent_id=agent.id,
        handoff_reason=conversation.handoff_reason or HandoffReason.TAKEN,
    )
    tx.conversations.save(taken)
    tx.timers.cancel(_timer(conversation_id))
    _notice(tx, taken, "joined", f"joined:{conversation_id}:{now.timestamp()}", now, agent=agent.name)
    tx.announce("claimed", conversation_id=conversation_id)
    return taken


def answer(
    tx: Transaction, conversation_id: str, agent: Agent, text: str, key: str, now: datetime,
    attachments: tuple[Attachment, ...] = (),
) -> None:
    """The agent says something. `key` is the caller's own, so a double click in one conversation sends once."""
    conversation = _held_by(tx, conversation_id, agent)
    reply = Reply(tx, conversation, f"agent:{agent.id}:{conversation_id}:{key}", now, agent_id=agent.id)
    reply.add(Author.AGENT, OutboundMessage(text, attachments=attachments))
    reply.queue()
    tx.conversations.save(replace(conversation, unread=0, last_text=text, last_message_at=now))
    tx.announce("message", conversation_id=conversation_id)


def release(tx: Transaction, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """Give the conversation back to the bot, and tell the customer."""
    conversation = _held_by(tx, conversation_id, agent)
    released = replace(
        conversation, holder=Holder.BOT, agent_id=None, handoff_reason=None, handoff_note="", queued_at=None, unread=0
    )
    tx.conversations.save(released)
    _notice(tx, released, "back_to_bot", f"released:{conversation_id}:{now.timestamp()}", now)
    tx.announce("released", conversation_id=conversation_id)
    return released


def transfer(tx: Transaction, conversation_id: str, agent: Agent, to: Agent, now: datetime) -> Conversation:
    """Hand the conversation to another agent, and tell the customer who answers now."""
    conversation = _held_by(tx, conversation_id, agent)
    moved = replace(conversation, agent_id=to.id)
    tx.conversations.save(moved)
    _notice(tx, moved, "joined", f"transferred:{conversation_id}:{now.timestamp()}", now, agent=to.name)
    tx.announce("claimed", conversation_id=conversation_id)
    return moved


def close(tx: Transaction, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """End the conversation and ask the customer how it was. Raises Conflict when another agent has it."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is Holder.NOBODY:
        return conversation
    if conversation.holder is Holder.AGENT and conversation.agent_id != agent.id:
        raise Conflict(f"{tx.agents.name_of(conversation.agent_id or '')} has this conversation")
    closed = replace(conversation, holder=Holder.NOBODY, closed_at=now, unread=0)
    tx.conversations.save(closed)
    tx.timers.cancel(_timer(conversation_id))
    reply = Reply(tx, closed, f"closed:{conversation_id}", now)
    reply.add(Author.SYSTEM, rating_question(closed.language))
    reply.queue()
    tx.ratings.ask(conversation_id=conversation_id, customer_id=closed.customer_id, address=closed.address,
                   agent_id=agent.id, now=now)
    tx.announce("closed", conversation_id=conversation_id)
    return closed


def rating_question(language: Language) -> OutboundMessage:
    """The question after a conversation; the choices' numbers are the scores, also where they become a list."""
    words = {
        Language.ZH_HANS: ("很不满意", "不满意", "一般", "满意", "非常满意"),
        Language.ZH_HANT: ("很不滿意", "不滿意", "一般", "滿意", "非常滿意"),
        Language.EN: ("Very poor", "Poor", "Fair", "Good", "Excellent"),
    }[language]
    buttons = tuple(
        Button(f"{'★' * score} {word}", f"{PAYLOAD_PREFIX}{score}") for score, word in enumerate(words, 1)
    )
    return OutboundMessage(say("ask_rating", language), buttons)


def _held_by(tx: Transaction, conversation_id: str, agent: Agent) -> Conversation:
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is Holder.NOBODY:
        raise Conflict("this conversation is closed")
    if conversation.holder is not Holder.AGENT:
        raise Conflict("claim this conversation first")
    if conversation.agent_id != agent.id:
        raise Conflict(f"{tx.agents.name_of(conversation.agent_id or '')} has this conversation")
    return conversation


def _promise(
    tx: Transaction, conversation: Conversation, reply: Reply, text: str, rules: ServiceRules, now: datetime,
    source: str,
) -> Ticket:
    due = rules.promise(now)
    ticket = tx.tickets.open(
        kind=TicketKind.REQUEST, customer_id=conversation.customer_id, conversation_id=conversation.id,
        subject=conversation.handoff_note or conversation.last_text or "—", detail=conversation.last_text, now=now,
        promised_by=due, source_key=f"promise:{source}",
    )
    words = in_words(due, conversation.language)
    reply.add(Author.SYSTEM, OutboundMessage(say(text, conversation.language, number=ticket.number, when=words)))
    tx.announce("ticket", conversation_id=conversation.id, ticket_id=ticket.id)
    return ticket


def _notice(
    tx: Transaction, conversation: Conversation, name: str, source: str, now: datetime, **values: object
) -> None:
    reply = Reply(tx, conversation, source, now)
    reply.add(Author.SYSTEM, OutboundMessage(say(name, conversation.language, **values)))
    reply.queue()


def _timer(conversation_id: str) -> str:
    return f"unclaimed:{conversation_id}"
