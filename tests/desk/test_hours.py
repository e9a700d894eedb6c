"""Business hours: when people serve, and how time passes only while they do."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.hours import BusinessHours, Holiday, Span, parse_spans, write_spans

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = BusinessHours.parse("Mon-Fri 09:00-12:00 13:30-18:00, Sat 10:00-16:00", "Asia/Shanghai")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_people_rest_at_noon_at_night_and_on_sunday() -> None:
    assert OFFICE.is_open(at("2026-11-23 09:00"))
    assert not OFFICE.is_open(at("2026-11-23 12:00"))
    assert OFFICE.is_open(at("2026-11-23 13:30"))
    assert not OFFICE.is_open(at("2026-11-23 18:00"))
    assert not OFFICE.is_open(at("2026-11-29 10:00"))
    assert OFFICE.next_opening(at("2026-11-23 12:10")) == at("2026-11-23 13:30")
    assert OFFICE.next_opening(at("2026-11-28 16:00")) == at("2026-11-30 09:00")
    assert OFFICE.next_opening(at("2026-11-23 10:07")) == at("2026-11-23 10:07"), "now, while people serve"


def test_business_time_stands_still_while_the_desk_is_closed() -> None:
    assert OFFICE.add(at("2026-11-23 11:00"), hours(2)) == at("2026-11-23 14:30")
    assert OFFICE.add(at("2026-11-27 17:00"), hours(4)) == at("2026-11-28 13:00"), "Friday evening to Saturday"
    assert OFFICE.add(at("2026-11-29 03:00"), hours(0.5)) == at("2026-11-30 09:30"), "a Sunday counts nothing"
    assert OFFICE.between(at("2026-11-23 11:00"), at("2026-11-23 14:30")) == hours(2)
    assert OFFICE.between(at("2026-11-28 00:00"), at("2026-11-30 00:00")) == hours(6)
    assert OFFICE.between(at("2026-11-24 10:00"), at("2026-11-23 10:00")) == hours(0), "never negative"


def test_a_holiday_is_closed_or_has_hours_of_its_own() -> None:
    festival = BusinessHours(SHANGHAI, OFFICE.week, {
        date(2026, 10, 1): Holiday("National Day"), date(2026, 10, 2): Holiday("National Day", (Span(600, 720),)),
    })
    assert not festival.is_open(at("2026-10-01 10:00"))
    assert festival.next_opening(at("2026-09-30 18:00")) == at("2026-10-02 10:00")
    assert festival.add(at("2026-09-30 17:00"), hours(4)) == at("2026-10-03 11:00")


@pytest.mark.parametrize(("start", "lasts"), [("2026-03-28 22:00", 23), ("2026-10-24 22:00", 25)])
def test_around_the_clock_a_day_on_which_the_clocks_change_is_as_long_as_it_is(start: str, lasts: int) -> None:
    always = BusinessHours.always(BERLIN)
    day = start[:8] + str(int(start[8:10]) + 1)
    midnight, next_midnight = at(f"{day} 00:00", BERLIN), at(f"{day} 00:00", BERLIN) + timedelta(days=1)
    assert always.between(midnight, next_midnight) == hours(lasts)
    assert always.add(midnight, hours(lasts)) == next_midnight
    assert always.add(at(start, BERLIN), hours(48)).timestamp() - at(start, BERLIN).timestamp() == 48 * 3600


def test_a_night_shift_loses_the_hour_that_the_clocks_skip_and_works_the_one_they_repeat() -> None:
    night = BusinessHours.parse("Mon-Sun 01:00-05:00", "Europe/Berlin")
    spring, autumn = at("2026-03-29 00:00", BERLIN), at("2026-10-25 00:00", BERLIN)
    assert night.between(spring, spring + timedelta(days=1)) == hours(3)
    assert night.between(autumn, autumn + timedelta(days=1)) == hours(5)
    assert night.add(spring, hours(3)) == at("2026-03-29 05:00", BERLIN)
    assert night.is_open(at("2026-10-25 02:30", BERLIN).replace(fold=1)), "the second half past two"
    skipped = BusinessHours.parse("Mon-Sun 02:10-02:50", "Europe/Berlin")
    assert skipped.between(spring, spring + timedelta(days=2)) >= hours(2 / 3), "and the next day is as usual"


def test_adding_and_measuring_agree_whatever_the_moment() -> None:
    office = BusinessHours.parse("Mon-Fri 08:30-17:15, Sat 00:00-24:00", "America/New_York")
    moment = datetime(2026, 3, 5, 3, 17, tzinfo=ZoneInfo("UTC"))
    for step in range(120):
        start = moment + timedelta(hours=7 * step, minutes=step)
        amount = timedelta(minutes=37 * (step + 1))
        assert office.between(start, office.add(start, amount)) == amount


def test_midnight_joins_two_days_and_the_closing_time_is_known() -> None:
    late = BusinessHours.parse("Mon-Tue 20:00-24:00, Tue 00:00-02:00 20:00-24:00", "Asia/Shanghai")
    assert late.next_closing(at("2026-11-23 21:00")) == at("2026-11-24 02:00")
    assert late.next_closing(at("2026-11-23 03:00")) is None, "closed"
    assert BusinessHours.always(SHANGHAI).next_closing(at("2026-11-23 03:00")) is None, "never"


def test_a_desk_that_never_opens_counts_around_the_clock() -> None:
    never = BusinessHours(SHANGHAI)
    now = at("2026-11-23 10:00")
    assert never.add(now, hours(4)) == at("2026-11-23 14:00")
    assert never.next_opening(now) == now


@pytest.mark.parametrize("text", ["9-18", "09:00-18:75", "18:00-09:00", "09:00-12:00 11:00-13:00", "09:00-25:00"])
def test_what_is_no_opening_time_is_refused_with_what_is_wrong(text: str) -> None:
    with pytest.raises(ValueError, match=r"opening time|time of day|closes before|overlap"):
        parse_spans(text)


def test_opening_times_are_written_as_they_are_read() -> None:
    assert write_spans(parse_spans("13:30 – 18:00; 9:00-12:00")) == "09:00-12:00 13:30-18:00"
    assert parse_spans(" ") == ()
