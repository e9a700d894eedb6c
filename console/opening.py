"""Changing the business calendar: what the page and the REST calls have in common."""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from crm_store.store import SqlTransaction
from desk import service_levels
from desk.agents import Agent
from desk.errors import Invalid, NotFound
from desk.hours import Holiday, Span, Week, parse_spans
from wiring.services import Services

LONGEST_HOLIDAY = 62
"""Days that one holiday may last: a longer one is a mistyped year."""


async def save_week(services: Services, agent: Agent, zone: str, week: Week, version: int) -> None:
    """Raises Invalid, or Conflict when somebody else changed the hours meanwhile."""
    if not any(week.values()):
        raise Invalid("week", "name opening times for at least one day")
    now, known = services.clock.now(), read_zone(zone)

    def save(tx: SqlTransaction) -> None:
        tx.calendar.save_week(known, week, version, now)
        service_levels.recompute(tx)
        tx.audit.record(agent, "calendar.changed", "calendar:week", now, zone=known.key)

    await services.store.transact(save)
    await services.calendar.refresh()


async def put_holiday(
    services: Services, agent: Agent, first: date, last: date, name: str, spans: tuple[Span, ...]
) -> None:
    """These dates are closed, or open at `spans`. Raises Invalid."""
    name = name.strip()
    if not name:
        raise Invalid("name", "give the holiday a name")
    if len(name) > 120:
        raise Invalid("name", "a name has at most 120 characters")
    if not timedelta() <= last - first < timedelta(days=LONGEST_HOLIDAY):
        raise Invalid("until", f"a holiday ends on or after its first day, and lasts at most {LONGEST_HOLIDAY} days")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    now = services.clock.now()

    def put(tx: SqlTransaction) -> None:
        tx.calendar.put_holidays(days, Holiday(name, spans))
        service_levels.recompute(tx)
        tx.audit.record(agent, "calendar.changed", f"calendar:{first}", now, until=str(last), open=bool(spans))

    await services.store.transact(put)
    await services.calendar.refresh()


async def remove_holiday(services: Services, agent: Agent, day: date) -> None:
    """Raises NotFound."""
    now = services.clock.now()

    def remove(tx: SqlTransaction) -> None:
        if not tx.calendar.remove_holiday(day):
            raise NotFound("no such holiday")
        service_levels.recompute(tx)
        tx.audit.record(agent, "calendar.changed", f"calendar:{day}", now, removed=True)

    await services.store.transact(remove)
    await services.calendar.refresh()


def read_zone(name: str) -> ZoneInfo:
    """Raises Invalid unless it is a zone of the IANA database, such as Asia/Taipei."""
    try:
        return ZoneInfo(name.strip())
    except (ValueError, OSError, KeyError):
        raise Invalid("zone", "no such time zone; write for example Asia/Taipei") from None


def read_week(written: Mapping[int, str]) -> dict[int, tuple[Span, ...]]:
    """Opening times as people write them, by weekday. Raises Invalid naming the day."""
    return {day: read_spans(text, f"day-{day}") for day, text in written.items()}


def read_spans(text: str, field: str) -> tuple[Span, ...]:
    try:
        return parse_spans(text)
    except ValueError as error:
        raise Invalid(field, str(error)) from None


def read_day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(field, "write a date such as 2026-10-01") from None
