"""The business calendar: opening times and holidays, once an administrator has changed them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, delete, insert, select, update

from crm_store.calendar_rows import business_calendar, holidays
from crm_store.dialect import put
from crm_store.signals import Topic
from desk.errors import Conflict
from desk.hours import BusinessHours, Holiday, Span, Week

_ONLY = 1


class Calendar:
    """`default` holds (settings) until somebody saves other hours; holidays are always kept here."""

    def __init__(self, connection: Connection, topics: set[Topic], default: BusinessHours) -> None:
        self._db = connection
        self._topics = topics
        self._default = default

    def hours(self) -> BusinessHours:
        """What holds now."""
        row = self._row()
        zone, week = (ZoneInfo(row.zone), _week(row.week)) if row else (self._default.zone, self._default.week)
        return BusinessHours(zone, week, self._holidays())

    def version(self) -> int:
        """Grows with each change of the weekly hours; 0 while the settings' hours hold."""
        row = self._row()
        return int(row.version) if row else 0

    def save_week(self, zone: ZoneInfo, week: Week, expected: int, now: datetime) -> None:
        """Raises Conflict when the hours are not those of version `expected` any more."""
        values = {"zone": zone.key, "week": {str(day): _pairs(spans) for day, spans in week.items()},
                  "version": expected + 1, "updated_at": now}
        if expected != self.version():
            raise Conflict("the opening times were changed by somebody else meanwhile; load them again")
        if expected == 0:
            self._db.execute(insert(business_calendar).values(id=_ONLY, **values))
        else:
            self._db.execute(update(business_calendar).where(business_calendar.c.version == expected).values(values))
        self._topics.add(Topic.CALENDAR)

    def put_holidays(self, days: Iterable[date], holiday: Holiday) -> None:
        """These dates follow `holiday`, whatever they did before."""
        for day in days:
            put(self._db, holidays, {"day": day.isoformat(), "name": holiday.name, "spans": _pairs(holiday.spans)},
                (holidays.c.day,))
        self._topics.add(Topic.CALENDAR)

    def remove_holiday(self, day: date) -> bool:
        """The date follows the week again. False when it did already."""
        self._topics.add(Topic.CALENDAR)
        return self._db.execute(delete(holidays).where(holidays.c.day == day.isoformat())).rowcount == 1

    def _holidays(self) -> dict[date, Holiday]:
        rows = self._db.execute(select(holidays).order_by(holidays.c.day))
        return {date.fromisoformat(row.day): Holiday(row.name, _spans(row.spans)) for row in rows}

    def _row(self) -> Row[Any] | None:
        return self._db.execute(select(business_calendar).where(business_calendar.c.id == _ONLY)).one_or_none()


def _pairs(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.opens, span.closes] for span in spans]


def _spans(pairs: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    return tuple(Span(opens, closes) for opens, closes in pairs)


def _week(stored: dict[str, Any]) -> dict[int, tuple[Span, ...]]:
    return {int(day): _spans(pairs) for day, pairs in stored.items()}
