"""One's own password, second step, sessions and API tokens."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from markupsafe import Markup
from starlette.responses import Response

from console import people_desk, reading, second_step
from console.access import Desk, Staff, needs, session_token, signed_in
from console.pages import SECOND_STEP_PAGE, PageRoute, render, see_other
from crm_store.agents import Session
from crm_store.store import SqlTransaction
from desk.agents import Agent, Role
from desk.errors import Invalid
from desk.permissions import Permission
from wiring.services import Services

TOKENS = "/console/settings/tokens"

router = APIRouter(
    prefix="/console/settings", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.OWN)],
)


@router.get("/security")
async def show_security(request: Request, services: Desk, staff: Staff) -> Response:
    return await _page(request, services, staff)


@router.post("/security/password")
async def change_password(
    request: Request, services: Desk, staff: Staff, old: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "",
) -> Response:
    mine = session_token(request, services)
    problem = await people_desk.change_password(services, staff.agent, mine, old, password, again)
    if problem:
        return await _page(request, services, staff, status=422, wrong=problem)
    return see_other(request, f"{SECOND_STEP_PAGE}?said=password")


@router.post("/security/second-step")
async def set_up_second_step(request: Request, services: Desk, staff: Staff) -> Response:
    secret = second_step.new_secret()
    await services.store.transact(lambda tx: tx.accounts.prepare_second_step(staff.agent.id, secret))
    return see_other(request, f"{SECOND_STEP_PAGE}#second-step")


@router.post("/security/second-step/confirm")
async def confirm_second_step(
    request: Request, services: Desk, staff: Staff, code: Annotated[str, Form()] = ""
) -> Response:
    now = services.clock.now()
    try:
        codes = await services.store.transact(lambda tx: second_step.confirm(tx, staff.agent, code, now))
    except Invalid:
        return await _page(request, services, staff, status=422, wrong="code")
    return await _page(request, services, staff, codes=codes)


@router.post("/security/second-step/codes")
async def new_recovery_codes(
    request: Request, services: Desk, staff: Staff, code: Annotated[str, Form()] = ""
) -> Response:
    """Ten new recovery codes; the old ones stop working."""
    codes, now = second_step.new_recovery_codes(), services.clock.now()

    def change(tx: SqlTransaction) -> bool:
        if not second_step.accept(tx, staff.agent.id, code, now):
            return False
        tx.accounts.replace_recovery_codes(staff.agent.id, codes)
        tx.audit.record(staff.agent, "second-step.new-codes", f"agent:{staff.agent.id}", now)
        return True

    if not await services.store.transact(change):
        return await _page(request, services, staff, status=422, wrong="code")
    return await _page(request, services, staff, codes=codes)


@router.post("/security/second-step/remove")
async def remove_second_step(
    request: Request, services: Desk, staff: Staff, code: Annotated[str, Form()] = ""
) -> Response:
    """Only who has the app, or a recovery code, may take the second step away."""
    now = services.clock.now()
    if not await services.store.transact(lambda tx: second_step.accept(tx, staff.agent.id, code, now)):
        return await _page(request, services, staff, status=422, wrong="code")
    await people_desk.remove_second_step(services, staff.agent, staff.agent.id)
    return see_other(request, f"{SECOND_STEP_PAGE}?said=saved")


@router.post("/security/sessions/end")
async def end_sessions(
    request: Request, services: Desk, staff: Staff, session: Annotated[str, Form()] = ""
) -> Response:
    """One session, or all others."""
    mine = session_token(request, services)
    await people_desk.end_sessions(services, staff.agent, staff.agent.id, session_id=session, keep=mine)
    return see_other(request, f"{SECOND_STEP_PAGE}?said=signed-out")


@router.get("/tokens")
async def show_tokens(request: Request, services: Desk, staff: Staff) -> Response:
    return await _tokens(request, services, staff.agent)


@router.post("/tokens")
async def add_token(
    request: Request, services: Desk, staff: Staff, name: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "", days: Annotated[int, Form()] = 90,
) -> Response:
    wanted = Role(role) if role in set(Role) else None
    try:
        token, _ = await people_desk.add_token(services, staff.agent, staff.agent, name, wanted, days)
    except Invalid as error:
        return await _tokens(request, services, staff.agent, status=422, wrong=error.field)
    return await _tokens(request, services, staff.agent, token=token)


@router.post("/tokens/{token_id}/revoke")
async def revoke_token(request: Request, services: Desk, staff: Staff, token_id: str) -> Response:
    await people_desk.revoke_token(services, staff.agent, token_id, of=staff.agent.id)
    return see_other(request, f"{TOKENS}?said=revoked")


async def _page(
    request: Request, services: Services, staff: Session, *, status: int = 200, wrong: str = "",
    codes: list[str] | None = None,
) -> Response:
    mine = session_token(request, services)

    def read(tx: SqlTransaction) -> dict[str, object]:
        step = tx.accounts.find_second_step(staff.agent.id)
        code = Markup(second_step.qr_code(step.secret, staff.agent.email)) if step and not step.since else ""  # noqa: S704
        return {
            "step": step, "qr": code, "sessions": tx.keys.list_sessions(staff.agent.id), "mine": tx.keys.id_of(mine),
            **reading.frame(tx),
        }

    is_owed = staff.agent.role in services.settings.second_step_roles
    values = {"wrong": wrong, "codes": codes or [], "is_owed": is_owed}
    return render(request, "security.html", values | await services.store.read(read), status=status)


async def _tokens(
    request: Request, services: Services, agent: Agent, *, status: int = 200, wrong: str = "", token: str = ""
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"tokens": tx.keys.list_tokens(agent.id), **reading.frame(tx)}

    values = {"wrong": wrong, "token": token, "days": people_desk.TOKEN_DAYS, "now": services.clock.now(),
              "roles": _roles_below(agent.role)}
    return render(request, "tokens.html", values | await services.store.read(read), status=status)


def _roles_below(role: Role) -> tuple[Role, ...]:
    """What a token may be limited to."""
    order = (Role.AUDITOR, Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
    return order[: order.index(role)]
