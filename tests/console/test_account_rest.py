"""Accounts, sessions and API tokens over REST: what the pages can, with the same permissions and the same audit log."""

import httpx
import pytest

from desk.agents import Agent, Role
from tests.console.life import PASSWORD, Life
from wiring.services import Services

AGENTS, ME = "/api/v1/agents", "/api/v1/me"


class Program:
    """A program with a token."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http, self.token = http, token

    async def __call__(self, method: str, path: str, status: int = 200, **body: object) -> dict:
        answer = await self._http.request(
            method, path, headers={"Authorization": f"Bearer {self.token}"}, json=body or None
        )
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else {}


@pytest.fixture
async def boss(life: Life) -> Agent:
    return await life.hires("Boss", Role.ADMIN)


@pytest.fixture
async def ask(http: httpx.AsyncClient, life: Life, boss: Agent) -> Program:
    """The administrator's program."""
    return Program(http, await life.token_of(boss))


async def actions(services: Services) -> set[str]:
    return set(await services.store.read(lambda tx: tx.audit.list_actions()))


async def test_a_program_invites_changes_and_closes_an_account_and_the_log_says_who(
    services: Services, http: httpx.AsyncClient, ask: Program
):
    made = await ask("POST", f"{AGENTS}/invitations", 201, email="Wu@Example.com", name="Wu Gang", role="agent")
    account, link = made["account"], httpx.URL(made["link"]).path
    assert (account["email"], account["invited"], account["service"]) == ("wu@example.com", True, False)
    assert (await http.post(link, data={"password": "umbrella-teapot-violin", "again": "umbrella-teapot-violin"})
            ).status_code == 200
    here = f"{AGENTS}/{account['id']}"
    changed = await ask("PATCH", here, role="supervisor", name="Wu", locale="zh-Hant", languages=["en", "zh-Hant"],
                        capacity=3)
    wanted = {"role": "supervisor", "name": "Wu", "locale": "zh-Hant", "languages": ["en", "zh-Hant"], "capacity": 3,
              "invited": False}
    assert {key: changed[key] for key in wanted} == wanted
    assert (await ask("PATCH", here, capacity=0))["languages"] == ["en", "zh-Hant"], "what is left out stays"
    reset = await ask("POST", f"{here}/link", 201)
    assert reset["link"] != made["link"]
    assert (await ask("POST", f"{here}/deactivate"))["active"] is False
    await ask("POST", f"{here}/link", 409)
    assert (await ask("POST", f"{here}/reactivate"))["active"] is True
    assert {"account.invited", "account.password-set", "account.role-changed", "account.renamed",
            "account.language-changed", "account.skills-changed", "account.link-made", "account.deactivated",
            "account.reactivated"} <= await actions(services)


async def test_nobody_can_leave_the_desk_without_an_administrator(ask: Program, boss: Agent):
    refused = await ask("PATCH", f"{AGENTS}/{boss.id}", 409, role="agent", name="Nobody")
    assert "last administrator" in refused["detail"]
    assert (await ask("GET", f"{AGENTS}/{boss.id}"))["name"] == "Boss", "all of it or nothing"
    await ask("POST", f"{AGENTS}/{boss.id}/deactivate", 409)
    await ask("PATCH", f"{AGENTS}/{boss.id}", 422, capacity=101)
    await ask("GET", f"{AGENTS}/nobody", 404)


async def test_sessions_are_listed_and_ended_by_their_owner_and_by_an_administrator(
    http: httpx.AsyncClient, life: Life, ask: Program
):
    lin = await life.hires("Lin")
    own = Program(http, await life.token_of(lin))
    for _ in range(3):
        await http.post("/console/sign-in", data={"email": lin.email, "password": PASSWORD})
    listed = (await own("GET", f"{ME}/sessions"))["items"]
    assert len(listed) == 3 and set(listed[0]) == {"id", "created_at", "seen_at", "address", "browser"}
    await own("DELETE", f"{ME}/sessions/{listed[0]['id']}", 204)
    await ask("DELETE", f"{AGENTS}/{lin.id}/sessions/{listed[1]['id']}", 204)
    await ask("DELETE", f"{AGENTS}/{lin.id}/sessions/{listed[1]['id']}", 404)
    assert [item["id"] for item in (await ask("GET", f"{AGENTS}/{lin.id}/sessions"))["items"]] == [listed[2]["id"]]
    await ask("DELETE", f"{AGENTS}/{lin.id}/sessions", 204)
    assert (await own("GET", f"{ME}/sessions"))["items"] == []
    await own("GET", f"{AGENTS}/{lin.id}/sessions", 403)


async def test_a_token_is_shown_once_and_revoked(services: Services, http: httpx.AsyncClient, ask: Program):
    service = await ask("POST", f"{AGENTS}/services", 201, name="Night report", role="auditor")
    here = f"{AGENTS}/{service['id']}/tokens"
    made = await ask("POST", here, 201, name="cron", days=30)
    program = Program(http, made["token"])
    assert (await program("GET", ME))["role"] == "auditor"
    (listed,) = (await ask("GET", here))["items"]
    assert (listed["id"], listed["name"]) == (made["id"], "cron") and made["token"] not in str(listed)
    await ask("DELETE", f"{here}/{made['id']}", 204)
    await program("GET", ME, 401)
    boss = (await ask("GET", ME))["id"]
    await ask("POST", f"{AGENTS}/{boss}/tokens", 409, name="people make their own")
    assert {"account.service-added", "token.added", "token.revoked"} <= await actions(services)


async def test_a_small_token_makes_no_larger_one_and_none_that_outlives_it(http: httpx.AsyncClient, ask: Program):
    small = Program(http, (await ask("POST", f"{ME}/tokens", 201, name="small", role="agent", days=30))["token"])
    for wrong in ({"role": "admin", "days": 1}, {"role": "auditor", "days": 1}, {"days": 0}, {"days": 90}):
        await small("POST", f"{ME}/tokens", 422, name="more", **wrong)
    same = Program(http, (await small("POST", f"{ME}/tokens", 201, name="no more", days=1))["token"])
    assert (await same("GET", ME))["role"] == "agent"
    await same("GET", "/api/v1/audit", 403)
    listed = (await same("GET", f"{ME}/tokens"))["items"]
    assert {"small", "no more"} <= {item["name"] for item in listed}
    await same("DELETE", f"{ME}/tokens/{next(one['id'] for one in listed if one['name'] == 'no more')}", 204)
    await same("GET", ME, 401)
