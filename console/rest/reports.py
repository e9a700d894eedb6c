"""The service reports for programs: what the pages count, as numbers. Durations are seconds, shares 0 to 1."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from console.access import Desk, needs
from console.reports import clock_of, detail_of
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page
from crm_store.reports import Which
from crm_store.store import SqlTransaction
from desk.errors import Invalid
from desk.messages import ChannelName, Language
from desk.permissions import Permission
from insights import periods
from insights.business_time import Clock
from insights.indicators import Indicator, Measured, measure
from insights.periods import Period, Preset
from insights.service import (
    Dimension,
    Lasting,
    Satisfaction,
    backlog,
    bot_solved,
    by_dimension,
    contacts_by_step,
    counted,
    grouped,
    reasons,
    satisfaction,
    speed,
)
from insights.statistics import SMALL, share
from insights.tickets import by_metric, causes, promises_kept, reopened_cases

router = APIRouter(
    prefix="/reports", route_class=ApiRoute, tags=["reports"], dependencies=[needs(Permission.INSPECT)]
)


class Asked:
    """The days (local, both included; without them the last 30), and what else every report may be narrowed to."""

    def __init__(
        self, services: Desk,
        first: Annotated[date | None, Query(alias="from", description="First local day")] = None,
        last: Annotated[date | None, Query(alias="to", description="Last local day")] = None,
        channel: ChannelName | None = None, language: Language | None = None,
        time: Literal["business", "calendar"] = "business",
    ) -> None:
        zone, now = services.calendar.hours.zone, services.clock.now()
        self.period = _period(first, last, periods.named(Preset.DAYS_30, now, zone))
        self.which = Which(channel or "", language or "")
        self.clock: Clock = clock_of(
            services.calendar.hours, self.period.previous().start, now, calendar=time == "calendar"
        )
        self.now = now


Question = Annotated[Asked, Depends()]


class IndicatorOut(BaseModel):
    """`value` null: no case. `small`: fewer cases than 30. `p`: how often chance alone moves it as far."""

    name: Indicator
    value: float | None
    cases: int
    previous: float | None
    previous_cases: int
    change: float | None
    p: float | None
    small: bool


class VolumeOut(BaseModel):
    day: date
    conversations: int
    by_channel: dict[str, int]
    bot_solved: float | None
    settled: int


class ReasonOut(BaseModel):
    reason: str
    hand_overs: int


class BacklogOut(BaseModel):
    day: date
    open: int


class SpeedOut(BaseModel):
    group: str
    cases: int
    median: float | None
    p90: float | None
    small: bool


class SpeedsOut(BaseModel):
    first_response: list[SpeedOut]
    resolution: list[SpeedOut]


class RatingsOut(BaseModel):
    """`csat`: the share of 4 and 5, from `low` to `high` with 95 % confidence."""

    group: str
    ratings: int
    mean: float | None
    csat: float | None
    low: float | None
    high: float | None
    by_score: dict[int, int]
    small: bool


class SlaOut(BaseModel):
    subject: str
    metric: str
    kept: int
    decided: int
    hit_rate: float
    small: bool


class TicketsOut(BaseModel):
    """`causes`: complaints by the id of the cause that was found. `reopened`: the share of the settled."""

    opened: int
    opened_by_kind: dict[str, int]
    settled: int
    median: float | None
    p90: float | None
    reopened: float | None
    causes: dict[str, int]
    backlog: list[BacklogOut]


class ConversationLineOut(BaseModel):
    id: str
    customer: str
    channel: str
    language: str
    topics: list[str]
    agent: str | None
    reason: str
    opened_at: Moment
    first_reply_at: Moment | None
    waited: int | None
    closed_at: Moment | None
    rating: int | None


@router.get("/indicators")
async def get_indicators(services: Desk, asked: Question) -> Page[IndicatorOut]:
    """Every key figure beside the one of the days before."""

    def read(tx: SqlTransaction) -> Sequence[Measured]:
        before = tx.reports.facts(asked.period.previous(), asked.which)
        return measure(tx.reports.facts(asked.period, asked.which), before, asked.clock)

    return Page(items=[
        IndicatorOut(name=one.indicator, value=one.value, cases=one.count, previous=one.previous,
                     previous_cases=one.previous_count, change=one.change, p=one.p, small=one.is_small)
        for one in await services.store.read(read)
    ])


@router.get("/volume")
async def get_volume(services: Desk, asked: Question) -> Page[VolumeOut]:
    """Conversations that began each day (each week of more than a quarter), and how many the assistant solved."""

    def count(tx: SqlTransaction) -> list[VolumeOut]:
        lines = []
        for day, groups in contacts_by_step(tx.reports.contacts(asked.period, asked.which), asked.period):
            solved, on = share(*bot_solved(groups)), grouped(groups, lambda group: group.channel)
            lines.append(VolumeOut(
                day=day, conversations=counted(groups), by_channel={name: counted(found) for name, found in on.items()},
                bot_solved=solved.value if solved else None, settled=solved.count if solved else 0,
            ))
        return lines

    return Page(items=await services.store.read(count))


@router.get("/reasons")
async def get_reasons(services: Desk, asked: Question) -> Page[ReasonOut]:
    """Why people were needed."""
    found = await services.store.read(lambda tx: reasons(tx.reports.hand_overs(asked.period, asked.which)))
    return Page(items=[ReasonOut(reason=reason, hand_overs=number) for reason, number in found])


@router.get("/backlog")
async def get_backlog(services: Desk, asked: Question) -> Page[BacklogOut]:
    """Conversations in people's hands at the end of each day (today: now)."""
    days = await services.store.read(
        lambda tx: backlog(tx.reports.held(asked.period, asked.which), asked.period, asked.now)
    )
    return Page(items=[BacklogOut(day=day, open=number) for day, number in days])


