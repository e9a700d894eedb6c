"""The reports as pages, as files and over REST: three views of the same figures."""

import io

import httpx
import openpyxl
import pytest

from benchmarks.history import fill
from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.effects import FaqAnswered
from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from tests.console.asked import campaign_with_answers
from tests.console.life import Browser, Life
from wiring.services import Services

pytestmark = pytest.mark.usefixtures("past")


@pytest.fixture
async def past(services: Services) -> None:
    """Three hundred conversations of the last 90 days."""
    await services.store.transact(lambda tx: fill(tx.connection, 300, services.clock.now()))


@pytest.fixture
async def token(life: Life) -> str:
    return await life.token_of(await life.hires("Chen", Role.SUPERVISOR))


async def rest(http: httpx.AsyncClient, token: str, path: str) -> httpx.Response:
    return await http.get(f"/api/v1/reports/{path}", headers={"Authorization": f"Bearer {token}"})


async def workbook(http: httpx.AsyncClient, path: str) -> openpyxl.Workbook:
    answer = await http.get(f"/console/reports{path}")
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


async def test_files_and_rest_say_the_same(http: httpx.AsyncClient, browser: Browser, life: Life, token: str):
    await browser.sign_in(await life.hires("Sun", Role.SUPERVISOR))
    book = await workbook(http, "?range=90d&as=xlsx&figure=all")
    assert book.sheetnames == ["Key figures", "New conversations", "Solved by the assistant", "Why people were needed",
                               "Backlog"]
    first = next(book["New conversations"].iter_rows(min_row=2, max_col=1, values_only=True))[0]
    days = f"from={first:%Y-%m-%d}"
    items = (await rest(http, token, f"indicators?{days}")).json()["items"]
    assert [row[2] for row in book["Key figures"].iter_rows(min_row=2, values_only=True)] == [
        item["cases"] for item in items
    ]
    volume = (await rest(http, token, f"volume?{days}")).json()["items"]
    totals = [row[-1] for row in book["New conversations"].iter_rows(min_row=2, values_only=True)]
    assert totals[:-1] == [item["conversations"] for item in volume] and totals[-1] == sum(totals[:-1]) > 290
    speeds = await workbook(http, "/speed?range=90d&by=channel&as=xlsx&figure=response-by")
    page = {row[0]: (row[1], round(row[2].total_seconds())) for row in
            speeds.active.iter_rows(min_row=2, values_only=True)}
    for line in (await rest(http, token, f"speed?{days}&by=channel")).json()["first_response"]:
        name = {"wechat": "WeChat", "webchat": "web chat"}.get(line["group"], line["group"].title())
        assert page[name] == (line["cases"], round(line["median"]))


async def test_every_conversation_comes_once_page_by_page(http: httpx.AsyncClient, token: str):
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await rest(http, token, f"conversations?limit=30&cursor={cursor}")).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    volume = (await rest(http, token, "volume")).json()["items"]
    assert len(seen) == len(set(seen)) == sum(item["conversations"] for item in volume)


@pytest.mark.parametrize(("asked", "says"), [
    ("from=2026-05-02&to=2026-05-01", "the first day lies after the last"),
    ("from=2019-01-01&to=2026-05-01", "a report covers at most three years"),
    ("from=yesterday", "Input should be a valid date"),
])
async def test_days_that_are_no_period_are_refused_with_the_reason(
    http: httpx.AsyncClient, token: str, asked: str, says: str
):
    answer = await rest(http, token, f"volume?{asked}")
    assert answer.status_code == 422
    assert answer.json()["field"] == "from" and answer.json()["detail"].startswith(says)


async def test_reports_are_for_supervisors_and_auditors(http: httpx.AsyncClient, browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Lin"))
    refused = await http.get("/console/reports")
    assert refused.status_code == 403 and "/console/reports" not in (await http.get("/console/inbox")).text
    await browser.sign_in(await life.hires("Audrey", Role.AUDITOR))
    for page in ("", "/speed?by=weekday&time=calendar", "/satisfaction?by=topic", "/conversations?channel=wechat"):
        assert (await http.get(f"/console/reports{page}")).status_code == 200


@pytest.mark.parametrize("asked", [
    "?range=soon&by=luck&channel=fax&time=tea", "?from=%00&to=999999", "?figure=x&as=pdf",
])
async def test_an_address_that_means_nothing_shows_the_usual_report(
    http: httpx.AsyncClient, browser: Browser, life: Life, asked: str
):
    await browser.sign_in(await life.hires("Sun", Role.SUPERVISOR))
    assert (await http.get(f"/console/reports/speed{asked}")).status_code == 200
    assert (await http.get("/console/reports?as=csv&figure=nothing")).status_code == 404


async def test_results_over_rest_are_those_of_the_page(
    http: httpx.AsyncClient, browser: Browser, life: Life, services: Services, token: str
):
    sun = await life.hires("Sun", Role.SUPERVISOR)
    await browser.sign_in(sun)
    campaign = await campaign_with_answers(services, sun.id)
    address, head = f"/campaigns/{campaign}/results", {"Authorization": f"Bearer {token}"}
    found = (await http.get(f"/api/v1{address}?by=tier", headers=head)).json()
    page = await http.get(f"/console{address}?as=xlsx&figure=by-tier&by=tier")
    rows = list(openpyxl.load_workbook(io.BytesIO(page.content)).active.iter_rows(min_row=2, values_only=True))
    ours = {group["group"] or "none named": group["figure"] for group in found["groups"]}
    assert {row[0]: row[1] for row in rows} == pytest.approx({name: one["value"] for name, one in ours.items()})
    assert {row[0]: row[4] for row in rows} == {name: one["count"] for name, one in ours.items()}
    assert found["planned"] == found["reached"] == 60
    question = found["questions"][0]
    assert question["figure"]["count"] == sum(question["answers"].values()) == found["answered"]
    said = (await http.get(f"/api/v1{address}/verbatims?q=豐富&limit=500", headers=head)).json()["items"]
    assert "早餐很丰富" in {item["text"] for item in said} <= {"早餐很丰富", "早餐很豐富"}
    assert (await http.get("/api/v1/campaigns/nobody/results", headers=head)).status_code == 404
    assert (await http.get(f"/api/v1{address}?question=improve", headers=head)).status_code == 404


async def test_topics_are_called_by_their_names_in_the_readers_language(
    http: httpx.AsyncClient, browser: Browser, life: Life, services: Services
):
    def names(tx: SqlTransaction) -> None:
        tx.articles.put_all([FaqArticle("pool", (Phrasing("Pool?", Language.EN),), {}, category="fun")], life.now())
        tx.conversation_topics.name_categories({"fun": {"en": "Leisure", "zh-Hans": "休闲"}})

    await services.store.transact(names)
    talk = await life.writes("Pool?", effects=[FaqAnswered("pool", "Pool?", "en")])
    await browser.sign_in(await life.hires("Sun", Role.SUPERVISOR, locale="en"))
    assert "Leisure" in (await http.get(f"/console/conversations/{talk}")).text
    await browser.sign_in(await life.hires("Chen", Role.SUPERVISOR, locale="zh-Hant"))
    assert "休闲" in (await http.get(f"/console/conversations/{talk}")).text  # the other script stands in
    assert talk in (await http.get("/console/inbox?view=all&topic=faq:fun")).text
    assert talk not in (await http.get("/console/inbox?view=all&topic=points")).text
