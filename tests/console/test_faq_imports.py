"""Files of articles on their way in and out."""

import asyncio
import io
from datetime import timedelta

import httpx
import openpyxl
import pytest

from crm_store.article_history import FaqAction
from crm_store.store import SqlStore
from desk.agents import Role
from desk.errors import Conflict
from desk.faq import ArticleStatus, Extras, FaqArticle, Link, Phrasing, Wish
from desk.faq_imports import ImportState
from desk.messages import Language
from knowledge_base.exchange import Format, render_articles
from tests.conftest import HandClock
from tests.console.life import Browser, Life
from wiring.faq_changes import carry_out
from wiring.faq_imports import LOST_AFTER, FaqImports
from wiring.services import Services
from wiring.uploads import Uploads

EN = Language.EN


def shelf(count: int) -> list[FaqArticle]:
    return [FaqArticle(f"a{n:05}", (Phrasing(f"Question {n}?", EN),), {EN: f"Answer {n}."}) for n in range(count)]


@pytest.fixture
def imports(store: SqlStore, clock: HandClock, tmp_path) -> FaqImports:
    return FaqImports(store, Uploads(tmp_path / "uploads", store), clock)


async def test_a_dry_run_says_what_would_change_and_only_then_it_does(
    imports: FaqImports, store: SqlStore, clock: HandClock
) -> None:
    base = shelf(3)
    await store.transact(lambda tx: tx.articles.put_all(base[:2], clock.now()))
    content = "id,question,answer,language\na00000,Question 0?,Better.,en\na00001,Question 1?,Answer 1.,en\n"
    content += "a00002,Question 2?,Answer 2.,en\n"
    job = await imports.settled(await imports.start("faq.csv", content.encode(), "lin"))
    assert job.state is ImportState.READY and job.plan is not None
    assert (job.plan.added, job.plan.changed, job.plan.same) == (1, 1, 1)
    assert job.plan.changes[0].fields == (("answer.en", "Answer 0.", "Better."),)
    assert (await store.read(lambda tx: tx.articles.get("a00000"))).answers == {EN: "Answer 0."}
    await imports.apply(job.id)
    done = await imports.settled(job.id)
    assert (done.state, done.done, done.total) == (ImportState.DONE, 3, 3)
    assert (await store.read(lambda tx: tx.articles.get("a00000"))).answers == {EN: "Better."}
    assert done.revision is not None
    made = done.revision
    await carry_out(store, lambda tx: tx.articles.plan_undo(made), clock.now(), by="", action=FaqAction.UNDONE)
    assert (await store.read(lambda tx: tx.articles.get("a00000"))).answers == {EN: "Answer 0."}
    with pytest.raises(Conflict):
        await imports.apply(job.id)


async def test_columns_the_file_lacks_stay_as_they_are(
    imports: FaqImports, store: SqlStore, clock: HandClock
) -> None:
    kept = FaqArticle("a", (Phrasing("q", EN),), {EN: "x"}, "house", ("t",), ArticleStatus.REVIEW, owner="l@x.com")
    await store.transact(lambda tx: tx.articles.put_all([kept], clock.now()))
    job = await imports.settled(await imports.start("a.csv", b"id,question,language\na,other,en\n", ""))
    await imports.apply(job.id)
    await imports.settled(job.id)
    found = await store.read(lambda tx: tx.articles.get("a"))
    assert (found.phrasings, found.answers, found.category, found.tags, found.status, found.owner) == (
        (Phrasing("other", EN),), {EN: "x"}, "house", ("t",), ArticleStatus.REVIEW, "l@x.com"
    )


PARKED = FaqArticle(
    "a", (Phrasing("Where do I park?", EN),), {EN: "Behind the house."},
    extras={EN: Extras((Link("Map", "https://example.com/old"),), (), (Wish.PERSON,))},
)


@pytest.mark.parametrize(("name", "content"), [
    ("a.csv", b"id,question,language,links\na,Where do I park?,en,Plan | https://example.com/new\n"),
    ("a.json", b'{"articles": [{"id": "a", "phrasings": [{"text": "Where do I park?", "language": "en"}], "extras": '
               b'{"en": {"links": [{"title": "Plan", "url": "https://example.com/new"}], "buttons": '
               b'["request_human"]}}}]}'),
])  # fmt: skip
async def test_a_file_without_answers_gives_the_answers_that_are_there_other_links(
    imports: FaqImports, store: SqlStore, clock: HandClock, name: str, content: bytes
) -> None:
    await store.transact(lambda tx: tx.articles.put_all([PARKED], clock.now()))
    job = await imports.settled(await imports.start(name, content, ""))
    assert job.plan is not None and job.plan.warnings == (), job.faults
    await imports.apply(job.id)
    assert (await imports.settled(job.id)).state is ImportState.DONE
    found = await store.read(lambda tx: tx.articles.get("a"))
    assert found.extras == {EN: Extras((Link("Plan", "https://example.com/new"),), (), (Wish.PERSON,))}
    assert found.answers == PARKED.answers


