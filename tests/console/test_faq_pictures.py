"""Pictures of articles: those never saved make room again, those that are used by anything stay."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.effects import FaqAnswered
from desk.faq import Extras, FaqArticle, Phrasing, Picture
from desk.faq_fields import to_fields
from desk.messages import Language
from tests.console.life import Browser, Life
from tests.console.test_rest import caller
from wiring.services import Services

EN = Language.EN
POOL = FaqArticle("pool", (Phrasing("When does the pool open?", EN),), {EN: "At seven."})
DOT = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
WEEK = timedelta(days=7)


async def chosen(services: Services, life: Life, browser: Browser) -> str:
    """The id of a picture that was chosen in the editor, of which nothing is saved yet."""
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    answer = await browser.http.post(
        "/console/faq/picture", data={"csrf": await browser.csrf()}, files={"upload.en": ("map.png", DOT, "image/png")}
    )
    assert answer.status_code == 200
    (kept,) = (services.settings.home / "uploads").iterdir()
    return kept.name


def with_picture(file_id: str) -> FaqArticle:
    return FaqArticle(POOL.id, POOL.phrasings, POOL.answers, extras={EN: Extras(pictures=(Picture(file_id, "map"),))})


async def test_a_picture_that_was_chosen_and_never_saved_is_kept_for_a_week(
    services: Services, life: Life, browser: Browser
) -> None:
    file_id = await chosen(services, life, browser)
    assert await services.uploads.sweep(life.now() + WEEK - timedelta(hours=1)) == 0
    assert (await browser.http.get(f"/files/{file_id}")).content == DOT
    assert await services.uploads.sweep(life.now() + WEEK) == 1
    assert (await browser.http.get(f"/files/{file_id}")).status_code == 404
    assert list((services.settings.home / "uploads").iterdir()) == []


def _in_an_article(tx: SqlTransaction, file_id: str, life: Life) -> None:
    tx.articles.put_all([with_picture(file_id)], life.now())


def _in_an_earlier_version(tx: SqlTransaction, file_id: str, life: Life) -> None:
    tx.articles.put_all([with_picture(file_id)], life.now())
    tx.articles.put_all([POOL], life.now())


def _in_a_removed_article(tx: SqlTransaction, file_id: str, life: Life) -> None:
    tx.articles.put_all([with_picture(file_id)], life.now())
    tx.articles.remove("pool", life.now())


def _in_a_working_copy(tx: SqlTransaction, file_id: str, life: Life) -> None:
    tx.articles.put_all([POOL], life.now())
    tx.faq_copies.put("pool", to_fields(with_picture(file_id)), 1, 0, "", life.now())


@pytest.mark.parametrize("use", [
    _in_an_article, _in_an_earlier_version, _in_a_removed_article, _in_a_working_copy,
])
async def test_a_picture_that_may_be_shown_again_stays(
    services: Services, life: Life, browser: Browser, use: Callable[[SqlTransaction, str, Life], None]
) -> None:
    file_id = await chosen(services, life, browser)
    await services.store.transact(lambda tx: use(tx, file_id, life))
    for days in (8, 800):
        assert await services.uploads.sweep(life.now() + timedelta(days=days)) == 0
    assert (await browser.http.get(f"/files/{file_id}")).content == DOT


async def test_a_customer_who_is_erased_takes_no_picture_of_an_article_along(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    file_id = await chosen(services, life, browser)
    await services.store.transact(lambda tx: _in_an_article(tx, file_id, life))
    talk = await life.writes("When does the pool open?", effects=[
        FaqAnswered("pool", "When does the pool open?", "en", "en"),
    ])
    customer = await life.customer_of(talk)
    heard = await services.store.read(lambda tx: tx.messages.list_of([talk]))
    assert [each.file_id for message in heard for each in message.attachments] == [file_id], "it was sent along"
    boss = await caller(http, life, "Boss", Role.ADMIN)
    assert (await boss("POST", f"/customers/{customer}/erase", json={"confirm": True})).json()["erased"]
    assert (await http.get(f"/files/{file_id}")).content == DOT
