"""The satisfaction programme: indicators with targets, measured in cycles, and what is done where one falls short.

As the CRM textbooks have it: say what satisfied customers would do, measure that at regular intervals, and put beside
every figure that fell short the plan to improve it and the person who answers for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from insights.periods import Period
from insights.statistics import SMALL


class Source(StrEnum):
    """Where an indicator's values come from."""

    CSAT = "csat"  # share of 4 and 5 among the ratings after conversations
    RATING = "rating"  # their mean
    FIRST_RESPONSE = "first_response"  # median, in seconds of business time
    RESOLUTION = "resolution"  # median, in seconds of business time
    BOT_SOLVED = "bot_solved"
    REOPENED = "reopened"
    SLA = "sla"  # share of promises kept
    SURVEY = "survey"  # a scale of a survey: NPS, CSAT share or mean

    @property
    def less_is_better(self) -> bool:
        return self in (Source.FIRST_RESPONSE, Source.RESOLUTION, Source.REOPENED)

    @property
    def is_duration(self) -> bool:
        return self in (Source.FIRST_RESPONSE, Source.RESOLUTION)

    @property
    def is_share(self) -> bool:
        return self in (Source.CSAT, Source.BOT_SOLVED, Source.REOPENED, Source.SLA)


class Cycle(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"


class Standing(StrEnum):
    MET = "met"
    SHORT = "short"
    RUNNING = "running"  # the cycle is not over
    NOTHING = "nothing"  # no case in the cycle


@dataclass(frozen=True, slots=True)
class ProgrammeIndicator:
    """`target` is in the unit of its source: a share 0..1, seconds, an NPS of -100..100, or a mean mark."""

    id: str
    name: str
    source: Source
    target: float
    cycle: Cycle
    owner_id: str
    created_at: datetime
    survey_id: str = ""
    question_id: str = ""
    archived: bool = False

    def reaches(self, value: float) -> bool:
        return value <= self.target if self.source.less_is_better else value >= self.target


@dataclass(frozen=True, slots=True)
class ImprovementPlan:
    """What is done about one cycle that fell short. `outcome` says how it ended; open until `done_at`."""

    id: str
    indicator_id: str
    cycle_first: date
    value: float | None
    target: float
    count: int
    cause: str
    action: str
    owner_id: str
    due_on: date
    created_at: datetime
    outcome: str = ""
    done_at: datetime | None = None

    def is_late(self, today: date) -> bool:
        return self.done_at is None and self.due_on < today


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an indicator was in one cycle, from how many cases."""

    period: Period
    value: float | None
    count: int
    standing: Standing

    @property
    def is_small(self) -> bool:
        return 0 < self.count < SMALL


@dataclass(frozen=True, slots=True)
class Course:
    """An indicator with its cycles, oldest first, and its plans, newest first."""

    indicator: ProgrammeIndicator
    measurements: Sequence[Measurement]
    plans: Sequence[ImprovementPlan]

    @property
    def latest(self) -> Measurement | None:
        """The newest cycle that is over."""
        return next((each for each in reversed(self.measurements) if each.standing is not Standing.RUNNING), None)

    @property
    def unplanned(self) -> Measurement | None:
        """The latest cycle, where it fell short and nobody has planned anything about it."""
        last = self.latest
        if last is None or last.standing is not Standing.SHORT:
            return None
        return None if any(plan.cycle_first == last.period.first for plan in self.plans) else last


def cycles(cycle: Cycle, now: datetime, zone: ZoneInfo, count: int) -> list[Period]:
    """The newest cycles, the running one last."""
    first = _first_of(cycle, now.astimezone(zone).date())
    found: list[Period] = []
    for _ in range(count):
        found.append(Period(first, _last_of(cycle, first), zone))
        first = _first_of(cycle, first - timedelta(days=1))
    return found[::-1]


def measured(
    indicator: ProgrammeIndicator, period: Period, value: float | None, count: int, now: datetime
) -> Measurement:
    if period.end > now:
        standing = Standing.RUNNING
    elif value is None:
        standing = Standing.NOTHING
    else:
        standing = Standing.MET if indicator.reaches(value) else Standing.SHORT
    return Measurement(period, value, count, standing)


def _first_of(cycle: Cycle, day: date) -> date:
    month = day.month if cycle is Cycle.MONTH else (day.month - 1) // 3 * 3 + 1
    return date(day.year, month, 1)


def _last_of(cycle: Cycle, first: date) -> date:
    months = first.month - 1 + (1 if cycle is Cycle.MONTH else 3)
    return date(first.year + months // 12, months % 12 + 1, 1) - timedelta(days=1)
