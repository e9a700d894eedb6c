"""Articles as editors keep them: nothing is lost, everything can be taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import pytest

from crm_store.article_history import FaqAction
from crm_store.articles import ArticleChange, ArticleFilter
from crm_store.store import SqlStore, SqlTransaction
from desk.errors import Conflict
from desk.faq import ArticleStatus, Extras, FaqArticle, Link, Phrasing, Wish
from desk.messages import Language
from wiring.faq_changes import carry_out

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PARKING = FaqArticle(
    "parking", (Phrasing("停车要钱吗", Language.ZH_HANS), Phrasing("Is parking free?", Language.EN)),
    {Language.ZH_HANS: "免费。", Language.EN: "Yes."}, "services/parking", ("car", "a;b"),
    extras={Language.EN: Extras((Link("Map", "https://example.com"),), (), (Wish.PERSON,), ("Where is it?",))},
    owner="lin@example.com", valid_until=date(2026, 12, 31), review_by=date(2026, 12, 1),
)


async def put(store: SqlStore, *articles: FaqArticle, **how: object) -> int:
    return await store.transact(lambda tx: tx.articles.put_all(articles, NOW, **how))


async def undo(store: SqlStore, revision: int, by: str = "") -> tuple[int, int]:
    """How many articles were restored, and how many left alone."""
    plan = partial(_undo_plan, revision)
    _, change = await carry_out(store, plan, NOW, by=by, action=FaqAction.UNDONE)
    restored = len(change.rows) + len(change.gone)
    return restored, change.asked - restored


def _undo_plan(revision: int, tx: SqlTransaction) -> ArticleChange:
    return tx.articles.plan_undo(revision)


async def titles(store: SqlStore, which: ArticleFilter) -> list[str]:
    return [found.id for found in await store.read(lambda tx: tx.articles.list_page(which=which))]


async def test_an_article_comes_back_with_everything_that_was_written(store: SqlStore) -> None:
    await put(store, PARKING)
    assert await store.read(lambda tx: tx.articles.get("parking")) == PARKING


async def test_history_tells_who_changed_what_and_a_removed_article_comes_back(store: SqlStore) -> None:
    lin = await store.transact(lambda tx: tx.agents.add(
        email="lin@example.com", name="Lin", role="supervisor", password_hash="x", now=NOW))
    await put(store, PARKING)
    dearer = replace(PARKING, answers={**PARKING.answers, Language.EN: "Ten a day."})
    await store.transact(lambda tx: tx.articles.save(dearer, 1, NOW, by=lin.id))
    removed = await store.transact(lambda tx: tx.articles.remove("parking", NOW, by=lin.id))
    versions = await store.read(lambda tx: tx.articles.history.list_of("parking"))
    assert [(one.article.version, one.change.action, one.change.agent, one.deleted) for one in versions] == [
        (3, FaqAction.REMOVED, "Lin", True), (2, FaqAction.EDITED, "Lin", False), (1, FaqAction.IMPORTED, "", False),
    ]
    assert await undo(store, removed, by=lin.id) == (1, 0)
    assert await store.read(lambda tx: tx.articles.get("parking")) == replace(dearer, version=4)


async def test_undoing_a_bulk_edit_leaves_alone_what_was_edited_again(store: SqlStore) -> None:
    lamp = replace(PARKING, id="lamp")
    await put(store, PARKING, lamp)
    archived = [replace(each, status=ArticleStatus.ARCHIVED) for each in (PARKING, lamp)]
    bulk = await put(store, *archived, action=FaqAction.BULK)
    await put(store, replace(lamp, status=ArticleStatus.REVIEW))
    assert await undo(store, bulk) == (1, 1)
    found = await store.read(lambda tx: tx.articles.list_all())
    assert [each.status for each in found] == [ArticleStatus.PUBLISHED, ArticleStatus.REVIEW]


async def test_undoing_an_import_takes_new_articles_away_again(store: SqlStore) -> None:
    made = await put(store, PARKING)
    await undo(store, made)
    assert await store.read(lambda tx: tx.articles.count()) == 0


async def test_saving_what_is_there_already_changes_nothing(store: SqlStore) -> None:
    await put(store, PARKING)
    await put(store, PARKING)
    assert len(await store.read(lambda tx: tx.articles.history.list_of("parking"))) == 1


async def test_the_second_of_two_editors_gets_a_conflict(store: SqlStore) -> None:
    await put(store, PARKING)
    await store.transact(lambda tx: tx.articles.save(replace(PARKING, category="a"), 1, NOW))
    with pytest.raises(Conflict):
        await store.transact(lambda tx: tx.articles.save(replace(PARKING, category="b"), 1, NOW))


async def test_the_list_is_narrowed_by_words_category_tag_owner_and_what_is_overdue(store: SqlStore) -> None:
    await put(store, PARKING, FaqArticle("Wi-Fi", (Phrasing("wifi 密码"),), {None: "x"}, "services-other"))
    assert await titles(store, ArticleFilter(text="停车 钱")) == ["parking"]
    assert await titles(store, ArticleFilter(text="ＷＩＦＩ")) == ["Wi-Fi"]
    assert await titles(store, ArticleFilter(category="services")) == ["parking"]
    assert await titles(store, ArticleFilter(tag="A;B")) == ["parking"]
    assert await titles(store, ArticleFilter(tag="a")) == []
    assert await titles(store, ArticleFilter(owner="lin@example.com")) == ["parking"]
    assert await titles(store, ArticleFilter(overdue_on=date(2026, 12, 2))) == ["parking"]
    assert await titles(store, ArticleFilter(text="100%_")) == []


async def test_when_validity_ends_every_process_hears_of_it_once(store: SqlStore) -> None:
    await put(store, PARKING)
    await store.transact(lambda tx: tx.articles.day_came(date(2026, 12, 30)))
    before = await store.read(lambda tx: tx.articles.revision())
    assert await store.transact(lambda tx: tx.articles.day_came(date(2026, 12, 31))) == 0
    assert await store.transact(lambda tx: tx.articles.day_came(date(2027, 1, 2))) == 1
    assert await store.transact(lambda tx: tx.articles.day_came(date(2027, 1, 2))) == 0
    _, changed, _ = await store.read(lambda tx: tx.articles.changed_since(before))
    assert [each.id for each in changed] == ["parking"]
