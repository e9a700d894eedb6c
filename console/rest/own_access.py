"""One's own account over REST: who one is, one's signed-in browsers, one's API tokens."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Request

from console import people_desk
from console.access import Caller, Desk, needs
from console.rest.account_shapes import AgentOut, SessionOut, TokenIn, TokenMade, TokenOut
from console.rest.problems import ApiRoute
from console.rest.shapes import Page
from desk.accounts import ApiToken
from desk.agents import Agent
from desk.errors import Invalid
from desk.permissions import GRANTS, Permission

router = APIRouter(route_class=ApiRoute, prefix="/me", tags=["me"], dependencies=[needs(Permission.OWN)])


@router.get("")
async def who_am_i(services: Desk, agent: Caller) -> AgentOut:
    """The account behind the token; `role` is what the token may do."""
    return AgentOut.of(agent, services.clock.now())


@router.get("/sessions")
async def list_sessions(services: Desk, agent: Caller) -> Page[SessionOut]:
    found = await services.store.read(lambda tx: tx.keys.list_sessions(agent.id))
    return Page(items=[SessionOut.of(item) for item in found])


@router.delete("/sessions", status_code=204)
async def end_all_sessions(services: Desk, agent: Caller) -> None:
    """Sign out everywhere."""
    await people_desk.end_sessions(services, agent, agent.id)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(services: Desk, agent: Caller, session_id: str) -> None:
    await people_desk.end_sessions(services, agent, agent.id, session_id=session_id)


@router.get("/tokens")
async def list_tokens(services: Desk, agent: Caller) -> Page[TokenOut]:
    found = await services.store.read(lambda tx: tx.keys.list_tokens(agent.id))
    return Page(items=[TokenOut.of(item) for item in found])


@router.post("/tokens", status_code=201)
async def add_token(request: Request, services: Desk, agent: Caller, body: TokenIn) -> TokenMade:
    """A token of one's own, given this once. It may do no more, and live no longer, than the token that asks for it."""
    asking: ApiToken = request.state.token
    _require_no_more(asking, agent, body, services.clock.now())
    role = body.role or asking.role
    token, made = await people_desk.add_token(services, agent, agent, body.name, role, body.days)
    return TokenMade(id=made, token=token)


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(services: Desk, agent: Caller, token_id: str) -> None:
    """Also the very token that asks."""
    await people_desk.revoke_token(services, agent, token_id, of=agent.id)


def _require_no_more(asking: ApiToken, agent: Agent, body: TokenIn, now: datetime) -> None:
    """Otherwise whoever finds a small, short-lived token has a large one that lasts."""
    if asking.role is not None and body.role is not None and not GRANTS[body.role] <= GRANTS[agent.role]:
        raise Invalid("role", "a token may not do more than the one that makes it")
    ends = now + timedelta(days=body.days)
    if asking.expires_at is not None and (body.days == 0 or ends > asking.expires_at):
        raise Invalid("days", "a token may not outlive the one that makes it")
