"""Accounts: invited, promoted, closed; passwords, second steps, sessions and API tokens."""

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pyotp
import pytest

from console.app import Console
from desk.agents import Agent, Role
from desk.audit import AuditFilter
from tests.conftest import HandClock
from tests.console.life import PASSWORD, Browser, Life

PEOPLE, SECURITY, TOKENS = "/console/settings/people", "/console/settings/security", "/console/settings/tokens"
GOOD = "umbrella-teapot-violin"


def link_in(page: str) -> str:
    return re.search(r"/console/link/[\w-]+", page).group()


def token_in(page: str) -> str:
    return re.search(r"fd_[\w-]{20,}", page).group()


async def signs_in(http: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await http.post("/console/sign-in", data={"email": email, "password": password})


def client(services) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(Console(services)), base_url="http://desk.test")


@pytest.fixture
async def boss(browser: Browser, life: Life) -> Agent:
    """An administrator who is signed in."""
    agent = await life.hires("Boss", Role.ADMIN)
    await browser.sign_in(agent)
    return agent


async def test_somebody_is_invited_chooses_a_password_and_signs_in(services, browser: Browser, boss: Agent):
    page = (await browser.press(f"{PEOPLE}/invite", email="Wu@Example.com", name="Wu Gang", role="supervisor")).text
    link = link_in(page)
    async with client(services) as http:
        assert (await signs_in(http, "wu@example.com", "")).status_code == 401
        for weak in ("short", "password1234", "wugang2026", "qwertyuiop12"):
            assert (await http.post(link, data={"password": weak, "again": weak})).status_code == 422
        assert (await http.post(link, data={"password": GOOD, "again": GOOD + "x"})).status_code == 422
        assert (await http.post(link, data={"password": GOOD, "again": GOOD, "name": "Wu"})).status_code == 200
        assert (await http.post(link, data={"password": GOOD, "again": GOOD})).status_code == 404, "a link works once"
        assert (await signs_in(http, "wu@example.com", GOOD)).status_code == 303
    found = await services.store.read(lambda tx: tx.agents.find_by_email("wu@example.com"))
    assert (found[0].name, found[0].role) == ("Wu", Role.SUPERVISOR)


@pytest.mark.parametrize(("days", "works"), [(6, True), (8, False)])
async def test_an_invitation_lasts_a_week(services, days: int, works: bool):
    clock = HandClock()
    served = replace(services, clock=clock)
    await Life(served).hires("Boss", Role.ADMIN)
    async with client(served) as http:
        browser = Browser(http)
        await signs_in(http, "boss@example.com", PASSWORD)
        link = link_in((await browser.press(f"{PEOPLE}/invite", email="wu@example.com")).text)
        clock.forward(timedelta(days=days))
        assert ((await http.get(link)).status_code == 200) is works


async def test_who_is_deactivated_is_out_at_once_and_back_when_reactivated(
    services, browser: Browser, life: Life, boss: Agent
):
    lin = await life.hires("Lin")
    token = {"Authorization": f"Bearer {await life.token_of(lin)}"}
    async with client(services) as http:
        await signs_in(http, lin.email, PASSWORD)
        assert (await http.get("/api/v1/agents", headers=token)).status_code == 200
        await browser.press(f"{PEOPLE}/{lin.id}/deactivate")
        assert (await http.get("/console/inbox")).status_code == 303
        assert (await http.get("/api/v1/agents", headers=token)).status_code == 401
        assert (await signs_in(http, lin.email, PASSWORD)).status_code == 401
        await browser.press(f"{PEOPLE}/{lin.id}/reactivate")
        assert (await signs_in(http, lin.email, PASSWORD)).status_code == 303


async def test_the_last_administrator_stays(services, browser: Browser, life: Life, boss: Agent):
    for path, fields in ((f"{PEOPLE}/{boss.id}/deactivate", {}), (f"{PEOPLE}/{boss.id}/role", {"role": "agent"})):
        answer = await browser.press(path, **fields)
        assert answer.status_code == 409 and "last administrator" in answer.text
    await life.hires("Second", Role.ADMIN)
    assert (await browser.press(f"{PEOPLE}/{boss.id}/role", role="agent")).status_code == 303


