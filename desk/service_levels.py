"""Service levels at work: clocks begin, stand still and end with what happens; warnings and breaches are timers.

Timers are rows of the durable queue: they survive restarts and ring once in a cluster. Each looks at how things stand
when it rings, so one that rings late or for a clock that was stopped meanwhile does no harm.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from desk import sla
from desk.conversations import Conversation, Holder
from desk.dispatch import alert, tell_joined, unclaimed_timer
from desk.hours import BusinessHours
from desk.notes import AlertKind
from desk.queue import TimerKind
from desk.sla import Clock, Matter, Metric, Outcome, Policy, Subject
from desk.store import Transaction
from desk.tickets import By, Happened, Ticket, TicketEvent
from desk.timeline import Happening, TimelineEvent

RESPONSES = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)


def of_ticket(tx: Transaction, ticket: Ticket) -> Matter:
    """A ticket as policies see it."""
    conversation = tx.conversations.find(ticket.conversation_id) if ticket.conversation_id else None
    return Matter(
        Subject.TICKET, ticket.id, ticket.kind, ticket.priority.label,
        conversation.address.channel if conversation else "", tx.customers.get(ticket.customer_id).tier,
    )


def of_conversation(tx: Transaction, conversation: Conversation) -> Matter:
    """A conversation as policies see it."""
    return Matter(
        Subject.CONVERSATION, conversation.id, "", conversation.priority.name.lower(), conversation.address.channel,
        tx.customers.get(conversation.customer_id).tier,
    )


def begin(tx: Transaction, matter: Matter, metrics: Collection[Metric], now: datetime) -> None:
    """Start these clocks, where a policy has a target for them and none is running already."""
    policy = sla.choose(tx.levels.policies(), matter)
    if policy is None:
        return
    hours = _hours(tx, policy)
    running = {clock.metric for clock in tx.levels.running(matter.subject, matter.id)}
    for metric in metrics:
        if metric in policy.targets and metric not in running:
            _arm(tx, tx.levels.add(sla.start(matter, metric, policy, now, hours), policy.name), policy, hours)


def asked_for_person(tx: Transaction, conversation: Conversation, now: datetime) -> None:
    """People are responsible from now on: the bot's time before does not count."""
    begin(tx, of_conversation(tx, conversation), (Metric.FIRST_RESPONSE, Metric.RESOLUTION), now)


def customer_wrote(tx: Transaction, subject: Subject, matter_id: str, now: datetime) -> None:
    """The customer waits for us again: what stood still goes on, and an answer is owed."""
    clocks = tx.levels.running(subject, matter_id)
    for clock in clocks:
        _change(tx, clock, sla.resume(clock, now, _hours(tx, _policy(tx, clock))))
    if not any(clock.metric in RESPONSES for clock in clocks):
        begin(tx, _matter(tx, subject, matter_id), (Metric.NEXT_RESPONSE,), now)


def answered(tx: Transaction, subject: Subject, matter_id: str, agent_id: str | None, now: datetime) -> None:
    """A person has answered. In a conversation the customer has the word now: its resolution stands still."""
    for clock in tx.levels.running(subject, matter_id):
        hours = _hours(tx, _policy(tx, clock))
        if clock.metric in RESPONSES:
            _change(tx, clock, sla.stop(clock, now, hours, agent_id))
        elif subject is Subject.CONVERSATION:
            _change(tx, clock, sla.pause(clock, now, hours))


def hold(tx: Transaction, subject: Subject, matter_id: str, now: datetime) -> None:
    """We wait for the customer: every clock stands still."""
    for clock in tx.levels.running(subject, matter_id):
        _change(tx, clock, sla.pause(clock, now, _hours(tx, _policy(tx, clock))))


def go_on(tx: Transaction, subject: Subject, matter_id: str, now: datetime) -> None:
    """We no longer wait for the customer."""
    for clock in tx.levels.running(subject, matter_id):
        _change(tx, clock, sla.resume(clock, now, _hours(tx, _policy(tx, clock))))


