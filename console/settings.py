"""The settings area: its first page, and what belongs to the person who is signed in."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import THEME_COOKIE, PageRoute, render, see_other, where_from
from desk.messages import Language
from desk.permissions import Permission

YEAR = 365 * 24 * 3600

router = APIRouter(
    prefix="/console", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.OWN)],
)


@router.get("/settings")
async def show_settings(request: Request, services: Desk) -> Response:
    return render(request, "settings.html", await services.store.read(reading.frame))


@router.get("/settings/account")
async def show_account(request: Request, services: Desk) -> Response:
    return render(request, "account.html", await services.store.read(reading.frame))


@router.post("/language")
async def set_language(
    request: Request, services: Desk, staff: Staff, language: Annotated[Language, Form()]
) -> Response:
    await services.store.transact(lambda tx: tx.agents.set_locale(staff.agent.id, language.value))
    return see_other(request, where_from(request))


@router.post("/theme")
async def set_theme(request: Request, theme: Annotated[Literal["system", "light", "dark"], Form()]) -> Response:
    """Light, dark or as the system has it: a matter of this browser, so it is kept there."""
    response = see_other(request, where_from(request))
    response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, path="/", samesite="lax", httponly=True)
    return response
