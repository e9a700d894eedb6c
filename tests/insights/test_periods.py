"""Which days a report is about, in the business's time zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from insights.periods import Preset, custom, named

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 31, 17, 30, tzinfo=UTC)  # 1 April, 01:30 in Shanghai


@pytest.mark.parametrize(("preset", "first", "last"), [
    (Preset.TODAY, date(2026, 4, 1), date(2026, 4, 1)),
    (Preset.DAYS_7, date(2026, 3, 26), date(2026, 4, 1)),
    (Preset.DAYS_90, date(2026, 1, 2), date(2026, 4, 1)),
    (Preset.THIS_MONTH, date(2026, 4, 1), date(2026, 4, 1)),
    (Preset.LAST_MONTH, date(2026, 3, 1), date(2026, 3, 31)),
])
def test_today_is_today_where_the_business_is(preset: Preset, first: date, last: date) -> None:
    period = named(preset, NOW, SHANGHAI)
    assert (period.first, period.last) == (first, last)


def test_a_day_ends_at_the_business_s_midnight() -> None:
    period = named(Preset.TODAY, NOW, SHANGHAI)
    assert period.start == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert period.end == datetime(2026, 4, 1, 16, tzinfo=UTC)
    assert period.day_of(NOW) == date(2026, 4, 1)


def test_the_day_on_which_clocks_go_forward_has_23_hours() -> None:
    period = custom(date(2026, 3, 8), date(2026, 3, 8), NEW_YORK)
    assert (period.end - period.start).total_seconds() == 23 * 3600


def test_thirty_days_are_compared_with_the_thirty_before() -> None:
    period = named(Preset.DAYS_30, NOW, SHANGHAI)
    before = period.previous()
    assert (before.first, before.last, before.length) == (date(2026, 2, 1), date(2026, 3, 2), 30)
    assert before.end == period.start


def test_a_month_is_compared_with_the_month_before_it() -> None:
    before = named(Preset.LAST_MONTH, NOW, SHANGHAI).previous()
    assert (before.first, before.last) == (date(2026, 2, 1), date(2026, 2, 28))


def test_a_month_that_runs_is_compared_with_as_many_days_of_the_last_one() -> None:
    fifth = datetime(2026, 3, 30, 4, 0, tzinfo=UTC)
    before = named(Preset.THIS_MONTH, fifth, SHANGHAI).previous()
    assert (before.first, before.last) == (date(2026, 2, 1), date(2026, 2, 28))  # February has no 30th


@pytest.mark.parametrize(("first", "last", "why"), [
    (date(2026, 4, 2), date(2026, 4, 1), "order"), (date(2020, 1, 1), date(2026, 1, 1), "length"),
])
def test_days_in_the_wrong_order_or_too_many_are_refused(first: date, last: date, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        custom(first, last, SHANGHAI)
