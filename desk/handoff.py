"""Between the bot and people: asked for, taken, given back, closed. Every hand-over has a next step (guarantee 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desk import service_levels
from desk.agents import PRESENT_FOR, Agent
from desk.assignment import team_for
from desk.casework import NewCase, open_case
from desk.clock_words import in_words
from desk.conversations import Author, Conversation, HandoffReason, Holder, Priority
from desk.dispatch import (
    alert,
    assign_waiting,
    escalation_timer,
    expect_answer,
    find_free,
    give,
    notice,
    silence_timer,
    tell_joined,
    unanswered_timer,
    unclaimed_timer,
    waited,
)
from desk.errors import Conflict
from desk.hours import BusinessHours
from desk.interviews import Interviews
from desk.line import told_on_joining
from desk.messages import Attachment, Button, Language, OutboundMessage
from desk.notes import AlertKind
from desk.outbox import Reply
from desk.queue import TimerKind
from desk.ratings import PAYLOAD_PREFIX
from desk.sla import Subject
from desk.staffing import Team
from desk.store import Transaction
from desk.texts import say
from desk.tickets import Ticket, TicketKind
from desk.timeline import Happening, TimelineEvent

_PRIORITIES = {HandoffReason.ANGER: Priority.HIGH, HandoffReason.COMPLAINT: Priority.HIGH}


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
    now: datetime, source: str, *, topic: str = "", slots: Mapping[str, str] | None = None,
) -> Conversation:
    """A person is needed: an agent with room gets the conversation at once, else it waits in the queue; when nobody
    serves, the customer gets a ticket with a promised time."""
    wanted = replace(conversation, handoff_reason=reason, handoff_note=note, topic=topic, misses=0)
    nobody = tx.agents.count_present(now - PRESENT_FOR) == 0
    if nobody and not rules.hours.is_open(now):
        _promise(tx, wanted, reply, "promise", rules, now, source)
        tx.conversations.save(wanted)
        return wanted
    staffing = tx.staffing.rules()
    team = team_for(tx.staffing.list_teams(), topic, conversation.language)
    queued = replace(
        wanted, holder=Holder.QUEUE, agent_id=None, queued_at=now, unanswered_since=now, acknowledged_at=None,
        team_id=team.id if team else None,
        priority=max(conversation.priority, _PRIORITIES.get(reason, Priority.NORMAL)),
    )
    tx.timeline.add(TimelineEvent(Happening.QUEUED, now, conversation.id, team_id=queued.team_id, reason=reason,
                                  details={"note": note, "topic": topic, "slots": dict(slots or {})}))
    service_levels.asked_for_person(tx, queued, now)
    assign_waiting(tx, now)  # whoever may be served already goes first
    free = find_free(tx, queued, staffing, now)
    tx.announce("waiting", conversation_id=conversation.id)
    if free is not None:
        reply.add(Author.SYSTEM, OutboundMessage(say("joined", conversation.language, agent=free.name)))
        return give(tx, queued, free, Happening.ASSIGNED, staffing, now)
    tx.conversations.save(queued)
    tx.timers.set(unclaimed_timer(conversation.id), TimerKind.UNCLAIMED, now + rules.unclaimed_after,
                  {"conversation": conversation.id})
    reply.add(Author.SYSTEM, OutboundMessage(told_on_joining(tx, queued, now)))
    return queued


def waited_too_long(tx: Transaction, conversation_id: str, rules: ServiceRules, now: datetime) -> None:
    """Nobody took a waiting conversation in time: the customer gets a ticket and a promise, supervisors are told, and
    it stays in the queue."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is not Holder.QUEUE or conversation.queued_at is None:
        return
    promised = tx.timeline.find_latest(conversation_id, Happening.PROMISED)
    if promised is not None and promised.at >= conversation.queued_at:
        return
    source = f"waited:{conversation_id}:{conversation.queued_at.timestamp():.0f}"
    reply = Reply(tx, conversation, source, now)
    _promise(tx, conversation, reply, "still_waiting", rules, now, source)
    reply.queue()
    tx.conversations.save(replace(conversation, acknowledged_at=now))
    tx.timeline.add(TimelineEvent(Happening.ESCALATED, now, conversation_id, reason="unclaimed",
                                  team_id=conversation.team_id))
    alert(tx, tx.staffing.supervisors(), conversation_id, AlertKind.ESCALATED, now)


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
    if conversation.holder is Holder.BOT:
        service_levels.asked_for_person(tx, taken, now)
    tx.timers.cancel(unclaimed_timer(conversation_id))
    expect_answer(tx, taken, tx.staffing.rules(), now)
    tx.timeline.add(TimelineEvent(
        Happening.CLAIMED, now, conversation_id, agent.id, agent.id, conversation.team_id,
        reason=taken.handoff_reason or "", seconds=waited(conversation, now),
    ))
    tx.audit.record(agent, "conversation.claimed", f"conversation:{conversation_id}", now)
    tell_joined(tx, taken, agent.name, f"joined:{conversation_id}:{now.timestamp()}", now)
    tx.announce("claimed", conversation_id=conversation_id)
    return taken


