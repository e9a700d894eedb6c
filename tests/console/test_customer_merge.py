"""A supervisor joins two profiles of one person, and sees before what they come to together."""

from dataclasses import replace

import httpx

from desk.agents import Role
from tests.console.life import Browser, Life
from tests.console.test_rest import caller
from wiring.services import Services


async def two_profiles(services: Services, life: Life) -> tuple[str, str]:
    first = await life.customer_of(await life.writes("hi", user="a", name="Emma"))
    second = await life.customer_of(await life.writes("hi", user="b", name="Emma Chen"))
    await life.books(second, "SG-1", "Suite")
    await services.store.transact(lambda tx: tx.customers.put(
        replace(tx.customers.get(second), phone="+65 8123", points=40, consent=False)
    ))
    return first, second


async def test_the_preview_says_what_comes_together_and_changes_nothing(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    first, second = await two_profiles(services, life)
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    found = (await http.get(f"/console/customers/{first}/merge?q=Emma")).text
    assert f"/console/customers/{first}/merge?other={second}" in found and f"other={first}" not in found
    page = (await http.get(f"/console/customers/{first}/merge?other={second}")).text
    assert "<strong>+65 8123</strong>" in page and "<strong>refused</strong>" in page
    assert "<strong>Emma</strong>" in page
    unsure = await browser.press(f"/console/customers/{first}/merge", other=second)
    assert unsure.status_code == 422 and "Tick the box first" in unsure.text
    assert (await services.store.read(lambda tx: tx.customers.get(second))).points == 40


async def test_once_sure_the_two_are_one(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    first, second = await two_profiles(services, life)
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    done = await browser.press(f"/console/customers/{first}/merge", other=second, sure="yes")
    assert done.headers["location"] == f"/console/customers/{first}?said=merged"
    assert (await http.get(f"/console/customers/{second}")).status_code == 404
    page = (await http.get(f"/console/customers/{first}")).text
    assert "SG-1" in page and "+65 8123" in page
    assert (await browser.press(f"/console/customers/{first}/merge", other=first, sure="yes")).status_code == 422


async def test_over_the_api_the_preview_is_the_same_and_agents_get_neither(
    services: Services, life: Life, http: httpx.AsyncClient
) -> None:
    first, second = await two_profiles(services, life)
    agent, boss = await caller(http, life), await caller(http, life, "Boss", Role.SUPERVISOR)
    assert (await agent("GET", f"/customers/{first}/merge?other={second}")).status_code == 403
    seen = (await boss("GET", f"/customers/{first}/merge?other={second}")).json()
    assert (seen["together"]["id"], seen["together"]["points"]) == (first, 40)
    assert seen["brings"] == {"identities": 1, "conversations": 1, "tickets": 0, "orders": 1, "ratings": 0}