def finished(
    tx: Transaction, subject: Subject, matter_id: str, agent_id: str | None, now: datetime, *, answered: bool = True
) -> None:
    """Resolved: every clock ends. `answered` false: an answer that was still owed, and not late, is owed no more."""
    for clock in tx.levels.running(subject, matter_id):
        hours = _hours(tx, _policy(tx, clock))
        owed = clock.metric in RESPONSES and not answered and clock.breached_at is None
        _change(tx, clock, sla.cancel(clock, now, hours) if owed else sla.stop(clock, now, hours, agent_id))


def dropped(tx: Transaction, subject: Subject, matter_id: str, now: datetime) -> None:
    """It goes on elsewhere: neither met nor missed."""
    for clock in tx.levels.running(subject, matter_id):
        _change(tx, clock, sla.cancel(clock, now, _hours(tx, _policy(tx, clock))))


def reassess(tx: Transaction, matter: Matter, now: datetime) -> None:
    """Priority or kind has changed: the clocks follow the policy that holds now; time that passed stays passed."""
    policy = sla.choose(tx.levels.policies(), matter)
    for clock in tx.levels.running(matter.subject, matter.id):
        if policy is None or clock.metric not in policy.targets:
            _change(tx, clock, sla.cancel(clock, now, _hours(tx, _policy(tx, clock))))
            continue
        hours = _hours(tx, policy)
        moved = replace(sla.retarget(clock, policy, hours), matter=matter)
        tx.levels.save(moved, policy.name)
        _arm(tx, moved, policy, hours)


def recompute(tx: Transaction) -> int:
    """The opening times or the policies have changed: every running clock ends when it now should. Returns how many."""
    clocks = tx.levels.all_running()
    for clock in clocks:
        policy = _policy(tx, clock)
        hours = _hours(tx, policy)
        moved = sla.retarget(clock, policy, hours)
        tx.levels.save(moved, policy.name)
        _arm(tx, moved, policy, hours)
    return len(clocks)


def warn(tx: Transaction, clock_id: int, now: datetime) -> None:
    """A target is near: its owner is told, once."""
    clock = tx.levels.lock(clock_id)
    if clock is None or clock.outcome is not Outcome.RUNNING or clock.is_paused or clock.warned_at is not None:
        return
    policy = _policy(tx, clock)
    due = clock.warns_at(policy.warn_percent, _hours(tx, policy))
    if due is not None and due > now:
        tx.timers.set(_timer(clock.id, "warn"), TimerKind.SLA_WARNING, due, {"clock": clock.id})
        return
    tx.levels.save(replace(clock, warned_at=now), policy.name)
    _tell(tx, clock, "warning", _responsible(tx, clock), now)


def breach(tx: Transaction, clock_id: int, now: datetime) -> None:
    """A target was missed: the owner and whom the policy names are told, once, and it changes hands if it says so."""
    clock = tx.levels.lock(clock_id)
    if clock is None or clock.outcome is not Outcome.RUNNING or clock.due_at is None or clock.breached_at is not None:
        return
    policy = _policy(tx, clock)
    if clock.due_at > now:
        tx.timers.set(_timer(clock.id, "breach"), TimerKind.SLA_BREACH, clock.due_at, {"clock": clock.id})
        return
    tx.levels.save(replace(clock, breached_at=now, warned_at=clock.warned_at or now), policy.name)
    told = {*_responsible(tx, clock), *policy.escalate_to}
    if policy.reassign_to and tx.agents.is_active(policy.reassign_to):
        told.add(policy.reassign_to)
        _hand_over(tx, clock, policy.reassign_to, now)
    _tell(tx, clock, "missed", told, now)


def _hand_over(tx: Transaction, clock: Clock, to: str, now: datetime) -> None:
    if clock.matter.subject is Subject.CONVERSATION:
        _give_conversation(tx, tx.conversations.get(clock.matter.id), to, now)
        return
    ticket = tx.tickets.lock(clock.matter.id)
    if ticket.owner_id == to:
        return
    tx.tickets.save(replace(ticket, owner_id=to, updated_at=now))
    tx.ticket_history.add(TicketEvent(
        ticket.id, now, Happened.CHANGED, By.DESK, field="owner",
        before=tx.agents.name_of(ticket.owner_id or ""), after=tx.agents.name_of(to),
    ))