def answer(
    tx: Transaction, conversation_id: str, agent: Agent, text: str, key: str, now: datetime,
    attachments: tuple[Attachment, ...] = (), buttons: tuple[Button, ...] = (),
) -> bool:
    """The agent says something. `key` is the caller's own, so a double click in one conversation sends once.

    False when it was said already. Raises Conflict when another agent, or nobody, has the conversation.
    """
    if is_said(tx, conversation_id, agent, key):  # also after it was closed or handed on: a repeat is no second answer
        return False
    source = _source(conversation_id, agent, key)
    conversation = require_holder(tx, conversation_id, agent)
    reply = Reply(tx, conversation, source, now, agent_id=agent.id)
    reply.add(Author.AGENT, OutboundMessage(text, buttons, attachments))
    reply.queue()
    preview = text or f"[{attachments[0].name or attachments[0].kind}]"
    answered = replace(conversation, unread=0, unanswered_since=None, last_text=preview, last_message_at=now)
    tx.conversations.save(answered)
    tx.timers.cancel(unanswered_timer(conversation_id))
    tx.timers.cancel(escalation_timer(conversation_id))
    _note_first_reply(tx, conversation, agent, now)
    service_levels.answered(tx, Subject.CONVERSATION, conversation_id, agent.id, now)
    if quiet := tx.staffing.rules().release_after:
        tx.timers.set(silence_timer(conversation_id), TimerKind.SILENCE, now + quiet,
                      {"conversation": conversation_id})
    tx.audit.record(agent, "conversation.answered", f"conversation:{conversation_id}", now)
    tx.attention.drop_draft(agent.id, conversation_id)
    tx.announce("message", conversation_id=conversation_id)
    return True


def is_said(tx: Transaction, conversation_id: str, agent: Agent, key: str) -> bool:
    """Whether the agent's answer with this key was taken."""
    return tx.messages.has(f"out:{_source(conversation_id, agent, key)}#0")


