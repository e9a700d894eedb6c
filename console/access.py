"""Who is asking: the services of this process, and the person behind a session or an API token."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from secrets import compare_digest, token_urlsafe
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from crm_store.agents import Session
from crm_store.store import SqlTransaction
from desk.agents import Agent, Role
from desk.errors import DeskError
from desk.permissions import Permission, may
from wiring.services import Services

IDLE = timedelta(hours=8)
"""A session ends after this long without a request: the length of a shift."""
LONGEST = timedelta(hours=24)
"""A session ends after this long in any case."""

_TOUCH_EVERY = timedelta(minutes=1)
_NOTE_USE_EVERY = timedelta(minutes=5)
_SAFE = {"GET", "HEAD", "OPTIONS"}
_bearer = HTTPBearer(auto_error=False, description="A token made with `frontdesk tokens add`")


class NotSignedIn(DeskError):
    """No session, no token, or one that has ended."""


class SecondStepMissing(DeskError):
    """Signed in, but this role must set up a second step before anything else."""


class Forbidden(DeskError):
    """Signed in, but not allowed to do this; or a request that did not come from our own pages."""


def services_of(request: Request) -> Services:
    services: Services = request.state.services
    return services


Desk = Annotated[Services, Depends(services_of)]


def session_token(request: Request, services: Services) -> str:
    return request.cookies.get(_cookie_name(services), "")


async def find_session(request: Request, services: Services) -> Session | None:
    """The session of this browser, if it has not ended."""
    token = session_token(request, services)
    if not token:
        return None
    now = services.clock.now()
    session = await services.store.read(
        lambda tx: tx.agents.find_session(token, idle_since=now - IDLE, made_since=now - LONGEST)
    )
    if session is not None and now - session.seen_at > _TOUCH_EVERY:
        await services.store.transact(lambda tx: tx.agents.touch_session(token, now))
    return session


async def signed_in(request: Request, services: Desk) -> Session:
    """The session of whoever asks; an unsafe request must come from our own page and carry the session's token.

    Raises NotSignedIn or Forbidden.
    """
    session = await find_session(request, services)
    if session is None:
        raise NotSignedIn("not signed in")
    request.state.session = session
    if request.method not in _SAFE:
        require_own_page(request, services)
        given = request.headers.get("x-csrf") or str((await request.form()).get("csrf", ""))
        if not compare_digest(given.encode(), session.csrf.encode()):
            raise Forbidden("the page is out of date; load it again")
    require_permission(request, session.agent.role)
    is_owed = session.agent.role in services.settings.second_step_roles and not session.has_second_step
    if is_owed and permission_of(request.scope["route"].dependencies, request.method) is not Permission.OWN:
        raise SecondStepMissing("set up a second step first")
    return session


Staff = Annotated[Session, Depends(signed_in)]


def require_own_page(request: Request, services: Services) -> None:
    """Raises Forbidden when another site made the browser send this (Fetch Metadata, else Origin)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden("this request came from another site")
    if origin is not None and urlsplit(origin).netloc not in (
        request.headers.get("host", ""), urlsplit(services.settings.base_url).netloc,
    ):
        raise Forbidden("this request came from another site")


def address_of(request: Request) -> str:
    """The network address of who asks, as far as the server can tell."""
    return request.client.host if request.client else ""


async def open_session(request: Request, response: Response, services: Services, agent: Agent) -> None:
    """Sign this agent in: a fresh token, of which the database keeps only the hash."""
    token, csrf, now = token_urlsafe(32), token_urlsafe(32), services.clock.now()

    def sign_in(tx: SqlTransaction) -> None:
        tx.agents.open_session(
            agent.id, token, csrf, now, address=address_of(request), browser=request.headers.get("user-agent", "")
        )
        tx.agents.seen(agent.id, now)
        tx.audit.record(agent, "session.opened", f"agent:{agent.id}", now, address=address_of(request))

    await services.store.transact(sign_in)
    response.set_cookie(
        _cookie_name(services), token, max_age=int(LONGEST.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=_is_https(services),
    )


async def close_session(request: Request, response: Response, services: Services, agent: Agent) -> None:
    token = session_token(request, services)

    def sign_out(tx: SqlTransaction) -> None:
        tx.agents.close_session(token)
        tx.agents.left(agent.id)
        tx.audit.record(agent, "session.closed", f"agent:{agent.id}", services.clock.now())

    await services.store.transact(sign_out)
    response.delete_cookie(_cookie_name(services), path="/", secure=_is_https(services), httponly=True)


async def any_agent(
    request: Request, services: Desk, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Agent:
    """The agent behind the bearer token, if their role may do this. Raises NotSignedIn or Forbidden."""
    if given is None:
        raise NotSignedIn("send a bearer token")
    token = given.credentials
    now = services.clock.now()
    found = await services.store.read(lambda tx: tx.keys.find_by_token(token, now))
    if found is None:
        raise NotSignedIn("this token is not valid")
    agent, key = found
    request.state.token = key
    require_permission(request, agent.role)
    if key.role is not None:
        require_permission(request, key.role)
        agent = replace(agent, role=key.role)
    if key.used_at is None or now - key.used_at > _NOTE_USE_EVERY:
        await services.store.transact(lambda tx: tx.keys.token_used(key.id, now))
    return agent


def needs(permission: Permission) -> Any:
    """Declares what a route (or all routes of a router) needs: `dependencies=[needs(Permission.LEAD)]`.

    The same for pages and REST. A route that declares nothing needs READ to look and SERVE to change; what is
    declared nearest to the route counts.
    """

    def declaration() -> None:
        return None

    declaration.permission = permission  # type: ignore[attr-defined]  # read by permission_of
    return Depends(declaration)


def permission_of(dependencies: Sequence[Any], method: str) -> Permission:
    """What a route with these dependencies needs for this method."""
    declared: list[Permission] = [
        each.dependency.permission for each in dependencies if hasattr(each.dependency, "permission")
    ]
    if declared:
        return declared[-1]
    return Permission.READ if method in _SAFE else Permission.SERVE


def require_permission(request: Request, role: Role) -> None:
    """Raises Forbidden when this role may not use the route that was asked for."""
    needed = permission_of(request.scope["route"].dependencies, request.method)
    if not may(role, needed):
        raise Forbidden(f"your role ({role}) does not allow this")


supervisor = needs(Permission.LEAD).dependency
Caller = Annotated[Agent, Depends(any_agent)]
"""The agent behind the token."""


def _cookie_name(services: Services) -> str:
    return "__Host-frontdesk_session" if _is_https(services) else "frontdesk_session"


def _is_https(services: Services) -> bool:
    return services.settings.base_url.startswith("https://")
