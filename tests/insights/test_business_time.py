"""Business time over many pairs is what the business's hours say for each."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from desk.hours import BusinessHours, Holiday
from insights.business_time import BusinessTime


def test_many_pairs_are_counted_as_one_is() -> None:
    week = BusinessHours.parse("Mon-Fri 09:00-12:00 13:30-18:00, Sat 10:00-16:00", "Europe/Berlin")
    hours = BusinessHours(week.zone, week.week, {date(2026, 4, 6): Holiday("Easter Monday")})
    begin, rng = datetime(2026, 3, 20, tzinfo=UTC), Random(5)  # the clocks go forward on 29 March
    fast = BusinessTime(hours, begin, begin + timedelta(days=30))
    for _ in range(300):
        start = begin + timedelta(seconds=rng.randrange(20 * 86_400))
        end = start + timedelta(seconds=rng.choice((40, 4_000, 90_000, 900_000)))
        assert fast(start, end) == hours.between(start, end).total_seconds()


def test_a_desk_without_hours_serves_around_the_clock() -> None:
    at = datetime(2026, 5, 2, 23, tzinfo=UTC)
    fast = BusinessTime(BusinessHours(ZoneInfo("Asia/Taipei")), at, at + timedelta(days=1))
    assert fast(at, at + timedelta(minutes=10)) == 600