async def test_a_reset_link_replaces_the_password_and_ends_every_session(
    services, browser: Browser, life: Life, boss: Agent
):
    lin = await life.hires("Lin")
    async with client(services) as http:
        await signs_in(http, lin.email, PASSWORD)
        link = link_in((await browser.press(f"{PEOPLE}/{lin.id}/link")).text)
        assert (await http.post(link, data={"password": GOOD, "again": GOOD})).status_code == 200
        assert (await http.get("/console/inbox")).status_code == 303
        assert (await signs_in(http, lin.email, PASSWORD)).status_code == 401
        assert (await signs_in(http, lin.email, GOOD)).status_code == 303


async def test_changing_ones_own_password_wants_the_old_one_and_signs_out_other_browsers(
    services, browser: Browser, life: Life
):
    lin = await life.hires("Lin")
    await browser.sign_in(lin)
    async with client(services) as other:
        await signs_in(other, lin.email, PASSWORD)
        new = {"password": GOOD, "again": GOOD}
        assert (await browser.press(f"{SECURITY}/password", old="a guess", **new)).status_code == 422
        assert (await browser.press(f"{SECURITY}/password", old=PASSWORD, **new)).status_code == 303
        assert (await other.get("/console/inbox")).status_code == 303
    assert (await browser.http.get("/console/inbox")).status_code == 200