def release(tx: Transaction, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """Give the conversation back to the bot, and tell the customer."""
    released = _given_back(tx, require_holder(tx, conversation_id, agent), agent.id, "by_hand", now)
    tx.audit.record(agent, "conversation.released", f"conversation:{conversation_id}", now)
    return released


def release_silent(tx: Transaction, conversation: Conversation, now: datetime) -> Conversation:
    """Back to the bot, because the customer says nothing more."""
    return _given_back(tx, conversation, None, "silence", now)


def back_to_bot(
    tx: Transaction, conversation: Conversation, agent_id: str | None, reason: str, now: datetime
) -> Conversation:
    """The bot holds the conversation again; the customer is to be told by the caller."""
    released = replace(
        conversation, holder=Holder.BOT, agent_id=None, handoff_reason=None, handoff_note="", queued_at=None, unread=0,
        unanswered_since=None, team_id=None, topic="",
    )
    tx.conversations.save(released)
    for timer in (unclaimed_timer, unanswered_timer, escalation_timer, silence_timer):
        tx.timers.cancel(timer(conversation.id))
    service_levels.finished(tx, Subject.CONVERSATION, conversation.id, agent_id, now, answered=False)
    tx.timeline.add(TimelineEvent(Happening.RELEASED, now, conversation.id, agent_id, reason=reason))
    tx.announce("released", conversation_id=conversation.id)
    return released


def transfer(tx: Transaction, conversation_id: str, agent: Agent, to: Agent, now: datetime) -> Conversation:
    """Hand the conversation to another agent, and tell the customer who answers now."""
    conversation = require_holder(tx, conversation_id, agent)
    if to.id == agent.id:
        return conversation
    moved = replace(conversation, agent_id=to.id)
    tx.conversations.save(moved)
    expect_answer(tx, moved, tx.staffing.rules(), now)
    tx.timeline.add(TimelineEvent(Happening.TRANSFERRED, now, conversation_id, agent.id, to.id, conversation.team_id))
    tx.audit.record(agent, "conversation.transferred", f"conversation:{conversation_id}", now, to=to.id)
    tell_joined(tx, moved, to.name, f"transferred:{conversation_id}:{now.timestamp()}", now)
    alert(tx, [to.id], conversation_id, AlertKind.TRANSFERRED, now, agent.id)
    tx.announce("claimed", conversation_id=conversation_id)
    assign_waiting(tx, now)
    return moved


def transfer_to_team(
    tx: Transaction, conversation_id: str, agent: Agent, team: Team, rules: ServiceRules, now: datetime
) -> Conversation:
    """Put the conversation into a team's queue, before those who have not been served yet; the customer is told."""
    conversation = require_holder(tx, conversation_id, agent)
    moved = replace(
        conversation, holder=Holder.QUEUE, agent_id=None, team_id=team.id, queued_at=now,
        unanswered_since=conversation.unanswered_since or now, priority=max(conversation.priority, Priority.HIGH),
    )
    tx.conversations.save(moved)
    tx.timers.cancel(unanswered_timer(conversation_id))
    tx.timers.set(unclaimed_timer(conversation_id), TimerKind.UNCLAIMED, now + rules.unclaimed_after,
                  {"conversation": conversation_id})
    tx.timeline.add(TimelineEvent(Happening.TRANSFERRED, now, conversation_id, agent.id, team_id=team.id))
    tx.audit.record(agent, "conversation.transferred", f"conversation:{conversation_id}", now, team=team.id)
    notice(tx, moved, "to_team", f"transferred:{conversation_id}:{now.timestamp()}", now)
    tx.announce("waiting", conversation_id=conversation_id)
    assign_waiting(tx, now)
    return moved


def close(
    tx: Transaction, conversation_id: str, agent: Agent, now: datetime, interviews: Interviews | None = None
) -> Conversation:
    """End the conversation and ask the customer how it was: by a survey where one is to follow a conversation, else by
    the rating question. Raises Conflict when another agent has it."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is Holder.NOBODY:
        return conversation
    if conversation.holder is Holder.AGENT and conversation.agent_id != agent.id:
        raise Conflict(f"{tx.agents.name_of(conversation.agent_id or '')} has this conversation")
    closed = replace(conversation, holder=Holder.NOBODY, closed_at=now, unread=0, unanswered_since=None)
    tx.conversations.save(closed)
    for timer in (unclaimed_timer, unanswered_timer, escalation_timer, silence_timer):
        tx.timers.cancel(timer(conversation_id))
    service_levels.finished(tx, Subject.CONVERSATION, conversation_id, agent.id, now, answered=False)
    tx.timeline.add(TimelineEvent(Happening.CLOSED, now, conversation_id, agent.id,
                                  seconds=round((now - conversation.opened_at).total_seconds())))
    tx.audit.record(agent, "conversation.closed", f"conversation:{conversation_id}", now)
    reply = Reply(tx, closed, f"closed:{conversation_id}", now)
    if interviews is None or not interviews.after_closing(closed, reply, agent.id, now):
        reply.add(Author.SYSTEM, rating_question(closed.language))
        tx.ratings.ask(conversation_id=conversation_id, customer_id=closed.customer_id, address=closed.address,
                       agent_id=agent.id, now=now)
    reply.queue()
    tx.announce("closed", conversation_id=conversation_id)
    assign_waiting(tx, now)
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


def require_holder(tx: Transaction, conversation_id: str, agent: Agent) -> Conversation:
    """The conversation, if this agent holds it. Raises Conflict saying who does."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is Holder.NOBODY:
        raise Conflict("this conversation is closed")
    if conversation.holder is not Holder.AGENT:
        raise Conflict("claim this conversation first")
    if conversation.agent_id != agent.id:
        raise Conflict(f"{tx.agents.name_of(conversation.agent_id or '')} has this conversation")
    return conversation


def _source(conversation_id: str, agent: Agent, key: str) -> str:
    return f"agent:{agent.id}:{conversation_id}:{key}"


def _given_back(
    tx: Transaction, conversation: Conversation, agent_id: str | None, reason: str, now: datetime
) -> Conversation:
    released = back_to_bot(tx, conversation, agent_id, reason, now)
    notice(tx, released, "back_to_bot", f"released:{conversation.id}:{now.timestamp()}", now)
    assign_waiting(tx, now)
    return released


def _note_first_reply(tx: Transaction, conversation: Conversation, agent: Agent, now: datetime) -> None:
    """The first answer of a person since one was asked for."""
    latest = tx.timeline.find_latest(conversation.id, Happening.QUEUED, Happening.FIRST_REPLY, Happening.RELEASED)
    if latest is None or latest.kind is not Happening.FIRST_REPLY:
        tx.timeline.add(TimelineEvent(Happening.FIRST_REPLY, now, conversation.id, agent.id,
                                      seconds=waited(conversation, now)))


def _promise(
    tx: Transaction, conversation: Conversation, reply: Reply, text: str, rules: ServiceRules, now: datetime,
    source: str,
) -> None:
    """A ticket and a time; who was promised an answer that is still owed hears of the same ticket."""
    ticket = owed(tx, conversation.id)
    if ticket is None:
        ticket = open_case(tx, NewCase(
            kind=TicketKind.REQUEST, customer_id=conversation.customer_id, conversation_id=conversation.id,
            subject=conversation.handoff_note or conversation.last_text or "—", detail=conversation.last_text,
            promised_by=rules.promise(now),
        ), now, source_key=f"promise:{source}")
    tx.timeline.add(TimelineEvent(Happening.PROMISED, now, conversation.id, reason=conversation.handoff_reason or "",
                                  details={"ticket": ticket.number}))
    due = (ticket.promised_by or rules.promise(now)).astimezone(rules.hours.zone)
    words = in_words(due, conversation.language)
    reply.add(Author.SYSTEM, OutboundMessage(say(text, conversation.language, number=ticket.number, when=words)))


def owed(tx: Transaction, conversation_id: str) -> Ticket | None:
    """The ticket that promised the customer of this conversation an answer, while it is not settled."""
    promised = tx.timeline.find_latest(conversation_id, Happening.PROMISED)
    ticket = tx.tickets.find_by_number(str(promised.details["ticket"])) if promised else None
    return None if ticket is None or ticket.status.is_settled else ticket
