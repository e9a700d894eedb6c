"""An agent keeps the lists they work from: saved under a name, in the side list, and nobody else's."""

import httpx
import pytest

from desk.agents import Role
from tests.console.life import Browser, Life
from tests.console.test_rest import caller


async def test_an_agent_saves_the_present_filter_comes_back_to_it_and_removes_it(
    life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await life.asks_for_a_person(user="a")
    await browser.sign_in(await life.hires("Lin"))
    here = "view=all&channel=telegram&q="
    saved = await browser.press(f"/console/inbox/filters?{here}", name="  Telegram,  all ")
    assert saved.status_code == 303 and "view=all&channel=telegram" in saved.headers["location"]
    page = (await http.get("/console/inbox")).text
    assert '<a class="tag" href="/console/inbox?view=all&amp;channel=telegram">Telegram, all</a>' in page
    there = (await http.get("/console/inbox?view=all&channel=telegram")).text
    assert 'href="/console/inbox?view=all&amp;channel=telegram" aria-current="page">Telegram, all</a>' in there
    [filter_id] = {part.partition('"')[0] for part in there.split('name="filter" value="')[1:]}
    assert (await browser.press("/console/inbox/filters/remove?view=all", filter=filter_id)).status_code == 303
    assert "Telegram, all" not in (await http.get("/console/inbox")).text


async def test_a_search_is_saved_too_and_the_same_name_replaces(
    life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin"))
    await browser.press("/console/inbox/filters?view=mine", name="Wang")
    await browser.press("/console/inbox/filters?view=all&q=Wang Min", name="wang")
    page = (await http.get("/console/inbox")).text
    assert page.count('name="filter"') == 1 and "q=Wang+Min" in page


async def test_a_filter_without_a_name_is_refused_where_it_was_asked_for(life: Life, browser: Browser) -> None:
    await browser.sign_in(await life.hires("Lin"))
    refused = await browser.press("/console/inbox/filters?view=all&channel=slack", name="  ")
    assert refused.status_code == 422 and "Give the filter a name" in refused.text
    for number in range(30):
        await browser.press("/console/inbox/filters?view=all", name=f"filter {number}")
    full = await browser.press("/console/inbox/filters?view=all", name="one more")
    assert full.status_code == 422 and "remove one first" in full.text


async def test_filters_are_the_agents_own_over_the_api_as_well(http: httpx.AsyncClient, life: Life) -> None:
    lin, grace = await caller(http, life), await caller(http, life, "Grace", Role.ADMIN)
    made = await lin("POST", "/inbox/filters", json={"name": "疑难", "view": "waiting", "channel": "wechat"})
    assert made.status_code == 201
    [kept] = (await lin("GET", "/inbox/filters")).json()["items"]
    assert (kept["name"], kept["view"], kept["channel"], kept["q"]) == ("疑难", "waiting", "wechat", "")
    assert (await grace("GET", "/inbox/filters")).json()["items"] == []
    assert (await grace("DELETE", f"/inbox/filters/{kept['id']}")).status_code == 404
    assert (await lin("POST", "/inbox/filters", json={"name": "x", "view": "nowhere"})).status_code == 422
    assert (await lin("DELETE", f"/inbox/filters/{kept['id']}")).status_code == 204


@pytest.mark.parametrize("name", ["疑难客户", "Wang Min"])
async def test_names_and_words_of_filters_are_stored_encrypted(life: Life, browser: Browser, name: str) -> None:
    await browser.sign_in(await life.hires("Lin"))
    await browser.press(f"/console/inbox/filters?view=all&q={name}", name=name)
    raw = await life.services.store.read(
        lambda tx: str(tx.connection.exec_driver_sql("SELECT name, words FROM saved_filters").all())
    )
    assert name not in raw
