"""Accounts of staff and services over REST, with their sessions and tokens: auditors look, administrators change."""

from fastapi import APIRouter

from console import people_desk
from console.access import Caller, Desk, needs
from console.rest.account_shapes import (
    AccountChangeIn,
    AccountOut,
    AgentOut,
    InvitationIn,
    InvitedOut,
    LinkOut,
    ServiceIn,
    SessionOut,
    TokenIn,
    TokenMade,
    TokenOut,
)
from console.rest.problems import ApiRoute
from console.rest.shapes import Page
from crm_store.store import SqlTransaction
from desk.accounts import ApiToken, OpenSession
from desk.errors import Conflict
from desk.permissions import Permission
from wiring.services import Services

router = APIRouter(route_class=ApiRoute, prefix="/agents", tags=["agents"])
_AUDIT, _ADMIN = [needs(Permission.AUDIT)], [needs(Permission.ADMINISTER)]


@router.get("")
async def list_agents(services: Desk) -> Page[AgentOut]:
    """Everybody who has or had an account."""
    now = services.clock.now()
    found = await services.store.read(lambda tx: tx.agents.list_all())
    return Page(items=[AgentOut.of(item, now) for item in found])


@router.get("/{agent_id}", dependencies=_AUDIT)
async def get_agent(services: Desk, agent_id: str) -> AccountOut:
    """One account. Needs an administrator or auditor, as the page does."""
    return await _account(services, agent_id)


@router.post("/invitations", status_code=201, dependencies=_ADMIN)
async def invite(services: Desk, agent: Caller, body: InvitationIn) -> InvitedOut:
    """A new account. The answer holds the link by which its owner chooses a password: once, within 7 days."""
    made, link = await people_desk.invite(services, agent, body.email, body.name, body.role)
    return InvitedOut(link=link, account=await _account(services, made.id))


@router.post("/services", status_code=201, dependencies=_ADMIN)
async def add_service(services: Desk, agent: Caller, body: ServiceIn) -> AccountOut:
    """An account for a program: it has tokens, but cannot sign in."""
    made = await people_desk.add_service(services, agent, body.name, body.role)
    return await _account(services, made.id)


@router.patch("/{agent_id}", dependencies=_ADMIN)
async def change_agent(services: Desk, agent: Caller, agent_id: str, body: AccountChangeIn) -> AccountOut:
    """All of it or nothing; refused (409) when nobody would administer any more."""
    await people_desk.change(services, agent, agent_id, body.change())
    return await _account(services, agent_id)


@router.post("/{agent_id}/deactivate", dependencies=_ADMIN)
async def deactivate(services: Desk, agent: Caller, agent_id: str) -> AccountOut:
    """Sessions, tokens and links of this account end at once; its name stays in the history it made."""
    await people_desk.set_active(services, agent, agent_id, active=False)
    return await _account(services, agent_id)


@router.post("/{agent_id}/reactivate", dependencies=_ADMIN)
async def reactivate(services: Desk, agent: Caller, agent_id: str) -> AccountOut:
    await people_desk.set_active(services, agent, agent_id, active=True)
    return await _account(services, agent_id)


@router.post("/{agent_id}/link", status_code=201, dependencies=_ADMIN)
async def make_link(services: Desk, agent: Caller, agent_id: str) -> LinkOut:
    """A one-time link by which a password is chosen: an invitation again, or a reset (within 24 hours). Earlier links
    stop working."""
    return LinkOut(link=await people_desk.make_link(services, agent, agent_id))


@router.delete("/{agent_id}/second-step", status_code=204, dependencies=_ADMIN)
async def remove_second_step(services: Desk, agent: Caller, agent_id: str) -> None:
    """For somebody who lost their phone."""
    await people_desk.remove_second_step(services, agent, agent_id)


@router.get("/{agent_id}/sessions", dependencies=_AUDIT)
async def list_sessions(services: Desk, agent_id: str) -> Page[SessionOut]:
    def read(tx: SqlTransaction) -> list[OpenSession]:
        tx.accounts.get(agent_id)
        return tx.keys.list_sessions(agent_id)

    return Page(items=[SessionOut.of(item) for item in await services.store.read(read)])


@router.delete("/{agent_id}/sessions", status_code=204, dependencies=_ADMIN)
async def end_all_sessions(services: Desk, agent: Caller, agent_id: str) -> None:
    """Sign this account out everywhere."""
    await _account(services, agent_id)
    await people_desk.end_sessions(services, agent, agent_id)


@router.delete("/{agent_id}/sessions/{session_id}", status_code=204, dependencies=_ADMIN)
async def end_session(services: Desk, agent: Caller, agent_id: str, session_id: str) -> None:
    await people_desk.end_sessions(services, agent, agent_id, session_id=session_id)


@router.get("/{agent_id}/tokens", dependencies=_AUDIT)
async def list_tokens(services: Desk, agent_id: str) -> Page[TokenOut]:
    def read(tx: SqlTransaction) -> list[ApiToken]:
        tx.accounts.get(agent_id)
        return tx.keys.list_tokens(agent_id)

    return Page(items=[TokenOut.of(item) for item in await services.store.read(read)])


@router.post("/{agent_id}/tokens", status_code=201, dependencies=_ADMIN)
async def add_token(services: Desk, agent: Caller, agent_id: str, body: TokenIn) -> TokenMade:
    """A token of a service account, given this once; people make their own."""
    account = await services.store.read(lambda tx: tx.accounts.get(agent_id))
    if not account.is_service:
        raise Conflict("people make their own tokens")
    token, made = await people_desk.add_token(services, agent, account.agent, body.name, body.role, body.days)
    return TokenMade(id=made, token=token)


@router.delete("/{agent_id}/tokens/{token_id}", status_code=204, dependencies=_ADMIN)
async def revoke_token(services: Desk, agent: Caller, agent_id: str, token_id: str) -> None:
    await people_desk.revoke_token(services, agent, token_id, of=agent_id)


async def _account(services: Services, agent_id: str) -> AccountOut:
    now = services.clock.now()
    return await services.store.read(
        lambda tx: AccountOut.whole(tx.accounts.get(agent_id), tx.staffing.skills_of(agent_id), now)
    )
