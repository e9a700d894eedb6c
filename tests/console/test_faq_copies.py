"""A published article is rewritten in peace: customers get the old one until somebody publishes the new one."""

import httpx
import pytest

from desk.agents import Role
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.messages import Language
from tests.console.life import Browser, Life
from wiring.services import Services

EN = Language.EN
POOL = FaqArticle("pool", (Phrasing("When does the pool open?", EN),), {EN: "At seven."})
SAVE = "/console/faq/article"
OURS = {
    "id": "pool", "version": "1", "status": "published", "phrasings.en": "When does the pool open?",
    "answer.en": "At eight, from June on.",
}


@pytest.fixture(autouse=True)
async def pool(services: Services, life: Life, browser: Browser) -> None:
    await services.store.transact(lambda tx: tx.articles.put_all([POOL], life.now()))
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))


async def answer(services: Services) -> str:
    await services.faq.refresh()
    return (await services.faq.search("When does the pool open?")).matches[0].answer


async def test_customers_get_the_published_answer_until_the_working_copy_is_published(
    services: Services, browser: Browser, http: httpx.AsyncClient
) -> None:
    kept = await browser.press(SAVE, **OURS, working="1")
    assert kept.headers["location"].endswith("id=pool&copy=1&said=faq_copy_saved")
    assert await answer(services) == "At seven."
    plain, copy = (await http.get(f"{SAVE}?id=pool")).text, (await http.get(f"{SAVE}?id=pool&copy=1")).text
    assert "Lin wrote a working copy" in plain and ">At seven.</textarea>" in plain
    assert "<ins>eight, from June on</ins>" in copy and ">At eight, from June on.</textarea>" in copy
    assert "working copy" in (await http.get("/console/faq")).text
    published = await browser.press(SAVE, **OURS, number="1")
    assert published.headers["location"].endswith("said=faq_saved")
    assert await answer(services) == "At eight, from June on."
    assert "wrote a working copy" not in (await http.get(f"{SAVE}?id=pool")).text
    (newest, _) = await services.store.read(lambda tx: tx.articles.history.list_of("pool"))
    assert (newest.change.agent, newest.change.note) == ("Lin", "working copy")


async def test_a_working_copy_that_is_thrown_away_leaves_the_article_as_it_is(
    services: Services, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.press(SAVE, **OURS, working="1")
    await browser.press("/console/faq/copy/discard", id="pool")
    assert await answer(services) == "At seven."
    assert "working copy (" not in (await http.get(f"{SAVE}?id=pool")).text
    assert (await browser.press("/console/faq/copy/discard", id="pool")).status_code == 404


async def test_publishing_over_a_later_edit_shows_both_and_loses_nothing(
    services: Services, life: Life, browser: Browser
) -> None:
    await browser.press(SAVE, **OURS, working="1")
    edited = FaqArticle("pool", POOL.phrasings, {EN: "Closed for repairs."}, "leisure")
    await services.store.transact(lambda tx: tx.articles.put_all([edited], life.now()))
    both = await browser.press(SAVE, **OURS, number="1")
    assert both.status_code == 409 and "Closed for repairs." in both.text and "At eight, from June on." in both.text
    assert 'name="version" value="2"' in both.text and 'value="leisure"' in both.text
    assert await answer(services) == "Closed for repairs."
    again = await browser.press(SAVE, **{**OURS, "version": "2", "category": "leisure"}, number="1")
    assert again.status_code == 303 and await answer(services) == "At eight, from June on."


async def test_two_who_save_a_working_copy_at_once_see_both(browser: Browser, services: Services) -> None:
    await browser.press(SAVE, **OURS, working="1")
    other = await browser.press(SAVE, **{**OURS, "answer.en": "At nine."}, working="1")
    assert other.status_code == 409 and "At eight, from June on." in other.text and "At nine." in other.text
    copy = await services.store.read(lambda tx: tx.faq_copies.find("pool"))
    assert copy is not None and copy.fields["answer.en"] == "At eight, from June on."


async def test_a_program_writes_compares_and_publishes_a_working_copy(
    services: Services, life: Life, http: httpx.AsyncClient
) -> None:
    wu = await life.hires("Wu", Role.SUPERVISOR)
    agent = await life.hires("Ann")
    headers = {"Authorization": f"Bearer {await life.token_of(wu)}"}
    place = "/api/v1/faq/articles/pool/working-copy"
    body = {
        "phrasings": [{"text": "When does the pool open?", "language": "en"}],
        "answers": [{"text": "At ten.", "language": "en"}], "base": 1,
    }
    assert (await http.get(place, headers=headers)).status_code == 404
    saved = await http.put(place, json=body, headers=headers)
    assert (saved.status_code, saved.json()["number"], saved.json()["agent"]) == (200, 1, "Wu")
    assert (await http.put(place, json=body, headers=headers)).status_code == 409
    low = {"Authorization": f"Bearer {await life.token_of(agent)}"}
    assert (await http.put(place, json={**body, "number": 1}, headers=low)).status_code == 403
    assert await answer(services) == "At seven."
    published = await http.post(f"{place}/publish", headers=headers)
    assert published.json()["answers"][0]["text"] == "At ten."
    assert (await http.delete(place, headers=headers)).status_code == 404
    assert await answer(services) == "At ten."


async def test_a_working_copy_is_checked_like_an_article(browser: Browser) -> None:
    nothing = {**OURS, "answer.en": "", "status": ArticleStatus.PUBLISHED.value}
    refused = await browser.press(SAVE, **nothing, working="1")
    assert refused.status_code == 422