def _give_conversation(tx: Transaction, conversation: Conversation, to: str, now: datetime) -> None:
    if conversation.holder not in (Holder.AGENT, Holder.QUEUE) or conversation.agent_id == to:
        return
    moved = replace(conversation, holder=Holder.AGENT, agent_id=to)
    tx.conversations.save(moved)
    tx.timers.cancel(unclaimed_timer(conversation.id))
    tx.timeline.add(TimelineEvent(Happening.REASSIGNED, now, conversation.id, agent_id=conversation.agent_id,
                                  to_agent_id=to, team_id=conversation.team_id, reason="sla"))
    tell_joined(tx, moved, tx.agents.name_of(to), f"sla:{conversation.id}:{now.timestamp()}", now)
    tx.announce("claimed", conversation_id=conversation.id)


def _responsible(tx: Transaction, clock: Clock) -> set[str]:
    if clock.matter.subject is Subject.TICKET:
        owner = tx.tickets.get(clock.matter.id).owner_id
    else:
        owner = tx.conversations.get(clock.matter.id).agent_id
    return {owner} if owner else set()


def _tell(tx: Transaction, clock: Clock, what: str, agents: Iterable[str], now: datetime) -> None:
    """Tell these agents in the console, write it into the ticket's history, and announce it."""
    wanted = sorted(agents)
    if clock.matter.subject is Subject.TICKET:
        tx.ticket_history.call(wanted, clock.matter.id, f"sla_{what}", now)
        tx.ticket_history.add(TicketEvent(clock.matter.id, now, Happened.SLA, field=f"{what}.{clock.metric}"))
        for agent_id in wanted:
            tx.announce(f"alert:{agent_id}", ticket_id=clock.matter.id)
        tx.announce(f"sla_{what}", ticket_id=clock.matter.id)
    else:
        alert(tx, wanted, clock.matter.id, AlertKind.ESCALATED, now)
        tx.announce(f"sla_{what}", conversation_id=clock.matter.id)


def _matter(tx: Transaction, subject: Subject, matter_id: str) -> Matter:
    if subject is Subject.TICKET:
        return of_ticket(tx, tx.tickets.get(matter_id))
    return of_conversation(tx, tx.conversations.get(matter_id))


def _change(tx: Transaction, before: Clock, after: Clock) -> None:
    if after == before:
        return
    policy = _policy(tx, after)
    tx.levels.save(after, policy.name)
    if after.due_at is None:
        tx.timers.cancel(_timer(after.id, "warn"))
        tx.timers.cancel(_timer(after.id, "breach"))
    else:
        _arm(tx, after, policy, _hours(tx, policy))


def _arm(tx: Transaction, clock: Clock, policy: Policy, hours: BusinessHours) -> None:
    """Set the timers of a running clock that have not rung yet."""
    if clock.due_at is None:
        return
    warns = clock.warns_at(policy.warn_percent, hours)
    if clock.warned_at is None and warns is not None:
        tx.timers.set(_timer(clock.id, "warn"), TimerKind.SLA_WARNING, warns, {"clock": clock.id})
    if clock.breached_at is None:
        tx.timers.set(_timer(clock.id, "breach"), TimerKind.SLA_BREACH, clock.due_at, {"clock": clock.id})


def _policy(tx: Transaction, clock: Clock) -> Policy:
    """The clock's policy, or, when it was removed meanwhile, one with nothing but its target."""
    found = next((each for each in tx.levels.policies() if each.id == clock.policy_id), None)
    return found or Policy(clock.policy_id, "", targets={clock.metric: clock.target})


def _hours(tx: Transaction, policy: Policy) -> BusinessHours:
    hours = tx.calendar.hours()
    return BusinessHours.always(hours.zone) if policy.around_the_clock else hours


def _timer(clock_id: int, what: str) -> str:
    return f"sla:{clock_id}:{what}"
