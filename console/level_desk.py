"""Service levels for pages and REST: what is shown of clocks, and changing policies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_store.store import SqlTransaction
from desk import service_levels
from desk.agents import Agent
from desk.errors import Invalid
from desk.hours import BusinessHours
from desk.sla import Clock, Metric, Outcome, Policy, Subject
from wiring.services import Services

LONGEST_TARGET = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ShownClock:
    """A clock as people read it. `state` is soon, late, running, paused, met, missed or cancelled; `left` is in the
    policy's time, negative when late."""

    clock: Clock
    state: str
    left: timedelta
    policy: str


def shown_clocks(tx: SqlTransaction, subject: Subject, matter_id: str, now: datetime) -> Sequence[ShownClock]:
    """The clocks of a ticket or a conversation that matter now: those that run, and the last that ended of each metric.

    For `{% include "_clocks.html" %}`, which shows them.
    """
    newest: dict[Metric, Clock] = {}
    for clock in tx.levels.list_of(subject, matter_id):
        newest[clock.metric] = clock
    policies = {each.id: each for each in tx.levels.policies()}
    hours = tx.calendar.hours()
    order = {metric: at for at, metric in enumerate(Metric)}
    return [
        _shown(clock, policies.get(clock.policy_id), hours, now)
        for clock in sorted(newest.values(), key=lambda each: order[each.metric])
        if clock.outcome is not Outcome.CANCELLED
    ]


def _shown(clock: Clock, policy: Policy | None, hours: BusinessHours, now: datetime) -> ShownClock:
    if policy is not None and policy.around_the_clock:
        hours = BusinessHours.always(hours.zone)
    left = clock.left(now, hours)
    if clock.outcome is not Outcome.RUNNING:
        state = clock.outcome.value
    elif left < timedelta():
        state = "late"
    elif clock.is_paused:
        state = "paused"
    else:
        percent = policy.warn_percent if policy else 80
        state = "soon" if left <= clock.target * (100 - percent) / 100 else "running"
    return ShownClock(clock, state, left, policy.name if policy else "")


async def save_policy(services: Services, agent: Agent, policy: Policy) -> Policy:
    """Add or change a policy; running clocks follow it at once. Raises Invalid, Conflict or NotFound."""
    _check(policy)
    now = services.clock.now()

    def save(tx: SqlTransaction) -> Policy:
        for agent_id in (*policy.escalate_to, *([policy.reassign_to] if policy.reassign_to else [])):
            if not tx.agents.is_active(agent_id):
                raise Invalid("escalate_to", "there is no active account of this id")
        saved = tx.levels.save_policy(policy)
        service_levels.recompute(tx)
        tx.audit.record(agent, "sla_policy.saved", f"sla_policy:{saved.id}", now, version=saved.version)
        return saved

    return await services.store.transact(save)


async def remove_policy(services: Services, agent: Agent, policy_id: str) -> None:
    """Clocks that run under it go on to their target."""
    now = services.clock.now()

    def remove(tx: SqlTransaction) -> None:
        tx.levels.remove_policy(policy_id)
        tx.audit.record(agent, "sla_policy.removed", f"sla_policy:{policy_id}", now)

    await services.store.transact(remove)


def _check(policy: Policy) -> None:
    if not policy.name.strip() or len(policy.name) > 120:
        raise Invalid("name", "give it a name of at most 120 characters")
    if not policy.targets:
        raise Invalid("targets", "set at least one target")
    if any(not timedelta() < target <= LONGEST_TARGET for target in policy.targets.values()):
        raise Invalid("targets", "a target is longer than nothing and at most a year")
    if not 1 <= policy.warn_percent <= 99:
        raise Invalid("warn_percent", "warn between 1 and 99 percent of a target")
