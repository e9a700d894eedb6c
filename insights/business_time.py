"""Business time between many pairs of moments: the opening times of all the days are laid out once."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta

from desk.hours import BusinessHours

Clock = Callable[[datetime, datetime], float]
"""Seconds from one moment to a later one, as somebody counts them."""


def calendar_seconds(start: datetime, end: datetime) -> float:
    """As the customer counts: nights and holidays too."""
    return max(0.0, (end - start).total_seconds())


class BusinessTime:
    """Counts as `BusinessHours.between` does, a hundred times as fast, for moments between two known ones.

    Where no opening times are set, people serve around the clock.
    """

    def __init__(self, hours: BusinessHours, start: datetime, end: datetime) -> None:
        self._always = not hours.week and not hours.holidays
        self._opens: list[float] = []
        self._before: list[float] = []  # business seconds before each opening
        self._lengths: list[float] = []
        day, last, passed = start.astimezone(hours.zone).date(), end.astimezone(hours.zone).date(), 0.0
        while day <= last:
            for opens, closes in hours.open_on(day):
                self._opens.append(opens.timestamp())
                self._before.append(passed)
                self._lengths.append((closes - opens).total_seconds())
                passed += self._lengths[-1]
            day += timedelta(days=1)

    def __call__(self, start: datetime, end: datetime) -> float:
        if self._always:
            return calendar_seconds(start, end)
        return max(0.0, self._passed(end.timestamp()) - self._passed(start.timestamp()))

    def _passed(self, moment: float) -> float:
        place = bisect_right(self._opens, moment) - 1
        if place < 0:
            return 0.0
        return self._before[place] + min(moment - self._opens[place], self._lengths[place])
