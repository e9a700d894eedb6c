"""Signing in and out."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from console.access import Desk, Staff, address_of, close_session, find_session, needs, open_session, require_own_page
from console.pages import HOME, PageRoute, own_path, render, see_other
from console.passwords import verify_password
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.audit import SYSTEM
from desk.permissions import Permission
from wiring.services import Services

WATCHED = timedelta(minutes=15)
"""Failed attempts count for this long."""
MAX_PER_ACCOUNT = 5
MAX_PER_ADDRESS = 20

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/console")
@router.get("/console/")
async def home() -> Response:
    return RedirectResponse(HOME, 303)


@router.get("/console/sign-in")
async def show(request: Request, services: Desk, next: str = HOME) -> Response:
    if await find_session(request, services):
        return RedirectResponse(HOME, 303)
    return render(request, "sign_in.html", {"email": "", "error": "", "back": own_path(next)})


@router.post("/console/sign-in")
async def sign_in(
    request: Request, services: Desk, email: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,
) -> Response:
    require_own_page(request, services)
    address = address_of(request)
    subjects = {f"email:{email.strip().lower()[:180]}": MAX_PER_ACCOUNT, f"ip:{address}": MAX_PER_ADDRESS}
    back = own_path(next)
    if await _is_throttled(services, subjects):
        return render(request, "sign_in.html", {"email": email, "error": "sign_in.throttled", "back": back}, status=429)
    agent = await _agent_with(services, email, password)
    if agent is None:
        await _note_failure(services, email, address, subjects)
        return render(request, "sign_in.html", {"email": email, "error": "sign_in.wrong", "back": back}, status=401)
    response = RedirectResponse(back, 303)
    await open_session(request, response, services, agent)
    return response


@router.post("/console/sign-out", dependencies=[needs(Permission.OWN)])
async def sign_out(request: Request, services: Desk, staff: Staff) -> Response:
    response = see_other(request, "/console/sign-in")
    await close_session(request, response, services, staff.agent)
    return response


async def _is_throttled(services: Services, subjects: dict[str, int]) -> bool:
    since = services.clock.now() - WATCHED
    return await services.store.read(
        lambda tx: any(tx.agents.count_failures(subject, since) >= limit for subject, limit in subjects.items())
    )


async def _note_failure(services: Services, email: str, address: str, subjects: Mapping[str, int]) -> None:
    now = services.clock.now()

    def note(tx: SqlTransaction) -> None:
        for subject in subjects:
            tx.agents.add_failure(subject, now)
        found = tx.agents.find_by_email(email)
        who = f"agent:{found[0].id}" if found else "agent:unknown"
        is_last = any(tx.agents.count_failures(subject, now - WATCHED) >= limit for subject, limit in subjects.items())
        tx.audit.record(SYSTEM, "session.throttled" if is_last else "session.refused", who, now, address=address)

    await services.store.transact(note)


async def _agent_with(services: Services, email: str, password: str) -> Agent | None:
    found = await services.store.read(lambda tx: tx.agents.find_by_email(email))
    agent, stored = found if found and found[0].active else (None, None)
    return agent if await verify_password(password, stored) else None
