"""The page of the business calendar: weekly hours, time zone, holidays."""

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import opening, reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from crm_store.store import SqlTransaction
from desk.errors import Conflict, Invalid
from desk.hours import write_spans
from desk.permissions import Permission
from wiring.services import Services

HERE = "/console/settings/calendar"
_NEW_HOLIDAY = {"first": "", "until": "", "name": "", "spans": ""}
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get("")
async def show_calendar(request: Request, services: Desk) -> Response:
    return await _page(request, services)


@router.post("/week", dependencies=[needs(Permission.ADMINISTER)])
async def save_week(request: Request, services: Desk, staff: Staff) -> Response:
    form = await request.form()
    written = {day: str(form.get(f"day-{day}", "")) for day in range(7)}
    zone, version = str(form.get("zone", "")), str(form.get("version", ""))
    kept = {"written": written, "zone": zone}
    try:
        week = opening.read_week(written)
        await opening.save_week(services, staff.agent, zone, week, int(version) if version.isdigit() else 0)
    except Invalid as error:
        return await _page(request, services, status=422, wrong=error.field, **kept)
    except Conflict:
        return await _page(request, services, status=409, wrong="version", **kept)
    return see_other(request, HERE)


@router.post("/holidays", dependencies=[needs(Permission.ADMINISTER)])
async def put_holiday(
    request: Request, services: Desk, staff: Staff, first: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "", spans: Annotated[str, Form()] = "",
) -> Response:
    try:
        begins = opening.read_day(first, "first")
        ends = opening.read_day(until, "until") if until else begins
        await opening.put_holiday(services, staff.agent, begins, ends, name, opening.read_spans(spans, "spans"))
    except Invalid as error:
        kept = {"first": first, "until": until, "name": name, "spans": spans}
        return await _page(request, services, status=422, wrong=error.field, holiday=kept)
    return see_other(request, f"{HERE}#holidays")


@router.post("/holidays/{day}/remove", dependencies=[needs(Permission.ADMINISTER)])
async def remove_holiday(request: Request, services: Desk, staff: Staff, day: str) -> Response:
    await opening.remove_holiday(services, staff.agent, opening.read_day(day, "day"))
    return see_other(request, f"{HERE}#holidays")


async def _page(request: Request, services: Services, *, status: int = 200, **kept: object) -> Response:
    """`kept`: what was written and not taken, and which field was wrong."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> dict[str, object]:
        hours = tx.calendar.hours()
        return {
            "is_open": hours.is_open(now), "opens": hours.next_opening(now), "closes": hours.next_closing(now),
            "zone": hours.zone.key, "version": tx.calendar.version(), "wrong": "", "holiday": _NEW_HOLIDAY,
            "written": {day: write_spans(hours.week.get(day, ())) for day in range(7)},
            "holidays": [(day, each, write_spans(each.spans)) for day, each in sorted(hours.holidays.items())],
            "counts": reading.counts(tx), "newest_event": tx.events.newest_id(),
        }

    found = await services.store.read(read)
    values = {"zones": sorted(available_timezones()), "today": now.astimezone(services.calendar.hours.zone).date()}
    return render(request, "calendar.html", {**values, **found, **kept}, status=status)
