"""Giving waiting customers to agents: at once where somebody has room, later as room comes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from desk.agents import PRESENT_FOR
from desk.assignment import choose
from desk.conversations import Author, Conversation, Holder
from desk.messages import OutboundMessage
from desk.notes import AlertKind
from desk.outbox import Reply
from desk.queue import TimerKind
from desk.staffing import AssignmentMode, Candidate, StaffingRules
from desk.store import Transaction
from desk.texts import say
from desk.timeline import Happening, TimelineEvent


def assign_waiting(tx: Transaction, now: datetime) -> int:
    """Give the queue's customers to agents with room, first in line first. Returns how many; 0 in manual mode."""
    rules = tx.staffing.rules()
    if rules.mode is AssignmentMode.MANUAL:
        return 0
    tx.staffing.lock()
    there = tx.staffing.candidates(now - PRESENT_FOR, rules)
    if not any(one.load < one.capacity for one in there):
        return 0
    given = 0
    for conversation in tx.conversations.list_waiting():
        chosen = choose(rules.mode, there, language=conversation.language, team_id=conversation.team_id)
        if chosen is not None:
            give(tx, conversation, chosen, Happening.ASSIGNED, rules, now)
            tell_joined(tx, conversation, chosen.name, f"assigned:{conversation.id}:{now.timestamp()}", now)
            there = [_with_one_more(one, now) if one is chosen else one for one in there]
            given += 1
    return given


def find_free(tx: Transaction, conversation: Conversation, rules: StaffingRules, now: datetime) -> Candidate | None:
    """Who may take this conversation at once; None in manual mode, or when nobody has room."""
    if rules.mode is AssignmentMode.MANUAL:
        return None
    tx.staffing.lock()
    there = tx.staffing.candidates(now - PRESENT_FOR, rules)
    return choose(rules.mode, there, language=conversation.language, team_id=conversation.team_id,
                  without=conversation.agent_id)


def give(
    tx: Transaction, conversation: Conversation, to: Candidate, kind: Happening, rules: StaffingRules, now: datetime
) -> Conversation:
    """The desk puts a conversation into an agent's hands; the customer is to be told by the caller."""
    waited = _seconds(conversation.queued_at, now) if conversation.holder is Holder.QUEUE else None
    given = replace(conversation, holder=Holder.AGENT, agent_id=to.agent_id)
    tx.conversations.save(given)
    tx.timers.cancel(unclaimed_timer(conversation.id))
    expect_answer(tx, given, rules, now)
    tx.staffing.note_assigned(to.agent_id, now)
    tx.timeline.add(TimelineEvent(
        kind, now, conversation.id, agent_id=conversation.agent_id, to_agent_id=to.agent_id,
        team_id=conversation.team_id, seconds=waited,
    ))
    alert(tx, [to.agent_id], conversation.id, AlertKind.ASSIGNED, now)
    tx.announce("claimed", conversation_id=conversation.id)
    return given


def expect_answer(tx: Transaction, conversation: Conversation, rules: StaffingRules, now: datetime) -> None:
    """An agent has a customer who waits for an answer: look again when it should have come."""
    if conversation.unanswered_since is not None and rules.reassign_after:
        tx.timers.set(unanswered_timer(conversation.id), TimerKind.UNANSWERED, now + rules.reassign_after,
                      {"conversation": conversation.id})


def alert(
    tx: Transaction, agent_ids: Sequence[str], conversation_id: str, kind: AlertKind, now: datetime,
    by_agent_id: str | None = None,
) -> None:
    """Call for these agents' attention, on their open pages at once."""
    for agent_id in agent_ids:
        tx.attention.alert(agent_id, conversation_id, kind, now, by_agent_id)
        tx.announce(f"alert:{agent_id}", conversation_id=conversation_id)


def tell_joined(tx: Transaction, conversation: Conversation, agent_name: str, source: str, now: datetime) -> None:
    """Tell the customer who answers now."""
    notice(tx, conversation, "joined", source, now, agent=agent_name)


def notice(
    tx: Transaction, conversation: Conversation, name: str, source: str, now: datetime, **values: object
) -> None:
    """Send the customer one of the desk's texts."""
    reply = Reply(tx, conversation, source, now)
    reply.add(Author.SYSTEM, OutboundMessage(say(name, conversation.language, **values)))
    reply.queue()


def unclaimed_timer(conversation_id: str) -> str:
    return f"unclaimed:{conversation_id}"


def unanswered_timer(conversation_id: str) -> str:
    return f"unanswered:{conversation_id}"


def escalation_timer(conversation_id: str) -> str:
    return f"escalate:{conversation_id}"


def silence_timer(conversation_id: str) -> str:
    return f"silent:{conversation_id}"


def waited(conversation: Conversation, now: datetime) -> int | None:
    """Seconds since the conversation was put into the queue; None where it never was."""
    return _seconds(conversation.queued_at, now)


def _seconds(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else max(0, round((now - since).total_seconds()))


def _with_one_more(one: Candidate, now: datetime) -> Candidate:
    return replace(one, load=one.load + 1, last_assigned_at=now)
