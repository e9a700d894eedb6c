"""How service is doing: what is counted, and how. Pure; crm_store/reports.py reads the facts.

Every figure says from how many cases it comes; where they are few (`statistics.SMALL`), pages mark it.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from insights.business_time import Clock
from insights.periods import Period
from insights.statistics import Estimate, mean, quantile, share

REOPENED_WITHIN = timedelta(hours=72)
"""A customer who writes again this soon after a person closed their conversation was not helped for good."""
SATISFIED_FROM = 4
"""Of five: 4 and 5 are the "top two" that CSAT counts."""


@dataclass(frozen=True, slots=True)
class About:
    """What reports tell apart. `agent_id` is empty where no person had to do with it; `topics` are there where they
    were asked for (`desk.topics`)."""

    channel: str
    language: str
    agent_id: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contacts:
    """How many conversations began on a channel on a day (in the week from it: see `steps`). `is_settled`: ended, or a
    person was needed."""

    day: date
    channel: str
    needed_person: bool
    is_settled: bool
    count: int


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that took from `began` to `ended`; `at` says when it counts."""

    began: datetime
    ended: datetime
    about: About

    @property
    def at(self) -> datetime:
        return self.ended


@dataclass(frozen=True, slots=True)
class Closed:
    """A conversation in which a person answered, and that was closed; `next_at` is when its customer wrote again."""

    began: datetime
    ended: datetime
    about: About
    next_at: datetime | None = None

    @property
    def at(self) -> datetime:
        return self.ended

    @property
    def is_reopened(self) -> bool:
        return self.next_at is not None and self.next_at - self.ended <= REOPENED_WITHIN


@dataclass(frozen=True, slots=True)
class Rated:
    """A customer's mark from 1 to 5 after a conversation."""

    at: datetime
    about: About
    score: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that happened in a period. `unanswered`: hand-overs of the period that no person has answered (yet)."""

    contacts: Sequence[Contacts] = ()
    hand_overs: Mapping[str, int] = field(default_factory=dict)  # how many for each reason
    first_replies: Sequence[Episode] = ()
    closed: Sequence[Closed] = ()
    rated: Sequence[Rated] = ()
    unanswered: int = 0


class Timed(Protocol):
    @property
    def at(self) -> datetime: ...
    @property
    def about(self) -> About: ...


class Lasting(Timed, Protocol):
    @property
    def began(self) -> datetime: ...
    @property
    def ended(self) -> datetime: ...


Hits = tuple[int, int]
"""How many of how many."""
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
TimedT = TypeVar("TimedT", bound=Timed)


class Dimension(StrEnum):
    """By what a report is broken down."""

    AGENT = "agent"
    CHANNEL = "channel"
    TOPIC = "topic"
    LANGUAGE = "language"
    HOUR = "hour"  # of the day, 0 to 23, in the business's time zone
    WEEKDAY = "weekday"  # 0 is Monday


@dataclass(frozen=True, slots=True)
class Speed:
    """How long something took, in seconds."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Marks of a group: their mean, and the share of 4 and 5 (CSAT)."""

    count: int
    mean: float | None
    csat: Estimate | None
    by_score: Mapping[int, int]


def speed(episodes: Iterable[Lasting], clock: Clock) -> Speed:
    """Median and 90th percentile; means would be those of a few nights."""
    lengths = [clock(item.began, item.ended) for item in episodes]
    return Speed(len(lengths), quantile(lengths, 0.5), quantile(lengths, 0.9))


def satisfaction(rated: Iterable[Rated]) -> Satisfaction:
    found = list(rated)
    average = mean([item.score for item in found])
    return Satisfaction(
        len(found), average.value if average else None, share(*satisfied(found)),
        Counter(item.score for item in found),
    )


def satisfied(rated: Sequence[Rated]) -> Hits:
    return sum(item.score >= SATISFIED_FROM for item in rated), len(rated)


def bot_solved(contacts: Iterable[Contacts]) -> Hits:
    """In how many settled conversations nobody was needed: those with the bot still running count later."""
    settled = [group for group in contacts if group.is_settled]
    return sum(group.count for group in settled if not group.needed_person), counted(settled)


def counted(contacts: Iterable[Contacts]) -> int:
    return sum(group.count for group in contacts)


def reopened(closed: Sequence[Closed]) -> Hits:
    return sum(item.is_reopened for item in closed), len(closed)


def reasons(hand_overs: Mapping[str, int]) -> list[tuple[str, int]]:
    """Why people were needed, most frequent first."""
    return sorted(hand_overs.items(), key=lambda pair: (-pair[1], pair[0]))


def backlog(
    lasting: Iterable[tuple[datetime, datetime | None]], period: Period, now: datetime
) -> list[tuple[date, int]]:
    """How many cases were open at the end of each day (today: now). Each is its beginning and, if over, its end."""
    found = list(lasting)
    starts, ends = sorted(began for began, _ in found), sorted(ended for _, ended in found if ended is not None)
    series, begun, over = [], 0, 0
    for day in period.days:
        moment = min(now, Period(day, day, period.zone).end)
        if moment <= Period(day, day, period.zone).start:
            break  # a day to come
        while begun < len(starts) and starts[begun] < moment:
            begun += 1
        while over < len(ends) and ends[over] < moment:
            over += 1
        series.append((day, begun - over))
    return series


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def by_dimension(items: Iterable[TimedT], dimension: Dimension, zone: ZoneInfo) -> dict[str, list[TimedT]]:
    """The items of each agent, channel, topic, language, hour or weekday; of several topics, in each."""
    match dimension:
        case Dimension.AGENT:
            return grouped(items, lambda item: item.about.agent_id)
        case Dimension.CHANNEL:
            return grouped(items, lambda item: item.about.channel)
        case Dimension.TOPIC:
            return _by_topic(items)
        case Dimension.LANGUAGE:
            return grouped(items, lambda item: item.about.language)
        case Dimension.HOUR:
            return grouped(items, lambda item: f"{item.at.astimezone(zone).hour:02}")
        case Dimension.WEEKDAY:
            return grouped(items, lambda item: str(item.at.astimezone(zone).weekday()))


def by_step(items: Iterable[TimedT], period: Period) -> list[tuple[date, list[TimedT]]]:
    """The items of each day, or, in a period longer than a quarter, of each week (by its first day)."""
    return _in_steps(items, lambda item: period.day_of(item.at), period)


def contacts_by_step(contacts: Iterable[Contacts], period: Period) -> list[tuple[date, list[Contacts]]]:
    """The conversations of each day or week, as `by_step` has it."""
    return _in_steps(contacts, lambda group: group.day, period)


def steps(period: Period) -> list[date]:
    """The first day of each step that a trend takes: a day, or, in a period longer than a quarter, a week."""
    return list(dict.fromkeys(_step_of(day, period) for day in period.days))


def _in_steps(items: Iterable[T], day_of: Callable[[T], date], period: Period) -> list[tuple[date, list[T]]]:
    found = grouped(items, lambda item: _step_of(day_of(item), period))
    return [(day, found.get(day, [])) for day in steps(period)]


def _step_of(day: date, period: Period) -> date:
    return day if period.length <= 93 else max(period.first, day - timedelta(days=day.weekday()))


def _by_topic(items: Iterable[TimedT]) -> dict[str, list[TimedT]]:
    """Each item with every topic of its conversation; "" for those that have none."""
    groups: dict[str, list[TimedT]] = {}
    for item in items:
        for topic in item.about.topics or ("",):
            groups.setdefault(topic, []).append(item)
    return groups
