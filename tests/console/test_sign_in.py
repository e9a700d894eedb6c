from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from console.app import Console
from tests.conftest import HandClock
from tests.console.life import PASSWORD, Browser, Life

ANY_PAGE = "/console/inbox"


async def test_staff_sign_in_with_e_mail_and_password_and_reach_the_inbox(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Lin"))
    assert (await browser.http.get(ANY_PAGE)).status_code == 200


async def test_a_stranger_signs_in_and_lands_where_they_wanted_to_go(http: httpx.AsyncClient, life: Life):
    agent = await life.hires("Lin")
    sent = await http.get("/console/tickets")
    assert sent.headers["location"] == "/console/sign-in?next=/console/tickets"
    answer = await http.post("/console/sign-in", data={
        "email": agent.email, "password": PASSWORD, "next": "/console/tickets",
    })
    assert answer.headers["location"] == "/console/tickets"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/console/\\x"])
async def test_signing_in_never_leads_to_another_site(http: httpx.AsyncClient, life: Life, elsewhere: str):
    agent = await life.hires("Lin")
    answer = await http.post("/console/sign-in", data={
        "email": agent.email, "password": PASSWORD, "next": elsewhere,
    })
    assert answer.headers["location"] == "/console/inbox"


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(http: httpx.AsyncClient, life: Life):
    agent = await life.hires("Lin")
    wrong = await http.post("/console/sign-in", data={"email": agent.email, "password": "guess number one"})
    unknown = await http.post("/console/sign-in", data={"email": "wu@example.com", "password": "guess number one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace(agent.email, "") == unknown.text.replace("wu@example.com", "")
    assert not wrong.cookies


async def test_after_five_wrong_passwords_even_the_right_one_waits(http: httpx.AsyncClient, life: Life):
    agent = await life.hires("Lin")
    for guess in range(5):
        await http.post("/console/sign-in", data={"email": agent.email, "password": f"guess number {guess}"})
    answer = await http.post("/console/sign-in", data={"email": agent.email, "password": PASSWORD})
    assert answer.status_code == 429


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(http: httpx.AsyncClient, life: Life):
    agent = await life.hires("Lin")
    answer = await http.post("/console/sign-in", data={"email": agent.email, "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("frontdesk_session=")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie


async def test_behind_https_the_cookie_is_bound_to_host_and_transport(services, life: Life):
    public = replace(services, settings=services.settings.model_copy(update={"public_url": "https://desk.example"}))
    agent = await life.hires("Lin")
    transport = httpx.ASGITransport(Console(public))
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as http:
        answer = await http.post("/console/sign-in", data={"email": agent.email, "password": PASSWORD})
    assert answer.headers["set-cookie"].startswith("__Host-frontdesk_session=")
    assert "Secure" in answer.headers["set-cookie"]


async def test_signing_out_ends_the_session_for_good(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Lin"))
    kept = dict(browser.http.cookies)
    await browser.press("/console/sign-out")
    browser.http.cookies.update(kept)
    assert (await browser.http.get(ANY_PAGE)).status_code == 303


@pytest.mark.parametrize(("steps", "still_in"), [
    ([timedelta(hours=7)] * 3, True), ([timedelta(hours=9)], False), ([timedelta(hours=7)] * 4, False),
], ids=["a busy day", "nine hours of silence", "more than a day"])
async def test_a_session_lasts_a_shift_and_at_most_a_day(services, steps, still_in: bool):
    clock = HandClock()
    served = replace(services, clock=clock)
    agent = await Life(served).hires("Lin")
    transport = httpx.ASGITransport(Console(served))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as http:
        await Browser(http).sign_in(agent)
        for step in steps:
            clock.forward(step)
            answer = await http.get(ANY_PAGE)
    assert (answer.status_code == 200) is still_in


async def test_a_form_from_another_site_changes_nothing(browser: Browser, life: Life):
    agent = await life.hires("Lin")
    await life.staff_is_present(agent)
    talk = await life.asks_for_a_person()
    await browser.sign_in(agent)
    token = await browser.csrf()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await browser.http.post(f"/console/conversations/{talk}/claim", data={"csrf": token}, headers=headers)
        assert answer.status_code == 403
    assert await life.holder(talk) == "queue"


async def test_a_form_without_the_sessions_token_changes_nothing(browser: Browser, life: Life):
    agent = await life.hires("Lin")
    await life.staff_is_present(agent)
    talk = await life.asks_for_a_person()
    await browser.sign_in(agent)
    for token in ({}, {"csrf": "guessed"}):
        assert (await browser.http.post(f"/console/conversations/{talk}/claim", data=token)).status_code == 403
    assert await life.holder(talk) == "queue"


async def test_another_site_cannot_sign_a_browser_in(http: httpx.AsyncClient, life: Life):
    agent = await life.hires("Lin")
    answer = await http.post("/console/sign-in", data={"email": agent.email, "password": PASSWORD},
                             headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403 and not answer.cookies


async def test_every_page_forbids_foreign_scripts_and_frames(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Lin"))
    for path in ("/console/inbox", "/console/tickets", "/console/faq", "/console/deliveries", "/console/sign-in"):
        headers = (await browser.http.get(path, follow_redirects=False)).headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
