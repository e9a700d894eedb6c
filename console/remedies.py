"""The pages of compensation, causes and categories."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from console.remedy_desk import LIMITED_ROLES, Giving, is_unit
from console.ticket_reading import category_tree
from crm_store.store import SqlTransaction
from desk.compensation import POINTS, Stage
from desk.errors import Conflict, Invalid
from desk.messages import Language
from desk.money import plain_money, read_money
from desk.permissions import Permission
from wiring.services import Services

PAGE = 50
CAUSES, CATEGORIES, LIMITS = "/console/causes", "/console/settings/categories", "/console/settings/compensation"
router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])
Text = Annotated[str, Form()]


@router.get("/compensations")
async def show_ledger(request: Request, services: Desk, stage: str = "", after: str = "") -> Response:
    stages = [Stage(stage)] if stage in set(Stage) else []

    def read(tx: SqlTransaction) -> dict[str, object]:
        found = tx.compensations.list_page(stages, after, PAGE + 1)
        return {
            "lines": [(item, tx.tickets.get(item.ticket_id)) for item in found[:PAGE]], "has_more": len(found) > PAGE,
            "names": reading.agent_names(tx), **reading.frame(tx),
        }

    values = {"stage": stage, "stages": tuple(Stage), "is_first": not after, "query": urlencode({"stage": stage})}
    return render(request, "compensations.html", values | await services.store.read(read))


@router.get("/causes")
async def show_causes(request: Request, services: Desk) -> Response:
    return await _causes(request, services)


@router.post("/causes", dependencies=[needs(Permission.LEAD)])
async def add_cause(
    request: Request, services: Desk, staff: Staff, zh_hans: Text = "", zh_hant: Text = "", en: Text = ""
) -> Response:
    try:
        await Giving(services, staff.agent).add_cause(_names(zh_hans, zh_hant, en))
    except Invalid as error:
        return await _causes(request, services, wrong=error.field, status=422)
    return see_other(request, f"{CAUSES}?said=saved")


@router.post("/causes/{cause_id}", dependencies=[needs(Permission.LEAD)])
async def change_cause(
    request: Request, services: Desk, staff: Staff, cause_id: str, zh_hans: Text = "", zh_hant: Text = "",
    en: Text = "", active: Text = "",
) -> Response:
    try:
        await Giving(services, staff.agent).change_cause(cause_id, _names(zh_hans, zh_hant, en), active=bool(active))
    except Invalid as error:
        return await _causes(request, services, wrong=error.field, status=422)
    return see_other(request, f"{CAUSES}?said=saved")


@router.post("/causes/{cause_id}/improvements")
async def add_improvement(
    request: Request, services: Desk, staff: Staff, cause_id: str, text: Text = ""
) -> Response:
    try:
        await Giving(services, staff.agent).improve(cause_id, text)
    except Invalid as error:
        return await _causes(request, services, wrong=error.field, status=422, text=text)
    return see_other(request, f"{CAUSES}?said=saved")


@router.get("/settings/categories")
async def show_categories(request: Request, services: Desk) -> Response:
    return await _categories(request, services)


@router.post("/settings/categories", dependencies=[needs(Permission.LEAD)])
async def add_category(
    request: Request, services: Desk, staff: Staff, zh_hans: Text = "", zh_hant: Text = "", en: Text = "",
    parent: Text = "",
) -> Response:
    try:
        await Giving(services, staff.agent).add_category(_names(zh_hans, zh_hant, en), parent or None)
    except Invalid as error:
        return await _categories(request, services, wrong=error.field, status=422)
    return see_other(request, f"{CATEGORIES}?said=saved")


@router.post("/settings/categories/{category_id}", dependencies=[needs(Permission.LEAD)])
async def rename_category(
    request: Request, services: Desk, staff: Staff, category_id: str, zh_hans: Text = "", zh_hant: Text = "",
    en: Text = "",
) -> Response:
    try:
        await Giving(services, staff.agent).rename_category(category_id, _names(zh_hans, zh_hant, en))
    except Invalid as error:
        return await _categories(request, services, wrong=error.field, status=422)
    return see_other(request, f"{CATEGORIES}?said=saved")


@router.post("/settings/categories/{category_id}/remove", dependencies=[needs(Permission.LEAD)])
async def remove_category(request: Request, services: Desk, staff: Staff, category_id: str) -> Response:
    try:
        await Giving(services, staff.agent).remove_category(category_id)
    except Conflict:
        return await _categories(request, services, wrong="used", status=409)
    return see_other(request, f"{CATEGORIES}?said=saved")


@router.get("/settings/compensation")
async def show_limits(request: Request, services: Desk) -> Response:
    return await _limits(request, services)


@router.post("/settings/compensation", dependencies=[needs(Permission.ADMINISTER)])
async def save_limits(request: Request, services: Desk, staff: Staff) -> Response:
    form = await request.form()
    units = [str(each).strip() for each in form.getlist("unit")]
    units = [each if each == POINTS else each.upper() for each in units]
    written = {role.value: [str(each).strip() for each in form.getlist(role.value)] for role in LIMITED_ROLES}
    try:
        limits = {
            (role, unit): _amount(amount, unit)
            for role in LIMITED_ROLES for unit, amount in zip(units, written[role.value], strict=False)
            if unit and amount
        }
        await Giving(services, staff.agent).set_limits(limits)
    except (Invalid, ValueError):
        rows = [(unit, {role: (written[role][at : at + 1] or [""])[0] for role in written})
                for at, unit in enumerate(units)]
        return await _limits(request, services, rows=rows, wrong="limits", status=422)
    return see_other(request, f"{LIMITS}?said=saved")


async def _causes(
    request: Request, services: Services, *, wrong: str = "", status: int = 200, text: str = ""
) -> Response:
    now = services.clock.now()

    def read(tx: SqlTransaction) -> dict[str, object]:
        counts = tx.causes.counts()
        causes = sorted(tx.causes.list_all(), key=lambda each: -counts.get(each.id, 0))
        return {
            "causes": [(each, counts.get(each.id, 0), tx.causes.improvements_of(each.id, now)) for each in causes],
            "names": reading.agent_names(tx), **reading.frame(tx),
        }

    return render(request, "causes.html", {"wrong": wrong, "text": text, **await services.store.read(read)},
                  status=status)


async def _categories(request: Request, services: Services, *, wrong: str = "", status: int = 200) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"categories": category_tree(tx), **reading.frame(tx)}

    return render(request, "categories.html", {"wrong": wrong, **await services.store.read(read)}, status=status)


async def _limits(
    request: Request, services: Services, *, rows: list[tuple[str, dict[str, str]]] | None = None, wrong: str = "",
    status: int = 200,
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        limits = tx.compensations.limits()
        units = sorted({unit for _, unit in limits} - {POINTS}) or ["CNY"]
        kept = [(unit, {role.value: _written(limits.get((role, unit)), unit) for role in LIMITED_ROLES})
                for unit in [*units, POINTS]]
        return {"rows": rows or [*kept, ("", dict.fromkeys(map(str, LIMITED_ROLES), ""))], **reading.frame(tx)}

    values = {"wrong": wrong, "roles": LIMITED_ROLES}
    return render(request, "compensation_limits.html", values | await services.store.read(read), status=status)


def _names(zh_hans: str, zh_hant: str, en: str) -> dict[str, str]:
    return {Language.ZH_HANS.value: zh_hans, Language.ZH_HANT.value: zh_hant, Language.EN.value: en}


def _amount(written: str, unit: str) -> int:
    """Raises ValueError."""
    if not is_unit(unit):
        raise ValueError("not a currency")
    return int(written.replace(",", "")) if unit == POINTS else read_money(written, unit)


def _written(amount: int | None, unit: str) -> str:
    if amount is None:
        return ""
    return str(amount) if unit == POINTS else plain_money(amount, unit)
