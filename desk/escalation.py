"""What happens when nobody answers: another agent, then the supervisors; and when the customer falls silent, the bot.

Each step is a timer's. Timers survive restarts and ring once in a cluster; each step looks at how things stand by then.
"""

from dataclasses import replace
from datetime import datetime

from desk.conversations import Conversation, Holder, Priority
from desk.dispatch import (
    alert,
    escalation_timer,
    find_free,
    give,
    notice,
    silence_timer,
    tell_joined,
    unclaimed_timer,
)
from desk.handoff import ServiceRules, release_silent
from desk.notes import AlertKind
from desk.queue import TimerKind
from desk.staffing import StaffingRules
from desk.store import Transaction
from desk.timeline import Happening, TimelineEvent


def unanswered(tx: Transaction, conversation_id: str, service: ServiceRules, now: datetime) -> None:
    """An agent let a customer wait: somebody else gets the conversation, or the queue's front if nobody is free."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is not Holder.AGENT or conversation.unanswered_since is None:
        return
    rules = tx.staffing.rules()
    if rules.escalate_after:
        tx.timers.set(escalation_timer(conversation_id), TimerKind.ESCALATION, now + rules.escalate_after,
                      {"conversation": conversation_id})
    free = find_free(tx, conversation, rules, now)
    source = f"reassigned:{conversation_id}:{now.timestamp()}"
    if free is not None:
        moved = give(tx, conversation, free, Happening.REASSIGNED, rules, now)
        tell_joined(tx, moved, free.name, source, now)
    else:
        _back_in_line(tx, conversation, service, now)
        notice(tx, conversation, "looking_for_another", source, now)


def escalate(tx: Transaction, conversation_id: str, now: datetime) -> None:
    """Still no answer: it goes before all others, and the supervisors are told."""
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder not in (Holder.QUEUE, Holder.AGENT) or conversation.unanswered_since is None:
        return
    tx.conversations.save(replace(conversation, priority=Priority.URGENT))
    tx.timeline.add(TimelineEvent(Happening.ESCALATED, now, conversation_id, to_agent_id=conversation.agent_id,
                                  reason="unanswered"))
    alert(tx, tx.staffing.supervisors(), conversation_id, AlertKind.ESCALATED, now)
    tx.announce("waiting", conversation_id=conversation_id)


def fell_silent(tx: Transaction, conversation_id: str, now: datetime) -> Conversation | None:
    """The customer says nothing more: back to the bot. Returns the conversation if it was given back."""
    conversation = tx.conversations.get(conversation_id)
    rules: StaffingRules = tx.staffing.rules()
    if conversation.holder is not Holder.AGENT or conversation.unanswered_since is not None or not rules.release_after:
        return None
    due = conversation.last_message_at + rules.release_after
    if due > now:
        tx.timers.set(silence_timer(conversation_id), TimerKind.SILENCE, due, {"conversation": conversation_id})
        return None
    return release_silent(tx, conversation, now)


def _back_in_line(tx: Transaction, conversation: Conversation, service: ServiceRules, now: datetime) -> None:
    waiting = replace(conversation, holder=Holder.QUEUE, agent_id=None, queued_at=conversation.unanswered_since,
                      priority=max(conversation.priority, Priority.HIGH), acknowledged_at=now)
    tx.conversations.save(waiting)
    tx.timers.set(unclaimed_timer(conversation.id), TimerKind.UNCLAIMED, now + service.unclaimed_after,
                  {"conversation": conversation.id})
    tx.timeline.add(TimelineEvent(Happening.REASSIGNED, now, conversation.id, agent_id=conversation.agent_id,
                                  team_id=conversation.team_id))
    tx.announce("waiting", conversation_id=conversation.id)
