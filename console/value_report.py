"""The report on customers' value: segments, classes, risk, and who should be looked after."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console import reading, value_desk, value_figures
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other, words_for
from console.reporting import respond
from crm_store.store import SqlTransaction
from desk.errors import Invalid
from desk.permissions import Permission, may
from insights.value_rules import ValueRules

CARE = 100
CARE_IN_FILE = 10_000
HERE = "/console/reports/value"
RULES = "/console/settings/value"

router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get(HERE, dependencies=[needs(Permission.INSPECT)])
async def show_values(request: Request, services: Desk, staff: Staff) -> Response:
    t, now = words_for(request), services.clock.now()
    most = CARE_IN_FILE if request.query_params.get("as") else CARE
    may_ask = may(staff.agent.role, Permission.LEAD)

    def read(tx: SqlTransaction) -> dict[str, object]:
        counting, sums = tx.values.counting(now), tx.value_reports.sums()
        currency = counting.basis.currency if counting.basis else ""
        figures = (
            value_figures.segments(sums, currency, t, may_ask=may_ask), value_figures.classes(sums, currency, t),
            value_figures.risks(sums, currency, t), value_figures.grid(tx.value_reports.grid(), t),
            value_figures.care(tx.value_reports.care(most), currency, most, t),
        )
        return {"counting": counting, "figures": figures, **reading.frame(tx)}

    found = await services.store.read(read)
    figures = found.pop("figures")
    assert isinstance(figures, tuple)  # noqa: S101 - put there above
    return respond(request, "value.html", figures, None, {"report": "value", **found}, name="value")


@router.post(f"{HERE}/count", dependencies=[needs(Permission.LEAD)])
async def count_again(request: Request, services: Desk, staff: Staff) -> Response:
    await value_desk.ask(services, staff.agent)
    return see_other(request, HERE)


@router.get(RULES, dependencies=[needs(Permission.LEAD)])
async def show_rules(request: Request, services: Desk) -> Response:
    now = services.clock.now()
    rules = (await services.store.read(lambda tx: tx.values.counting(now))).rules
    return await _rules(request, services, value_desk.fields_of(rules))


@router.post(RULES, dependencies=[needs(Permission.ADMINISTER)])
async def save_rules(request: Request, services: Desk, staff: Staff) -> Response:
    fields = {name: text for name, text in (await request.form()).items() if isinstance(text, str)}
    try:
        await value_desk.save(services, staff.agent, value_desk.read_fields(fields))
    except Invalid as error:
        return await _rules(request, services, fields, wrong=error.field)
    return see_other(request, f"{RULES}?said=saved")


async def _rules(request: Request, services: Desk, fields: dict[str, str], wrong: str = "") -> Response:
    frame = await services.store.read(reading.frame)
    values = {"fields": {**value_desk.fields_of(ValueRules()), **fields}, "wrong": wrong}
    return render(request, "value_rules.html", {**frame, **values}, status=422 if wrong else 200)
