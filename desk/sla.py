"""Service levels: which policy holds for a case, and the clocks that run for it.

A clock counts business time (or all time, as its policy says), stands still while we wait for the customer, and knows
what it has counted. The time with the bot never counts: a conversation's clocks begin when a person is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from desk.hours import BusinessHours


class Metric(StrEnum):
    FIRST_RESPONSE = "first_response"  # of a person, since one was asked for or the ticket was opened
    NEXT_RESPONSE = "next_response"  # to what the customer wrote after that
    RESOLUTION = "resolution"


class Subject(StrEnum):
    CONVERSATION = "conversation"  # held by people
    TICKET = "ticket"


class Outcome(StrEnum):
    RUNNING = "running"
    MET = "met"
    MISSED = "missed"  # stopped after its time; a running clock that is past its time has `breached_at`
    CANCELLED = "cancelled"  # merged, given back to the bot: neither met nor missed


@dataclass(frozen=True, slots=True)
class Matter:
    """What is measured: a ticket or a conversation, with what policies ask about it. `kind` is a ticket's."""

    subject: Subject
    id: str
    kind: str = ""
    priority: str = "normal"
    channel: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Targets for matters that fit; an empty list fits all. The first active policy in order of `position` counts.

    At `warn_percent` of a target the owner is warned. When it has passed, `escalate_to` (agents' ids) are told, and
    `reassign_to`, where set, becomes the owner.
    """

    id: str
    name: str
    position: int = 0
    subjects: tuple[Subject, ...] = ()
    kinds: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    targets: Mapping[Metric, timedelta] = field(default_factory=dict)
    around_the_clock: bool = False
    warn_percent: int = 80
    escalate_to: tuple[str, ...] = ()
    reassign_to: str | None = None
    active: bool = True
    version: int = 0

    def fits(self, matter: Matter) -> bool:
        conditions = (
            (self.subjects, matter.subject), (self.kinds, matter.kind), (self.priorities, matter.priority),
            (self.channels, matter.channel), (tuple(each.casefold() for each in self.tiers), matter.tier.casefold()),
        )
        return self.active and all(not wanted or is_so in wanted for wanted, is_so in conditions)


def choose(policies: Sequence[Policy], matter: Matter) -> Policy | None:
    """The policy that holds for this matter."""
    return next((each for each in sorted(policies, key=lambda one: one.position) if each.fits(matter)), None)


@dataclass(frozen=True, slots=True)
class Clock:
    """One target for one matter. `running_since` is None while it stands still; `spent` was counted before that, in
    the policy's time, `wall` in calendar time."""

    matter: Matter
    metric: Metric
    policy_id: str
    target: timedelta
    started_at: datetime
    running_since: datetime | None
    spent: timedelta = timedelta()
    wall: timedelta = timedelta()
    due_at: datetime | None = None  # None while it stands still
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    agent_id: str | None = None  # who stopped it
    id: int = 0

    @property
    def is_paused(self) -> bool:
        return self.running_since is None and self.outcome is Outcome.RUNNING

    def warns_at(self, percent: int, hours: BusinessHours) -> datetime | None:
        """When `percent` of the target will have passed; None while it stands still."""
        if self.running_since is None:
            return None
        return hours.add(self.running_since, max(self.target * percent / 100 - self.spent, timedelta()))

    def left(self, now: datetime, hours: BusinessHours) -> timedelta:
        """How much of the target is left, in the policy's time; negative once it has passed."""
        running = hours.between(self.running_since, now) if self.running_since else timedelta()
        return self.target - self.spent - running


def start(matter: Matter, metric: Metric, policy: Policy, now: datetime, hours: BusinessHours) -> Clock:
    """A clock that runs from now. `hours` are those of the policy."""
    target = policy.targets[metric]
    return Clock(matter, metric, policy.id, target, now, now, due_at=hours.add(now, target))


def pause(clock: Clock, now: datetime, hours: BusinessHours) -> Clock:
    """Stand still; what ran so far is kept."""
    if clock.running_since is None:
        return clock
    return replace(
        clock, running_since=None, due_at=None, spent=clock.spent + hours.between(clock.running_since, now),
        wall=clock.wall + (now - clock.running_since),
    )


def resume(clock: Clock, now: datetime, hours: BusinessHours) -> Clock:
    if clock.running_since is not None:
        return clock
    return replace(clock, running_since=now, due_at=hours.add(now, max(clock.target - clock.spent, timedelta())))


def stop(clock: Clock, now: datetime, hours: BusinessHours, agent_id: str | None) -> Clock:
    """What was promised has happened: met if in time."""
    ended = pause(clock, now, hours)
    late = clock.breached_at is not None or ended.spent > clock.target
    return replace(
        ended, stopped_at=now, outcome=Outcome.MISSED if late else Outcome.MET, agent_id=agent_id,
        breached_at=clock.breached_at or (now if late else None),
    )


def cancel(clock: Clock, now: datetime, hours: BusinessHours) -> Clock:
    return replace(pause(clock, now, hours), stopped_at=now, outcome=Outcome.CANCELLED)


def retarget(clock: Clock, policy: Policy, hours: BusinessHours) -> Clock:
    """Under another policy or other opening times: the same time has passed, the end is computed anew."""
    target = policy.targets.get(clock.metric, clock.target)
    moved = replace(clock, policy_id=policy.id, target=target)
    if clock.running_since is None:
        return moved
    return replace(moved, due_at=hours.add(clock.running_since, max(target - clock.spent, timedelta())))
