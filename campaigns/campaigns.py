"""Campaigns: what they ask whom and when, and the states they go through."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from campaigns.audience import EVERYBODY, Audience
from campaigns.surveys import Texts
from desk.errors import Conflict
from desk.messages import ChannelName

ALL_CHANNELS = tuple(ChannelName)


class CampaignState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (CampaignState.FINISHED, CampaignState.CANCELLED)


_NEXT: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.DRAFT: frozenset({CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.CANCELLED}),
    CampaignState.SCHEDULED: frozenset({CampaignState.RUNNING, CampaignState.DRAFT, CampaignState.CANCELLED}),
    CampaignState.RUNNING: frozenset({CampaignState.PAUSED, CampaignState.FINISHED, CampaignState.CANCELLED}),
    CampaignState.PAUSED: frozenset({CampaignState.RUNNING, CampaignState.FINISHED, CampaignState.CANCELLED}),
    CampaignState.FINISHED: frozenset(),
    CampaignState.CANCELLED: frozenset(),
}


class Trigger(StrEnum):
    """What makes somebody be asked."""

    ONCE = "once"  # the audience, when the campaign starts
    SCHEDULE = "schedule"  # the audience, again every `every_days`
    CONVERSATION_CLOSED = "conversation_closed"
    TICKET_SETTLED = "ticket_settled"
    ORDER_EVENT = "order_event"
    API = "api"  # the customers that a program names

    @property
    def asks_an_audience(self) -> bool:
        return self in (Trigger.ONCE, Trigger.SCHEDULE)


class Purpose(StrEnum):
    """What a message is for; customers agree or refuse for each."""

    SERVICE = "service"  # about what they ordered or asked
    SURVEY = "survey"
    MARKETING = "marketing"  # needs an opt-in


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No message between these, in the customer's own time; the same twice: never quiet."""

    starts: time = time(21, 0)
    ends: time = time(9, 0)

    def covers(self, local: datetime) -> bool:
        if self.starts <= self.ends:
            return self.starts <= local.time() < self.ends
        return local.time() >= self.starts or local.time() < self.ends

    def over_at(self, local: datetime) -> datetime:
        """The first moment at or after `local` that is not quiet."""
        if not self.covers(local):
            return local
        end = datetime.combine(local.date(), self.ends, local.tzinfo)
        return end if end > local else end + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the owner decided; changed only while the campaign is a draft.

    `openings` are the texts before the first question, one for each arm of the A/B test (at most two).
    `delay`: how long after its event a triggered survey waits. `event`: the order event that triggers.
    `cap_days`: nobody is asked who was asked by any campaign in these days; 0: no cap.
    `rates`: at most so many messages a second on a channel, below what its platform allows.
    """

    survey_id: str
    trigger: Trigger = Trigger.ONCE
    purpose: Purpose = Purpose.SURVEY
    audience: Audience = EVERYBODY
    from_file: bool = False  # the audience is the uploaded list
    channels: tuple[ChannelName, ...] = ALL_CHANNELS
    openings: tuple[Texts, ...] = ()
    quiet: QuietHours = QuietHours()
    cap_days: int = 30
    needs_opt_in: bool = False
    remind_after: timedelta | None = None
    delay: timedelta = timedelta()
    event: str = ""
    every_days: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign. `version` is the survey's version, fixed when the campaign starts; 0 before.

    `wave` counts the rounds of a campaign on a schedule, from 1. `planned` is false while the audience of the present
    round is still being gone through; `cursor` is the last customer looked at.
    """

    id: str
    name: str
    state: CampaignState
    plan: Plan
    owner_id: str
    created_at: datetime
    version: int = 0
    wave: int = 0
    planned: bool = False
    cursor: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    next_wave_at: datetime | None = None

    def is_ended(self, now: datetime) -> bool:
        return self.plan.ends_at is not None and now >= self.plan.ends_at


def move(campaign: Campaign, to: CampaignState, now: datetime) -> Campaign:
    """The campaign in its next state. Raises Conflict when that is no step from where it is."""
    if to not in _NEXT[campaign.state]:
        raise Conflict(f"a {campaign.state} campaign cannot become {to}")
    moved = replace(campaign, state=to)
    if to is CampaignState.RUNNING and campaign.started_at is None:
        moved = replace(moved, started_at=now)
    if to.is_over:
        moved = replace(moved, finished_at=now)
    return moved


class CampaignFault(StrEnum):
    """What keeps a campaign from starting."""

    NO_SURVEY = "no_survey"  # the survey was never published, or is archived
    MISSING_TEXT = "missing_text"  # an opening lacks a language that the survey asks in
    START_IN_PAST = "start_in_past"
    END_IN_PAST = "end_in_past"
    END_BEFORE_START = "end_before_start"
    NO_CHANNEL = "no_channel"
    NO_INTERVAL = "no_interval"  # on a schedule, but how often is not said
    NO_EVENT = "no_event"  # on an order event, but which is not said
    EMPTY_AUDIENCE = "empty_audience"


def find_faults(plan: Plan, now: datetime) -> list[CampaignFault]:
    """What of the plan itself is wrong; the survey and the audience are looked at by who has them."""
    faults = []
    if not plan.channels:
        faults.append(CampaignFault.NO_CHANNEL)
    if plan.starts_at is not None and plan.starts_at < now - timedelta(minutes=1):
        faults.append(CampaignFault.START_IN_PAST)
    if plan.ends_at is not None and plan.ends_at <= now:
        faults.append(CampaignFault.END_IN_PAST)
    elif plan.ends_at is not None and plan.starts_at is not None and plan.ends_at <= plan.starts_at:
        faults.append(CampaignFault.END_BEFORE_START)
    if plan.trigger is Trigger.SCHEDULE and plan.every_days < 1:
        faults.append(CampaignFault.NO_INTERVAL)
    if plan.trigger is Trigger.ORDER_EVENT and not plan.event:
        faults.append(CampaignFault.NO_EVENT)
    return faults
