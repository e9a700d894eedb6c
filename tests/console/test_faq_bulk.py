"""One edit for all articles that a filter finds, however many pages they fill, taken back at once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx

from console.faq_desk import BulkAction, edit_many, undo
from desk.agents import Role
from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from tests.console.life import Browser, Life
from wiring.faq_changes import DEAD_AFTER
from wiring.services import Services

EN = Language.EN


async def test_everything_the_filters_match_is_edited_and_taken_back(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    shelf = [FaqArticle(f"a{n:03}", (Phrasing(f"Question {n}?", EN),), {EN: "x"}, "old" if n < 120 else "new")
             for n in range(130)]
    await services.store.transact(lambda tx: tx.articles.put_all(shelf, life.now()))
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    assert "all 120 that match" in (await http.get("/console/faq?category=old")).text
    done = await browser.press("/console/faq/bulk?category=old", action="add_tag", value="winter", everything="true")
    async def tagged() -> int:
        return len([1 for each in await services.store.read(lambda tx: tx.articles.list_all()) if each.tags])

    assert await tagged() == 120
    page = (await http.get(done.headers["location"])).text
    revision = page.split('name="revision" value="', 1)[1].split('"', 1)[0]
    await browser.press("/console/faq/undo", revision=revision)
    assert await tagged() == 0


async def test_others_write_on_while_many_articles_are_edited_and_taken_back(
    services: Services, life: Life, browser: Browser
) -> None:
    shelf = [FaqArticle(f"a{n:04}", (Phrasing(f"Question {n}?", EN),), {EN: "x"}) for n in range(1_500)]
    await services.store.transact(lambda tx: tx.articles.put_all(shelf, life.now()))
    lin = await life.hires("Lin", Role.SUPERVISOR)
    ids, written = [each.id for each in shelf], 0

    async def write() -> None:
        nonlocal written
        while True:
            await services.store.transact(lambda tx: tx.events.add("message", None, None, life.now()))
            written += 1

    writing = asyncio.create_task(write())
    revision = await edit_many(services, ids, BulkAction.ADD_TAG, "winter", lin)
    during_edit, written = written, 0
    assert await undo(services, revision, lin) == (1_500, 0)
    writing.cancel()
    assert min(during_edit, written) >= 10  # one transaction would let two of them pass, one before and one after it
    assert not any(each.tags for each in await services.store.read(lambda tx: tx.articles.list_all()))


async def test_an_edit_that_comes_between_is_kept_and_the_bulk_edit_is_made_upon_it(
    services: Services, life: Life
) -> None:
    shelf = [FaqArticle(f"a{n:04}", (Phrasing(f"Question {n}?", EN),), {EN: "x"}) for n in range(300)]
    await services.store.transact(lambda tx: tx.articles.put_all(shelf, life.now()))
    lin = await life.hires("Lin", Role.SUPERVISOR)
    editing = asyncio.create_task(edit_many(services, [each.id for each in shelf], BulkAction.ADD_TAG, "winter", lin))
    while not await services.store.read(lambda tx: tx.articles.laid_down.keys()):  # noqa: ASYNC110 - nobody announces it
        await asyncio.sleep(0)
    better = replace(shelf[299], answers={EN: "better"})
    await services.store.transact(lambda tx: tx.articles.save(better, 1, life.now()))
    await editing
    found = await services.store.read(lambda tx: tx.articles.list_all())
    assert all(each.tags == ("winter",) for each in found)
    assert next(each for each in found if each.id == "a0299").answers == {EN: "better"}
    assert await services.store.read(lambda tx: tx.articles.laid_down.keys()) == []


async def test_a_bulk_edit_whose_process_died_changes_nothing_and_is_forgotten(services: Services, life: Life) -> None:
    article = FaqArticle("a", (Phrasing("Question?", EN),), {EN: "x"})
    await services.store.transact(lambda tx: tx.articles.put_all([article], life.now()))
    lin = await life.hires("Lin", Role.SUPERVISOR)
    began = life.now() - DEAD_AFTER - timedelta(seconds=2)
    key = f"bulk-{int(began.timestamp()):011}-dead"
    dead = replace(article, tags=("lost",))
    await services.store.transact(lambda tx: tx.articles.laid_down.add(key, tx.articles.plan_edit([dead]).rows, 0))
    await edit_many(services, ["a"], BulkAction.CATEGORY, "house", lin)
    found = await services.store.read(lambda tx: tx.articles.get("a"))
    assert (found.tags, found.category) == ((), "house")
    assert await services.store.read(lambda tx: tx.articles.laid_down.keys()) == []