async def test_the_check_names_the_rows_whose_links_and_buttons_have_no_answer_to_go_with(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    content = ("id,question,answer,language,links,buttons\n"
               "a,Where do I park?,Behind the house.,en,Map | https://example.com,\n"
               "a,停车在哪里,,zh-Hans,地图 | https://example.com/zh,request_human\n").encode()
    imports, lin = services.faq_imports, await life.hires("Lin", Role.SUPERVISOR)
    job = await imports.settled(await imports.start("a.csv", content, lin.id))
    assert job.state is ImportState.READY and job.plan is not None
    assert [(one.row, one.column, one.value) for one in job.plan.warnings] == [
        (3, "links", "zh-Hans"), (3, "buttons", "zh-Hans")
    ]
    await browser.sign_in(lin)
    page = (await http.get(f"/console/faq/exchange/imports/{job.id}")).text
    assert "no answer in this language (zh-Hans)" in page and "Import now" in page
    await imports.apply(job.id)
    assert (await imports.settled(job.id)).state is ImportState.DONE
    found = await services.store.read(lambda tx: tx.articles.get("a"))
    assert found.extras == {EN: Extras((Link("Map", "https://example.com"),))}


async def test_many_articles_come_in_or_none_does(
    imports: FaqImports, store: SqlStore, clock: HandClock
) -> None:
    content = render_articles(shelf(1_500), Format.CSV)
    job = await imports.settled(await imports.start("faq.csv", content, ""))
    await imports.apply(job.id)
    await imports.cancel(job.id)
    stopped = await imports.settled(job.id)
    assert stopped.state is ImportState.CANCELLED
    assert await store.read(lambda tx: tx.articles.count()) == 0
    again = await imports.settled(await imports.start("faq.csv", content, ""))
    await imports.apply(again.id)
    assert (await imports.settled(again.id)).state is ImportState.DONE
    kept = await store.read(lambda tx: tx.articles.list_all())
    assert render_articles(kept, Format.CSV) == content


async def test_what_a_dead_process_laid_down_is_never_seen_and_goes_with_the_next_import(
    imports: FaqImports, store: SqlStore, clock: HandClock
) -> None:
    dead = await imports.settled(await imports.start("a.csv", render_articles(shelf(3), Format.CSV), ""))
    applying = (dead.id, ImportState.READY, ImportState.APPLYING, clock.now())
    await store.transact(lambda tx: tx.faq_imports.move(*applying))
    await store.transact(lambda tx: tx.articles.laid_down.add(dead.id, tx.articles.plan_edit(shelf(3)).rows, 0))
    clock.forward(LOST_AFTER + timedelta(seconds=1))
    assert (await imports.get(dead.id)).state is ImportState.FAILED
    assert await store.read(lambda tx: (tx.articles.count(), tx.articles.revision())) == (0, 0)
    job = await imports.settled(await imports.start("b.csv", b"id,question,answer\nb,q,a\n", ""))
    await imports.apply(job.id)
    assert (await imports.settled(job.id)).state is ImportState.DONE
    assert await store.read(lambda tx: (tx.articles.count(), tx.articles.laid_down.keys())) == (1, [])


async def test_a_process_that_stops_ends_its_import_and_nothing_has_changed(
    store: SqlStore, clock: HandClock, tmp_path
) -> None:
    begun = asyncio.Event()

    async def embed_for_ever(_articles: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    imports = FaqImports(store, Uploads(tmp_path / "uploads", store), clock, embed_for_ever)
    content = "id,question,answer,language\na00000,Question 0?,Answer 0.,en\n"
    job = await imports.settled(await imports.start("faq.csv", content.encode(), "lin"))
    await imports.apply(job.id)
    await begun.wait()
    async with asyncio.timeout(5):
        await imports.close()
    clock.forward(timedelta(minutes=2))
    assert (await imports.get(job.id)).state is ImportState.FAILED
    assert await store.read(lambda tx: (tx.articles.count(), tx.articles.laid_down.keys())) == (0, [])


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b"\xff\xfe\x00"), ("a.xlsx", b"PK\x03\x04broken"), ("a.json", b"[" * 90_000), ("a.yaml", b"a: [")],
)
async def test_a_broken_file_says_so_and_the_articles_there_are_stay_live(
    imports: FaqImports, store: SqlStore, clock: HandClock, name: str, content: bytes
) -> None:
    await store.transact(lambda tx: tx.articles.put_all(shelf(1), clock.now()))
    job = await imports.settled(await imports.start(name, content, ""))
    assert job.state is ImportState.BROKEN and job.faults[0].message
    with pytest.raises(Conflict):
        await imports.apply(job.id)
    assert await store.read(lambda tx: tx.articles.count()) == 1