async def with_app(services, browser: Browser, agent: Agent) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an authenticator app; returns it and the recovery codes."""
    await browser.press(f"{SECURITY}/second-step")
    step = await services.store.read(lambda tx: tx.accounts.find_second_step(agent.id))
    app = pyotp.TOTP(step.secret)
    page = await browser.press(f"{SECURITY}/second-step/confirm", code=app.at(services.clock.now()))
    return app, re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", page.text)


async def test_with_a_second_step_the_password_alone_opens_nothing_and_each_code_opens_once(services):
    clock = HandClock()
    served = replace(services, clock=clock)
    lin = await Life(served).hires("Lin")
    async with client(served) as http, client(served) as thief:
        browser = Browser(http)
        await browser.sign_in(lin)
        app, recovery = await with_app(served, browser, lin)
        assert len(set(recovery)) == 10
        clock.forward(timedelta(minutes=1))
        page = await signs_in(thief, lin.email, PASSWORD)
        assert page.status_code == 200 and not page.cookies
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.text).group(1)

        async def tries(code: str, proof: str = ticket) -> int:
            return (await thief.post("/console/sign-in/code", data={"ticket": proof, "code": code})).status_code

        assert await tries("000000") == 401
        assert await tries(app.at(clock.now()), f"{lin.id}.1.forged") == 401
        assert await tries(app.at(clock.now())) == 303
        assert await tries(app.at(clock.now())) == 401, "a code opens once"
        assert await tries(recovery[0]) == 303
        assert await tries(recovery[0]) == 401, "a recovery code opens once"
        clock.forward(timedelta(minutes=6))
        assert await tries(app.at(clock.now())) == 401, "the password is asked again after five minutes"


async def test_a_role_that_must_have_a_second_step_is_led_to_set_it_up(services):
    strict = replace(services, settings=services.settings.model_copy(update={"second_step_required": "admin"}))
    boss = await Life(strict).hires("Boss", Role.ADMIN)
    async with client(strict) as http:
        await signs_in(http, boss.email, PASSWORD)
        sent = await http.get("/console/inbox")
        assert (sent.status_code, sent.headers["location"]) == (303, SECURITY)
        csrf = re.search(r'name="csrf" value="([^"]+)"', (await http.get(SECURITY)).text).group(1)
        await http.post(f"{SECURITY}/second-step", data={"csrf": csrf})
        step = await strict.store.read(lambda tx: tx.accounts.find_second_step(boss.id))
        code = pyotp.TOTP(step.secret).at(strict.clock.now())
        await http.post(f"{SECURITY}/second-step/confirm", data={"csrf": csrf, "code": code})
        assert (await http.get("/console/inbox")).status_code == 200


async def test_a_browser_elsewhere_is_seen_and_signed_out_by_its_owner_and_by_an_administrator(
    services, browser: Browser, life: Life, boss: Agent
):
    lin = await life.hires("Lin")
    async with client(services) as phone, client(services) as desk:
        await phone.post("/console/sign-in", data={"email": lin.email, "password": PASSWORD},
                         headers={"User-Agent": "A phone"})
        mine = Browser(desk)
        await mine.sign_in(lin)
        page = (await desk.get(SECURITY)).text
        assert "A phone" in page and "this browser" in page
        other = re.search(r'name="session" value="(\w+)"', page).group(1)
        await mine.press(f"{SECURITY}/sessions/end", session=other)
        assert (await phone.get("/console/inbox")).status_code == 303
        assert (await desk.get("/console/inbox")).status_code == 200
        await browser.press(f"{PEOPLE}/{lin.id}/sessions/end")
        assert (await desk.get("/console/inbox")).status_code == 303


async def test_a_token_that_may_only_read_reads_and_changes_nothing_until_it_is_revoked(
    services, browser: Browser, life: Life
):
    lin = await life.hires("Lin")
    talk = await life.writes("hello")
    await browser.sign_in(lin)
    page = (await browser.press(TOKENS, name="report", role="auditor", days="30")).text
    token = {"Authorization": f"Bearer {token_in(page)}"}
    assert (await browser.http.get(f"/api/v1/conversations/{talk}", headers=token)).status_code == 200
    assert (await browser.http.post(f"/api/v1/conversations/{talk}/claim", headers=token)).status_code == 403
    assert (await browser.http.get("/api/v1/audit", headers=token)).status_code == 403, "no more than the account"
    shown = (await browser.http.get(TOKENS)).text
    assert token_in(page) not in shown
    await browser.press(re.search(rf"{TOKENS}/\w+/revoke", shown).group())
    assert (await browser.http.get("/api/v1/agents", headers=token)).status_code == 401


async def test_a_token_ends_on_its_day(services):
    clock = HandClock()
    served = replace(services, clock=clock)
    lin = await Life(served).hires("Lin")
    async with client(served) as http:
        browser = Browser(http)
        await browser.sign_in(lin)
        token = {"Authorization": f"Bearer {token_in((await browser.press(TOKENS, name='x', days='30')).text)}"}
        clock.forward(timedelta(days=29))
        assert (await http.get("/api/v1/agents", headers=token)).status_code == 200
        clock.forward(timedelta(days=2))
        assert (await http.get("/api/v1/agents", headers=token)).status_code == 401


async def test_a_service_has_tokens_but_cannot_sign_in(services, browser: Browser, boss: Agent):
    page = await browser.press(f"{PEOPLE}/service", name="Booking system", role="agent")
    token = token_in((await browser.press(page.headers["location"] + "/tokens", name="sync")).text)
    answer = await browser.http.get("/api/v1/customers", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert (await signs_in(browser.http, "booking-system@service.invalid", "")).status_code == 401


async def test_whatever_happens_to_an_account_is_audited_without_its_secrets(services, browser: Browser, boss: Agent):
    page = (await browser.press(f"{PEOPLE}/invite", email="wu@example.com")).text
    found = await services.store.read(lambda tx: tx.agents.find_by_email("wu@example.com"))
    await browser.press(f"{PEOPLE}/{found[0].id}/role", role="auditor")
    await browser.press(f"{PEOPLE}/{found[0].id}/deactivate")
    await browser.press(TOKENS, name="mine")
    entries = await services.store.read(lambda tx: tx.audit.list_page(AuditFilter()))
    assert [entry.action for entry in reversed(entries)] == [
        "session.opened", "account.invited", "account.role-changed", "account.deactivated", "token.added",
    ]
    assert {entry.actor for entry in entries} == {boss.id}
    assert link_in(page).rsplit("/", 1)[1] not in str(entries) and "fd_" not in str(entries)
