"""One edit for all articles that a filter finds, however many pages they fill, taken back at once."""

import httpx

from desk.agents import Role
from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from tests.console.life import Browser, Life
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
