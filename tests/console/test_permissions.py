"""Every route, page or REST, with every role: who may use what is written in one table and nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from console.access import any_agent, permission_of, signed_in
from console.app import framework
from desk.agents import Role
from desk.permissions import GRANTS, Permission, may
from tests.console.life import Browser, Life

PUBLIC = {
    "/console", "/console/", "/console/sign-in", "/console/sign-in/code", "/console/link/{token}",
    "/files/{file_id}", "/console/static/{path:path}", "/console/{path:path}", "/api/openapi.json",
}
"""What strangers may ask: to sign in, and what the sign-in and chat pages load."""
SIGNS_OUT = {"/console/sign-out", "/api/v1/me/sessions"}
"""Asked last, because they end the session that asks."""
ENDLESS = {"/console/events", "/console/wallboard/events"}
PINNED = {
    Permission.AUDIT: {"/console/settings/audit", "/console/settings/audit/export", "/api/v1/audit",
                       "/api/v1/audit/verification"},
    Permission.OWN: {"/console/language", "/console/theme", "/console/sign-out", "/console/settings",
                     "/console/settings/account", "/api/v1/me", "/api/v1/me/sessions", "/api/v1/me/tokens",
                     "/api/v1/me/sessions/{session_id}", "/api/v1/me/tokens/{token_id}"},
    Permission.ADMINISTER: {
        "/api/v1/calendar/week", "/console/settings/calendar/week", "/console/settings/people/invite",
        "/console/settings/people/service", "/api/v1/customers/{customer_id}/erase",
        "/console/customers/{customer_id}/erase", "/console/settings/people/{agent_id}/role",
        "/console/settings/people/{agent_id}/deactivate", "/console/settings/people/{agent_id}/reactivate",
        "/console/settings/people/{agent_id}/link", "/console/settings/people/{agent_id}/sessions/end",
        "/console/settings/webhooks/{webhook_id}/secret", "/console/settings/webhooks/{webhook_id}/remove",
        "/api/v1/webhooks/{webhook_id}/secret", "/api/v1/agents/invitations", "/api/v1/agents/services",
        "/api/v1/agents/{agent_id}/deactivate", "/api/v1/agents/{agent_id}/reactivate",
        "/api/v1/agents/{agent_id}/link", "/api/v1/agents/{agent_id}/second-step",
        "/api/v1/agents/{agent_id}/sessions/{session_id}", "/api/v1/agents/{agent_id}/tokens/{token_id}",
        "/console/settings/people/{agent_id}/second-step/remove", "/console/settings/people/{agent_id}/tokens",
    },
    Permission.LEAD: {"/api/v1/customers/{customer_id}/merge", "/api/v1/customers/{customer_id}/export"},
}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    permission: Permission
    is_guarded: bool


def routes_of(app: FastAPI) -> Iterator[Route]:
    for each in iter_route_contexts(app.routes):
        dependencies = getattr(each, "dependencies", None) or []
        guards = {getattr(dependency, "dependency", None) for dependency in dependencies}
        for method in sorted((each.methods or set()) - {"HEAD"}):
            yield Route(method, each.path, permission_of(dependencies, method), bool(guards & {any_agent, signed_in}))


@pytest.fixture
def routes() -> list[Route]:
    return [route for route in routes_of(framework()) if route.path not in PUBLIC]


def test_an_auditor_changes_nothing_and_an_agent_sees_no_audit_log():
    assert not GRANTS[Role.AUDITOR] & {Permission.SERVE, Permission.LEAD, Permission.ADMINISTER}
    assert not may(Role.AGENT, Permission.AUDIT) and not may(Role.SUPERVISOR, Permission.AUDIT)
    assert GRANTS[Role.ADMIN] == set(Permission)


def test_every_route_asks_who_is_there(routes: list[Route]):
    unguarded = {route.path for route in routes if not route.is_guarded}
    asks_by_argument = {"/console/events", "/console/sign-out"}
    assert unguarded <= asks_by_argument


def test_what_must_not_be_opened_by_mistake_needs_what_is_written_here(routes: list[Route]):
    for permission, paths in PINNED.items():
        for path in paths:
            assert {route.permission for route in routes if route.path == path} == {permission}, path


async def test_strangers_are_sent_to_the_sign_in_page_or_told_to_bring_a_token(
    http: httpx.AsyncClient, routes: list[Route]
):
    for route in routes:
        answer = await http.request(route.method, route.path.replace("{delivery_id}", "1"))
        if route.path.startswith("/api/"):
            assert answer.status_code == 401, route
        else:
            assert answer.headers.get("location", "").startswith("/console/sign-in"), route


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_may_use_exactly_the_routes_its_permissions_allow(
    services, http: httpx.AsyncClient, life: Life, routes: list[Route], role: Role
):
    agent = await life.hires("Lin", role)
    token = {"Authorization": f"Bearer {await life.token_of(agent)}"}
    browser = Browser(http)
    await browser.sign_in(agent)
    csrf = await browser.csrf()
    assert len(routes) > 60
    for route in sorted(routes, key=lambda each: each.path in SIGNS_OUT):
        if route.path in ENDLESS:
            continue
        path = route.path.replace("{delivery_id}", "1").replace("{day}", "2026-01-01").replace("{path:path}", "x")
        rest = route.path.startswith("/api/")
        answer = await http.request(route.method, path, headers=token if rest else {"X-CSRF": csrf})
        refused = not may(role, route.permission)
        assert (answer.status_code == 403) is refused, (role, route, answer.status_code)
        assert answer.status_code < 500, (route, answer.text)