async def test_an_edit_between_check_and_import_stops_it(
    imports: FaqImports, store: SqlStore, clock: HandClock
) -> None:
    (article,) = shelf(1)
    await store.transact(lambda tx: tx.articles.put_all([article], clock.now()))
    job = await imports.settled(await imports.start("a.csv", b"id,question,answer\na00000,q,from the file\n", ""))
    edited = FaqArticle(article.id, article.phrasings, {EN: "from Lin"})
    await store.transact(lambda tx: tx.articles.put_all([edited], clock.now()))
    await imports.apply(job.id)
    assert (await imports.settled(job.id)).faults[0].message == "edited_meanwhile"
    assert (await store.read(lambda tx: tx.articles.get(article.id))).answers == {EN: "from Lin"}


async def test_an_admin_imports_a_table_from_taiwan_over_the_page(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    bad = {"file": ("faq.csv", "id,question,language\nx,怎麼去,klingon\n,沒有編號,\n".encode("big5"))}
    started = await http.post("/console/faq/exchange", data={"csrf": await browser.csrf()}, files=bad)
    await services.faq_imports.settled(started.headers["location"].rsplit("/", 1)[1])
    page = (await http.get(started.headers["location"])).text
    assert "2 faults" in page and "Unknown language" in page and "Every row needs the id" in page
    good = {"file": ("faq.csv", "id,question,answer\nway,怎麼去,坐船。\n".encode("big5"))}
    started = await http.post("/console/faq/exchange", data={"csrf": await browser.csrf()}, files=good)
    place = started.headers["location"]
    await services.faq_imports.settled(place.rsplit("/", 1)[1])
    assert "1 new, 0 changed" in (await http.get(place)).text
    await browser.press(f"{place}/apply")
    await services.faq_imports.settled(place.rsplit("/", 1)[1])
    assert "Imported: 1 new" in (await http.get(place)).text
    sheet = (await http.get("/console/faq/exchange/export?format=xlsx")).content
    assert openpyxl.load_workbook(io.BytesIO(sheet)).worksheets[0]["B2"].value == "怎麼去"
    wrong = {"file": ("faq.exe", b"x")}
    refused = await http.post("/console/faq/exchange", data={"csrf": await browser.csrf()}, files=wrong)
    assert refused.status_code == 422 and "must end in .csv" in refused.text


async def test_nothing_is_published_without_an_answer_and_a_new_article_lacking_one_is_a_draft(
    imports: FaqImports, store: SqlStore, clock: HandClock
) -> None:
    await store.transact(lambda tx: tx.articles.put_all(shelf(1), clock.now()))
    content = "id,question,answer,status,note\na00000,Question 0?,,,\nnew,Question 1?,,published,\n"
    job = await imports.settled(await imports.start("faq.csv", content.encode(), ""))
    assert [(one.row, one.column, one.code) for one in job.faults] == [
        (2, "answer", "no_answer"), (3, "answer", "no_answer"),
    ]
    ready = await imports.settled(await imports.start("faq.csv", b"id,question,answer,note\nnew,Question 1?,,x\n", ""))
    assert ready.plan is not None
    assert (ready.plan.added, ready.plan.drafts, ready.plan.ignored) == (1, 1, ("note",))
    await imports.apply(ready.id)
    await imports.settled(ready.id)
    assert (await store.read(lambda tx: tx.articles.get("new"))).status is ArticleStatus.DRAFT
    empty = await imports.settled(await imports.start("faq.csv", b"id,question\n", ""))
    assert [one.code for one in empty.faults] == ["no_articles"]


async def test_a_change_late_in_a_long_answer_is_seen_in_the_dry_run(
    imports: FaqImports, store: SqlStore, clock: HandClock
) -> None:
    long = "All rooms are quiet. " * 40
    article = FaqArticle("a", (Phrasing("Quiet?", EN),), {EN: f"{long}At seven."})
    await store.transact(lambda tx: tx.articles.put_all([article], clock.now()))
    content = f"id,question,answer,language\na,Quiet?,{long}At eight.,en\n"
    job = await imports.settled(await imports.start("faq.csv", content.encode(), ""))
    assert job.plan is not None
    ((_, before, after),) = job.plan.changes[0].fields
    assert before.endswith("At seven.") and after.endswith("At eight.")


async def test_an_admin_reads_what_is_wrong_in_a_file_in_their_language(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    await browser.press("/console/language", language="zh-Hant")
    bad = {"file": ("faq.csv", b"id,question,language\nx,what,klingon\n")}
    started = await http.post("/console/faq/exchange", data={"csrf": await browser.csrf()}, files=bad)
    await services.faq_imports.settled(started.headers["location"].rsplit("/", 1)[1])
    page = (await http.get(started.headers["location"])).text
    assert "沒有這種語言" in page and "Unknown language" not in page


async def test_the_report_on_a_large_base_shows_the_first_rows_and_its_downloads_all(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    await services.store.transact(lambda tx: tx.articles.put_all(shelf(600), life.now()))
    await browser.sign_in(await life.hires("Lin", Role.SUPERVISOR))
    page = (await http.get("/console/faq/report")).text
    assert page.count("/console/faq/article?id=") == 500 and "The first 500 of 600 rows" in page
    table = (await http.get("/console/faq/report?figure=neglected&as=csv")).text
    assert len(table.splitlines()) == 601
