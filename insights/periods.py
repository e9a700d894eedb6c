"""The stretch of days that a report is about, in the business's time zone, and the stretch it is compared with."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=366 * 3)
"""A report covers at most this: beyond, a page would be no answer but an archive."""


class Preset(StrEnum):
    """The stretches that people ask for by name; the days of today count up to its end."""

    TODAY = "today"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    CUSTOM = "custom"


_DAYS = {Preset.TODAY: 1, Preset.DAYS_7: 7, Preset.DAYS_30: 30, Preset.DAYS_90: 90}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both ends included."""

    first: date
    last: date
    zone: ZoneInfo
    preset: Preset = Preset.CUSTOM

    @property
    def start(self) -> datetime:
        """The first moment of the first day, in UTC."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after the last day, in UTC: a report takes start <= moment < end."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.length)]

    def previous(self) -> "Period":
        """What it is compared with: the calendar month before a month, else as many days right before."""
        before = self.first - timedelta(days=1)
        if self.preset is Preset.LAST_MONTH:
            return Period(before.replace(day=1), before, self.zone)
        if self.preset is Preset.THIS_MONTH:  # as many days of the month before, to compare like with like
            first = before.replace(day=1)
            return Period(first, min(before, first + timedelta(days=self.length - 1)), self.zone)
        return Period(self.first - timedelta(days=self.length), before, self.zone)

    def day_of(self, moment: datetime) -> date:
        """The local day of a moment."""
        return moment.astimezone(self.zone).date()


def named(preset: Preset, now: datetime, zone: ZoneInfo) -> Period:
    """The stretch with this name, as seen now. Raises ValueError for CUSTOM, which has no days of its own."""
    today = now.astimezone(zone).date()
    if preset in _DAYS:
        return Period(today - timedelta(days=_DAYS[preset] - 1), today, zone, preset)
    if preset is Preset.THIS_MONTH:
        return Period(today.replace(day=1), today, zone, preset)
    if preset is Preset.LAST_MONTH:
        last = today.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last, zone, preset)
    raise ValueError("a custom period needs its days")


def custom(first: date, last: date, zone: ZoneInfo) -> Period:
    """Raises ValueError ("order" or "length") where that is no period."""
    if last < first:
        raise ValueError("order")
    if last - first >= LONGEST:
        raise ValueError("length")
    return Period(first, last, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Through UTC: where clocks jump at midnight, the day begins with its first moment that exists.
    return datetime.combine(day, time(), zone).astimezone(UTC)
