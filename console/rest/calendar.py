"""The business calendar: weekly hours, time zone, holidays."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from console import opening
from console.access import Caller, Desk, needs
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment
from crm_store.store import SqlTransaction
from desk.errors import Invalid
from desk.hours import WEEKDAYS, BusinessHours, Span, write_spans
from desk.permissions import Permission

router = APIRouter(route_class=ApiRoute, prefix="/calendar", tags=["calendar"])
administrator = needs(Permission.ADMINISTER)
Spans = Annotated[list[str], Field(max_length=12, description='Opening times such as "09:00-12:00"; none: closed')]


class HolidayOut(BaseModel):
    day: date
    name: str
    hours: list[str]


class CalendarOut(BaseModel):
    """`week` by weekday (mon to sun); `version` 0: the settings' hours, nobody has changed them."""

    zone: str
    week: dict[str, list[str]]
    holidays: list[HolidayOut]
    version: int
    is_open: bool
    next_opening: Moment

    @classmethod
    def read(cls, tx: SqlTransaction, now: Moment) -> Self:
        hours: BusinessHours = tx.calendar.hours()
        return cls(
            zone=hours.zone.key, version=tx.calendar.version(), is_open=hours.is_open(now),
            next_opening=hours.next_opening(now),
            week={name: _written(hours.week.get(day, ())) for day, name in enumerate(WEEKDAYS)},
            holidays=[HolidayOut(day=day, name=each.name, hours=_written(each.spans))
                      for day, each in sorted(hours.holidays.items())],
        )


class WeekIn(BaseModel):
    """A weekday left out is closed."""

    zone: str
    week: dict[str, Spans]
    version: int = Field(ge=0, description="The version that was read; 409 when it has changed since")


class HolidayIn(BaseModel):
    """`until`: the last day, when it lasts longer than one."""

    name: str = Field(min_length=1, max_length=120)
    hours: Spans = []
    until: date | None = None


@router.get("")
async def get_calendar(services: Desk) -> CalendarOut:
    return await _read(services)


@router.put("/week", dependencies=[administrator])
async def change_week(services: Desk, agent: Caller, body: WeekIn) -> CalendarOut:
    """Needs an administrator."""
    unknown = sorted(body.week.keys() - set(WEEKDAYS))
    if unknown:
        raise Invalid("week", f"{unknown[0]} is no weekday; write mon to sun")
    week = {WEEKDAYS.index(day): opening.read_spans(" ".join(spans), f"week.{day}") for day, spans in body.week.items()}
    await opening.save_week(services, agent, body.zone, week, body.version)
    return await _read(services)


@router.put("/holidays/{day}", dependencies=[administrator])
async def put_holiday(services: Desk, agent: Caller, day: date, body: HolidayIn) -> CalendarOut:
    """Close these dates, or open them at other times. Needs an administrator."""
    spans = opening.read_spans(" ".join(body.hours), "hours")
    await opening.put_holiday(services, agent, day, body.until or day, body.name, spans)
    return await _read(services)


@router.delete("/holidays/{day}", status_code=204, dependencies=[administrator])
async def remove_holiday(services: Desk, agent: Caller, day: date) -> None:
    """The date follows the week again. Needs an administrator."""
    await opening.remove_holiday(services, agent, day)


async def _read(services: Desk) -> CalendarOut:
    now = services.clock.now()
    return await services.store.read(lambda tx: CalendarOut.read(tx, now))


def _written(spans: tuple[Span, ...]) -> list[str]:
    return write_spans(spans).split()
