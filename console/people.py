"""The page of accounts: who may sign in, as what, and what administrators do about it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import people_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from console.people_desk import AccountChange
from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.errors import Conflict, Invalid
from desk.permissions import Permission
from wiring.services import Services

HERE = "/console/settings/people"
_ADMIN = [needs(Permission.ADMINISTER)]

router = APIRouter(
    prefix=HERE, route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.AUDIT)],
)


@router.get("")
async def show_people(request: Request, services: Desk) -> Response:
    return await _list(request, services)


@router.post("/invite", dependencies=_ADMIN)
async def invite(
    request: Request, services: Desk, staff: Staff, role: Annotated[Role, Form()] = Role.AGENT,
    email: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "",
) -> Response:
    kept = {"email": email, "name": name, "role": role}
    try:
        agent, link = await people_desk.invite(services, staff.agent, email, name, role)
    except Invalid:
        return await _list(request, services, status=422, wrong="email", kept=kept)
    except Conflict:
        return await _list(request, services, status=409, wrong="taken", kept=kept)
    return await _one(request, services, agent.id, link=link)


@router.post("/service", dependencies=_ADMIN)
async def add_service(
    request: Request, services: Desk, staff: Staff, role: Annotated[Role, Form()] = Role.AGENT,
    name: Annotated[str, Form()] = "",
) -> Response:
    try:
        agent = await people_desk.add_service(services, staff.agent, name, role)
    except Invalid:
        return await _list(request, services, status=422, wrong="service")
    except Conflict:
        return await _list(request, services, status=409, wrong="service.taken", kept={"service": name})
    return see_other(request, f"{HERE}/{agent.id}")


@router.get("/{agent_id}")
async def show_person(request: Request, services: Desk, agent_id: str) -> Response:
    return await _one(request, services, agent_id)


@router.post("/{agent_id}/role", dependencies=_ADMIN)
async def set_role(
    request: Request, services: Desk, staff: Staff, agent_id: str, role: Annotated[Role, Form()]
) -> Response:
    try:
        await people_desk.change(services, staff.agent, agent_id, AccountChange(role=role))
    except Conflict:
        return await _one(request, services, agent_id, status=409, wrong="people.last")
    return see_other(request, f"{HERE}/{agent_id}?said=saved")


@router.post("/{agent_id}/name", dependencies=_ADMIN)
async def rename(
    request: Request, services: Desk, staff: Staff, agent_id: str, name: Annotated[str, Form()] = ""
) -> Response:
    try:
        await people_desk.change(services, staff.agent, agent_id, AccountChange(name=name))
    except Invalid:
        return await _one(request, services, agent_id, status=422, wrong="people.name.wrong")
    return see_other(request, f"{HERE}/{agent_id}?said=saved")


@router.post("/{agent_id}/deactivate", dependencies=_ADMIN)
async def deactivate(request: Request, services: Desk, staff: Staff, agent_id: str) -> Response:
    try:
        await people_desk.set_active(services, staff.agent, agent_id, active=False)
    except Conflict:
        return await _one(request, services, agent_id, status=409, wrong="people.last")
    return see_other(request, f"{HERE}/{agent_id}?said=deactivated")


@router.post("/{agent_id}/reactivate", dependencies=_ADMIN)
async def reactivate(request: Request, services: Desk, staff: Staff, agent_id: str) -> Response:
    await people_desk.set_active(services, staff.agent, agent_id, active=True)
    return see_other(request, f"{HERE}/{agent_id}?said=reactivated")


@router.post("/{agent_id}/link", dependencies=_ADMIN)
async def make_link(request: Request, services: Desk, staff: Staff, agent_id: str) -> Response:
    link = await people_desk.make_link(services, staff.agent, agent_id)
    return await _one(request, services, agent_id, link=link)


@router.post("/{agent_id}/second-step/remove", dependencies=_ADMIN)
async def remove_second_step(request: Request, services: Desk, staff: Staff, agent_id: str) -> Response:
    await people_desk.remove_second_step(services, staff.agent, agent_id)
    return see_other(request, f"{HERE}/{agent_id}?said=saved")


@router.post("/{agent_id}/sessions/end", dependencies=_ADMIN)
async def end_sessions(
    request: Request, services: Desk, staff: Staff, agent_id: str, session: Annotated[str, Form()] = ""
) -> Response:
    await people_desk.end_sessions(services, staff.agent, agent_id, session_id=session)
    return see_other(request, f"{HERE}/{agent_id}?said=signed-out")


@router.post("/{agent_id}/tokens", dependencies=_ADMIN)
async def add_token(
    request: Request, services: Desk, staff: Staff, agent_id: str, name: Annotated[str, Form()] = "",
    days: Annotated[int, Form()] = 90,
) -> Response:
    """A token of a service; people make their own."""
    account = await services.store.read(lambda tx: tx.accounts.get(agent_id))
    if not account.is_service:
        raise Conflict("people make their own tokens")
    try:
        token, _ = await people_desk.add_token(services, staff.agent, account.agent, name, None, days)
    except Invalid:
        return await _one(request, services, agent_id, status=422, wrong="tokens.wrong")
    return await _one(request, services, agent_id, token=token)


@router.post("/{agent_id}/tokens/{token_id}/revoke", dependencies=_ADMIN)
async def revoke_token(request: Request, services: Desk, staff: Staff, agent_id: str, token_id: str) -> Response:
    await people_desk.revoke_token(services, staff.agent, token_id, of=agent_id)
    return see_other(request, f"{HERE}/{agent_id}?said=revoked")


async def _list(
    request: Request, services: Services, *, status: int = 200, wrong: str = "", kept: dict[str, str] | None = None
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"accounts": tx.accounts.list_all(), **reading.frame(tx)}

    found = await services.store.read(read)
    values = {"email": "", "name": "", "role": Role.AGENT, "service": "", **(kept or {})}
    shown = {"roles": tuple(Role), "wrong": wrong, "kept": values}
    return render(request, "people.html", shown | found, status=status)


async def _one(
    request: Request, services: Services, agent_id: str, *, status: int = 200, wrong: str = "", link: str = "",
    token: str = "",
) -> Response:
    """One account; `link` and `token` are shown this once."""
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {
            "account": tx.accounts.get(agent_id), "sessions": tx.keys.list_sessions(agent_id),
            "tokens": tx.keys.list_tokens(agent_id), **reading.frame(tx),
        }

    found = await services.store.read(read)
    shown = {"link": link, "token": token, "wrong": wrong, "roles": tuple(Role), "days": people_desk.TOKEN_DAYS,
             "now": services.clock.now()}
    return render(request, "person.html", shown | found, status=status)
