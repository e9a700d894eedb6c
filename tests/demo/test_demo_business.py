"""The demo business and its staff."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from demo.business import BUSINESS, STANDARD, SUITE
from demo.staff import STAFF
from desk.agents import Role
from desk.messages import Language


def test_the_group_has_four_hotels_in_three_currencies() -> None:
    assert len({hotel.code for hotel in BUSINESS.hotels}) == 4
    assert {hotel.currency for hotel in BUSINESS.hotels} == {"CNY", "TWD", "SGD"}
    assert all(ZoneInfo(hotel.zone) for hotel in BUSINESS.hotels)


def test_a_suite_costs_more_than_a_standard_room_everywhere() -> None:
    assert all(hotel.nightly[SUITE] > hotel.nightly[STANDARD] for hotel in BUSINESS.hotels)


def test_people_answer_in_the_daytime_of_shanghai() -> None:
    sunday_noon = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    sunday_evening = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    monday_evening = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    assert BUSINESS.hours.is_open(sunday_noon)
    assert not BUSINESS.hours.is_open(sunday_evening)
    assert BUSINESS.hours.is_open(monday_evening)


def test_one_supervisor_and_two_agents_serve_all_three_languages() -> None:
    assert sorted(member.role for member in STAFF) == [Role.AGENT, Role.AGENT, Role.SUPERVISOR]
    assert {language for member in STAFF for language in member.languages} == set(Language)
    assert all(member.email.endswith("@example.com") for member in STAFF)