@router.get("/speed")
async def get_speed(services: Desk, asked: Question, by: Dimension = Dimension.AGENT) -> SpeedsOut:
    """First response and resolution of each group, in business or calendar time (`time`); by topic, a conversation of
    several topics counts in each ("": of none)."""
    detail = detail_of(by)

    def lines(items: Sequence[Lasting]) -> list[SpeedOut]:
        groups = by_dimension(items, by, asked.period.zone)
        found = {name: speed(groups[name], asked.clock) for name in sorted(groups)}
        return [SpeedOut(group=name, cases=one.count, median=one.median, p90=one.p90, small=one.count < SMALL)
                for name, one in found.items()]

    return await services.store.read(lambda tx: SpeedsOut(
        first_response=lines(tx.reports.first_replies(asked.period, asked.which, detail)),
        resolution=lines(tx.reports.closed(asked.period, asked.which, detail)),
    ))


@router.get("/ratings")
async def get_ratings(services: Desk, asked: Question, by: Dimension = Dimension.AGENT) -> Page[RatingsOut]:
    """Ratings after conversations, of each group."""

    def count(tx: SqlTransaction) -> list[RatingsOut]:
        rated = tx.reports.rated(asked.period, asked.which, detail_of(by))
        groups = by_dimension(rated, by, asked.period.zone)
        return [_ratings(name, satisfaction(groups[name])) for name in sorted(groups)]

    return Page(items=await services.store.read(count))


@router.get("/sla")
async def get_sla(services: Desk, asked: Question) -> Page[SlaOut]:
    """How many promises whose clocks began in these days were kept, of those that are decided."""
    found = await services.store.read(lambda tx: tx.ticket_reports.promises(asked.period, asked.which))
    lines = []
    for (subject, metric), promises in by_metric(found).items():
        kept, count = promises_kept(promises)
        lines.append(SlaOut(subject=subject, metric=metric, kept=kept, decided=count, hit_rate=kept / count,
                            small=count < SMALL))
    return Page(items=lines)


@router.get("/tickets")
async def get_tickets(services: Desk, asked: Question) -> TicketsOut:
    """What was opened and settled in these days, how long that took, and what complaints were about."""

    def read(tx: SqlTransaction) -> TicketsOut:
        opened = tx.ticket_reports.opened(asked.period, asked.which)
        settled = tx.ticket_reports.settled(asked.period, asked.which)
        taken, again = speed(settled, asked.clock), reopened_cases(settled)
        held = backlog(tx.ticket_reports.lasting(asked.period, asked.which), asked.period, asked.now)
        return TicketsOut(
            opened=len(opened), opened_by_kind=dict(Counter(case.kind for case in opened)), settled=len(settled),
            median=taken.median, p90=taken.p90, reopened=again[0] / again[1] if again[1] else None,
            causes={cause: number for cause, number in causes(opened) if cause},
            backlog=[BacklogOut(day=day, open=number) for day, number in held],
        )

    return await services.store.read(read)


@router.get("/conversations")
async def list_conversations(
    services: Desk, asked: Question, limit: Annotated[int, Query(ge=1, le=500)] = 100, cursor: str = "",
) -> Page[ConversationLineOut]:
    """The conversations that began in these days, newest first, each with what happened to it."""
    found = await services.store.read(
        lambda tx: tx.reports.list_conversations(asked.period, asked.which, limit + 1, before=cursor)
    )
    return Page(items=[
        ConversationLineOut(
            id=line.id, customer=line.customer_id, channel=line.about.channel, language=line.about.language,
            topics=list(line.about.topics), agent=line.about.agent_id or None, reason=line.reason,
            opened_at=line.opened_at, first_reply_at=line.first_reply_at, waited=line.waited, closed_at=line.closed_at,
            rating=line.score,
        )
        for line in found[:limit]
    ], next=found[limit - 1].id if len(found) > limit else None)


def _period(first: date | None, last: date | None, usual: Period) -> Period:
    if first is None and last is None:
        return usual
    until = last or usual.last
    try:
        return periods.custom(first or until - timedelta(days=29), until, usual.zone)
    except ValueError as error:
        raise Invalid("from", _WRONG[str(error)]) from None


_WRONG = {"order": "the first day lies after the last", "length": "a report covers at most three years"}


def _ratings(name: str, found: Satisfaction) -> RatingsOut:
    csat = found.csat
    return RatingsOut(
        group=name, ratings=found.count, mean=found.mean, csat=csat.value if csat else None,
        low=csat.low if csat else None, high=csat.high if csat else None, by_score=dict(found.by_score),
        small=found.count < SMALL,
    )
