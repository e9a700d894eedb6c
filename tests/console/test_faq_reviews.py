"""Who keeps an article is told when it is due to be read again: in the console, once an article and date."""

from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest

from desk.agents import Agent, Role
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.messages import Language
from gateway.housekeeping import Housekeeper
from gateway.metrics import Metrics
from tests.console.life import Browser, Life
from wiring.services import Services, today

EN = Language.EN


def article(name: str, owner: str, review_by: date, **more: object) -> FaqArticle:
    fields = {"status": ArticleStatus.PUBLISHED, **more}
    return FaqArticle(name, (Phrasing(f"{name}?", EN),), {EN: "Yes."}, owner=owner, review_by=review_by, **fields)


async def due(services: Services, agent: Agent) -> list[str]:
    return [each.article_id for each in await services.store.read(lambda tx: tx.faq_reviews.list_due(agent.id))]


@pytest.fixture
async def lin(life: Life) -> Agent:
    return await life.hires("Lin", Role.SUPERVISOR)


async def a_day_begins(services: Services, day: date, supervisors: list[str]) -> list[str]:
    now = services.clock.now()
    return await services.store.transact(lambda tx: tx.faq_reviews.call(day, supervisors, now))


async def test_the_owner_is_told_on_the_day_and_never_again_of_that_date(
    services: Services, life: Life, lin: Agent
) -> None:
    grace, day = await life.hires("Grace"), date(2026, 6, 1)
    articles = [
        article("pool", "Grace@example.com", day), article("sauna", "grace@example.com", day + timedelta(days=1)),
        article("old", "grace@example.com", day, status=ArticleStatus.ARCHIVED),
        article("bar", "left@example.com", day),
    ]
    await services.store.transact(lambda tx: tx.articles.put_all(articles, life.now()))
    assert await a_day_begins(services, day - timedelta(days=1), [lin.id]) == []
    assert sorted(await a_day_begins(services, day, [lin.id])) == sorted([grace.id, lin.id])
    assert await due(services, grace) == ["pool"]
    assert await due(services, lin) == ["bar"]  # whose owner has no account
    await services.store.transact(lambda tx: tx.faq_reviews.see(grace.id, life.now(), "pool"))
    assert await a_day_begins(services, day, [lin.id]) == []  # another process, the same day
    assert await a_day_begins(services, day + timedelta(days=1), [lin.id]) == [grace.id]
    assert await due(services, grace) == ["sauna"]  # the pool, still due, is not told again


async def test_a_new_review_day_ends_the_notice_and_brings_another_when_it_comes(
    services: Services, life: Life, lin: Agent
) -> None:
    day = date(2026, 6, 1)
    pool = article("pool", "lin@example.com", day)
    await services.store.transact(lambda tx: tx.articles.put_all([pool], life.now()))
    await a_day_begins(services, day, [])
    assert await due(services, lin) == ["pool"]
    later = replace(pool, review_by=date(2026, 9, 1))
    await services.store.transact(lambda tx: tx.articles.put_all([later], life.now()))
    assert await due(services, lin) == []
    assert await a_day_begins(services, date(2026, 9, 1), []) == [lin.id]
    assert await due(services, lin) == ["pool"]


async def test_the_notice_stands_in_the_frame_and_above_the_articles_until_it_is_opened(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient, lin: Agent
) -> None:
    await browser.sign_in(lin)
    day = today(services.clock, services.settings)
    articles = [article("pool", "lin@example.com", day), article("sauna", "lin@example.com", day)]
    await services.store.transact(lambda tx: tx.articles.put_all(articles, life.now()))
    await Housekeeper(services, "test", Metrics()).sweep()
    assert "Review: 2" in (await http.get("/console/tickets/bell")).text
    page = (await http.get("/console/faq")).text
    assert "Please read these articles again: 2" in page
    await http.get("/console/faq/article?id=pool")
    assert "Review: 1" in (await http.get("/console/tickets/bell")).text
    assert (await browser.press("/console/faq/reviews")).status_code == 303
    assert "Review" not in (await http.get("/console/tickets/bell")).text
    assert "read these articles" not in (await http.get("/console/faq")).text
