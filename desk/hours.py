"""Business hours: weekly opening times, holidays, and arithmetic in business time.

Everything is computed on the opening times of whole local days, turned into UTC, so that a day on which the clocks
change is as long as it really is. A wall-clock time that such a day skips or repeats is read as PEP 495 says for
fold 0.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
FARTHEST = 3 * 366
"""Days that are looked ahead for opening times; who opens less often than that is taken to be always open."""
_PART = re.compile(r"^(\w{3})(?:-(\w{3}))?\s+(.+)$")
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})$")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From opening to closing on one day, in minutes after midnight (1440: until midnight)."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{self.opens // 60:02}:{self.opens % 60:02}-{self.closes // 60:02}:{self.closes % 60:02}"


Week = Mapping[int, tuple[Span, ...]]
"""Opening times by weekday (0 = Monday)."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A date that does not follow the week: closed, or open at other times."""

    name: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people serve, in one time zone."""

    zone: ZoneInfo
    week: Week = field(default_factory=dict)
    holidays: Mapping[date, Holiday] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, zone: str) -> "BusinessHours":
        """Read "Mon-Fri 09:00-12:00 13:30-18:00, Sat 10:00-16:00"; a later part replaces the days of an earlier one.

        Raises ValueError saying which part is wrong.
        """
        week: dict[int, tuple[Span, ...]] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            found = _PART.match(part.lower())
            if not found or found.group(1) not in WEEKDAYS or (found.group(2) or "mon") not in WEEKDAYS:
                raise ValueError(f"not an opening time: {part!r} (write for example Mon-Fri 09:00-18:00)")
            first = WEEKDAYS.index(found.group(1))
            last = WEEKDAYS.index(found.group(2)) if found.group(2) else first
            spans = parse_spans(found.group(3))
            for offset in range((last - first) % 7 + 1):
                week[(first + offset) % 7] = spans
        return cls(ZoneInfo(zone), week)

    @classmethod
    def always(cls, zone: ZoneInfo) -> "BusinessHours":
        """Around the clock."""
        return cls(zone, dict.fromkeys(range(7), (Span(0, DAY),)))

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The opening times of a date: the holiday's, else the weekday's."""
        holiday = self.holidays.get(day)
        return holiday.spans if holiday is not None else self.week.get(day.weekday(), ())

    def is_open(self, at: datetime) -> bool:
        moment = at.astimezone(UTC)
        return any(opens <= moment < closes for opens, closes in self.open_on(at.astimezone(self.zone).date()))

    def next_opening(self, at: datetime) -> datetime:
        """The next moment people serve, in local time; `at` itself while they do, or if they never open."""
        return next((max(opens, at) for opens, _ in self._open_after(at)), at).astimezone(self.zone)

    def next_closing(self, at: datetime) -> datetime | None:
        """When the opening time that `at` lies in ends, in local time; None while closed, or if nobody ever closes."""
        end: datetime | None = None
        for opens, closes in self._open_after(at):
            if opens > (end or at):
                break
            end = closes
            if end - at.astimezone(UTC) > timedelta(days=8):
                return None
        return end.astimezone(self.zone) if end else None

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """The moment at which `amount` of business time has passed since `at`, in local time.

        A desk that never opens is counted around the clock, so that a promise is never without a date.
        """
        left = amount
        for opens, closes in self._open_after(at):
            start = max(opens, at)
            if closes - start >= left:
                return (start.astimezone(UTC) + left).astimezone(self.zone)
            left -= closes - start
        return (at.astimezone(UTC) + amount).astimezone(self.zone)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Business time from `start` to `end`; zero when `end` comes first."""
        total = timedelta()
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for opens, closes in self.open_on(day):
                total += max(min(closes, end) - max(opens, start), timedelta())
            day += timedelta(days=1)
        return total

    def _open_after(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening times that have not ended at `at`, in UTC, in order."""
        first = at.astimezone(self.zone).date()
        for days in range(FARTHEST):
            yield from (span for span in self.open_on(first + timedelta(days=days)) if span[1] > at)

    def open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """When people serve on a local date, in UTC."""
        for span in self.spans_on(day):
            opens, closes = self._moment(day, span.opens), self._moment(day, span.closes)
            if closes > opens:  # a span that lies wholly in the hour the clocks skip is none
                yield opens, closes

    def _moment(self, day: date, minutes: int) -> datetime:
        if minutes == DAY:
            day, minutes = day + timedelta(days=1), 0
        return datetime.combine(day, time(minutes // 60, minutes % 60), self.zone).astimezone(UTC)


def parse_spans(text: str) -> tuple[Span, ...]:
    """Read "09:00-12:00 13:30-18:00" in any order; nothing means closed. Raises ValueError saying what is wrong."""
    pieces = re.sub(r"\s*[-–—]\s*", "-", text.replace(";", " ")).split()
    spans = sorted(_span(piece) for piece in pieces)
    for earlier, later in pairwise(spans):
        if later.opens < earlier.closes:
            raise ValueError(f"opening times overlap: {earlier} and {later}")
    return tuple(spans)


def write_spans(spans: tuple[Span, ...]) -> str:
    """As `parse_spans` reads it."""
    return " ".join(str(span) for span in spans)


def _span(text: str) -> Span:
    found = _SPAN.match(text)
    if not found:
        raise ValueError(f"not an opening time: {text!r} (write for example 09:00-18:00)")
    hours, minutes, to_hours, to_minutes = (int(number) for number in found.groups())
    opens, closes = hours * 60 + minutes, to_hours * 60 + to_minutes
    if minutes > 59 or to_minutes > 59 or opens >= DAY or closes > DAY:
        raise ValueError(f"no such time of day: {text!r} (00:00 to 24:00)")
    if closes <= opens:
        raise ValueError(f"closes before it opens: {text!r}")
    return Span(opens, closes)
