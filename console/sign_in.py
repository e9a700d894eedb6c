"""Signing in, with a second step where there is one, and out; and the links that let somebody choose a password."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from console import people_desk, second_step
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
    found = await _agent_with(services, email, password)
    if found is None:
        await _note_failure(services, email, address, subjects)
        return render(request, "sign_in.html", {"email": email, "error": "sign_in.wrong", "back": back}, status=401)
    agent, stored = found
    step = await services.store.read(lambda tx: tx.accounts.find_second_step(agent.id))
    if step and step.since:
        ticket = second_step.ticket_for(agent.id, stored, services.clock.now())
        return render(request, "sign_in_code.html", {"ticket": ticket, "back": back, "error": ""})
    response = RedirectResponse(back, 303)
    await open_session(request, response, services, agent)
    return response


@router.post("/console/sign-in/code")
async def sign_in_with_code(
    request: Request, services: Desk, ticket: Annotated[str, Form()] = "", code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,
) -> Response:
    """The second step: the code of the app, or one of the recovery codes."""
    require_own_page(request, services)
    back, now = own_path(next), services.clock.now()
    found = await services.store.read(lambda tx: tx.agents.find_with_password(second_step.holder_of(ticket)))
    if found is None or not found[0].active or not second_step.is_good(ticket, found[1], now):
        values = {"email": "", "error": "sign_in.ended", "back": back}
        return render(request, "sign_in.html", values, status=401)
    agent, address = found[0], address_of(request)
    subjects = {f"email:{agent.email}": MAX_PER_ACCOUNT, f"ip:{address}": MAX_PER_ADDRESS}
    values = {"ticket": ticket, "back": back}
    if await _is_throttled(services, subjects):
        return render(request, "sign_in_code.html", values | {"error": "sign_in.throttled"}, status=429)
    if not await services.store.transact(lambda tx: second_step.accept(tx, agent.id, code, now)):
        await _note_failure(services, agent.email, address, subjects)
        return render(request, "sign_in_code.html", values | {"error": "sign_in.code.wrong"}, status=401)
    response = RedirectResponse(back, 303)
    await open_session(request, response, services, agent)
    return response


@router.get("/console/link/{token}")
async def show_link(request: Request, services: Desk, token: str) -> Response:
    """Where an invitation or a reset leads: choose a password."""
    found = await people_desk.find_link(services, token)
    if found is None:
        return render(request, "link_ended.html", {}, status=404)
    agent, kind = found
    return render(request, "link.html", {"agent": agent, "kind": kind, "error": "", "name": agent.name})


@router.post("/console/link/{token}")
async def use_link(
    request: Request, services: Desk, token: str, password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "",
) -> Response:
    require_own_page(request, services)
    found = await people_desk.find_link(services, token)
    if found is None:
        return render(request, "link_ended.html", {}, status=404)
    agent, kind = found
    problem = await people_desk.use_link(services, token, agent, kind, password, again, name)
    if problem:
        values = {"agent": agent, "kind": kind, "error": problem, "name": name}
        return render(request, "link.html", values, status=422)
    return render(request, "sign_in.html", {"email": agent.email, "error": "", "back": HOME, "notice": "link.done"})


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


async def _agent_with(services: Services, email: str, password: str) -> tuple[Agent, str] | None:
    """The account and its password hash."""
    found = await services.store.read(lambda tx: tx.agents.find_by_email(email))
    agent, stored = found if found and found[0].active else (None, None)
    is_right = await verify_password(password, stored)
    return (agent, stored) if is_right and agent and stored else None
