"""What staff see of customers' value: the report, the care list, the card, the filters; and programs the same."""

from datetime import timedelta

import httpx
import pytest

from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.customers import Customer, Order
from insights.value_rules import ValueRules
from tests.console.life import Browser, Life
from wiring.services import Services
from wiring.valuing import count_values

LIMITS = ValueRules(recency_cuts=(30, 90, 180, 360), frequency_cuts=(2, 3, 5, 8), money_cuts=(500, 1000, 3000, 8000))


@pytest.fixture
async def counted(services: Services) -> None:
    """Ann comes each month, Bob came each month and has stopped, Cai just came; Dan never ordered."""
    now = services.clock.now()

    def order(number: str, name: str, days_ago: int, amount: int) -> Order:
        return Order(number, name, "A stay", "completed", amount, "CNY", now - timedelta(days=days_ago))

    def fill(tx: SqlTransaction) -> None:
        tx.values.save_rules(LIMITS, now)
        for name in ("ann", "bob", "cai", "dan"):
            tx.customers.add(Customer(name, name.title(), None, "", 0, "", "", True, now))
        tx.orders.put_all([order(f"A{n}", "ann", 10 + 30 * n, 90_000) for n in range(10)])
        tx.orders.put_all([order(f"B{n}", "bob", 300 + 30 * n, 80_000) for n in range(10)])
        tx.orders.put_all([order("C1", "cai", 2, 30_000)])

    await services.store.transact(fill)
    assert await count_values(services) is not None


@pytest.fixture
async def head(life: Life) -> dict[str, str]:
    return {"Authorization": f"Bearer {await life.token_of(await life.hires('Sun', Role.SUPERVISOR))}"}


async def test_the_report_says_who_is_worth_what_and_who_may_be_leaving(
    browser: Browser, http: httpx.AsyncClient, life: Life, counted: None
):
    await browser.sign_in(await life.hires("Sun", Role.SUPERVISOR))
    page = (await http.get("/console/reports/value")).text
    assert "Champions" in page and "usually order every 30 days" in page
    file = (await http.get("/console/reports/value?as=csv&figure=segments")).text
    assert "Champions,1,33.3%,9000,52.0%" in file
    care = (await http.get("/console/reports/value?as=csv&figure=care")).text.splitlines()
    assert len(care) == 2 and care[1].startswith("Bob,Can't lose,Class A,8000,")
    book = await http.get("/console/reports/value?as=xlsx&figure=all")
    assert book.status_code == 200 and book.content[:2] == b"PK"


async def test_one_press_makes_a_campaign_of_the_care_list_or_of_a_segment(
    browser: Browser, http: httpx.AsyncClient, life: Life, counted: None
):
    await browser.sign_in(await life.hires("Sun", Role.SUPERVISOR))
    assert 'href="/console/campaigns/new?audience=care"' in (await http.get("/console/reports/value")).text
    assert "Customers who fit now: 1" in (await http.get("/console/campaigns/new?audience=care")).text
    page = (await http.get("/console/campaigns/new?segment=champions")).text
    assert "Customers who fit now: 1" in page and ">Ann<" in page
    assert "Customers who fit now: 4" in (await http.get("/console/campaigns/new?segment=nonsense")).text


async def test_agents_see_the_value_on_the_card_and_filter_the_list_by_it(
    browser: Browser, http: httpx.AsyncClient, life: Life, counted: None
):
    await browser.sign_in(await life.hires("Mei", Role.AGENT))
    card = (await http.get("/console/customers/bob")).text
    assert "Can&#39;t lose" in card and "about every 30 days" in card and "¥8,000.00" in card
    listed = (await http.get("/console/customers?risk=high")).text
    assert "Customers who fit: 1" in listed and ">Bob<" in listed and ">Ann<" not in listed
    assert "No customer fits." in (await http.get("/console/customers?segment=lost")).text
    assert (await http.get("/console/customers?segment=nonsense")).status_code == 200
    assert (await http.get("/console/reports/value")).status_code == 403


async def test_an_administrator_decides_how_it_is_counted(
    browser: Browser, http: httpx.AsyncClient, life: Life, services: Services, counted: None
):
    await browser.sign_in(await life.hires("Root", Role.ADMIN))
    good = {"currency": "cny", "rates": "USD 7.1\nTWD 0.22", "margin": "50", "discount": "10", "years": "3",
            "retention": "50", "recency_cuts": "30 60 90 180", "frequency_cuts": "", "money_cuts": ""}
    refused = await browser.press("/console/settings/value", **{**good, "rates": "seven dollars each"})
    assert refused.status_code == 422
    assert "such as USD 7.1" in refused.text and "seven dollars each" in refused.text and "30 60 90 180" in refused.text
    assert (await browser.press("/console/settings/value", **good)).status_code == 303
    assert "Being counted now" in (await http.get("/console/reports/value")).text
    await count_values(services)
    ann = await services.store.read(lambda tx: tx.values.find("ann"))
    assert ann is not None and ann.margin == 450_000
    kept = (await http.get("/console/settings/value")).text
    assert "USD 7.1" in kept and "30 60 90 180" in kept


async def test_programs_get_the_same_figures(http: httpx.AsyncClient, head: dict[str, str], counted: None):
    report = (await http.get("/api/v1/reports/value", headers=head)).json()
    assert {each["group"]: each["customers"] for each in report["segments"] if each["customers"]} == {
        "champions": 1, "cant_lose": 1, "new": 1,
    }
    assert report["counted_at"].endswith("Z") and report["currency"] == "CNY"
    (bob,) = (await http.get("/api/v1/reports/value/care", headers=head)).json()["items"]
    assert (bob["customer"], bob["value"]["risk"], bob["open_complaints"]) == ("bob", "high", 0)
    first = (await http.get("/api/v1/reports/value/customers?limit=2", headers=head)).json()
    rest = (await http.get(f"/api/v1/reports/value/customers?cursor={first['next']}", headers=head)).json()
    assert [each["customer"] for each in first["items"] + rest["items"]] == ["ann", "bob", "cai"]
    assert rest["next"] is None
    listed = (await http.get("/api/v1/customers?abc=a", headers=head)).json()["items"]
    assert [each["id"] for each in listed] == ["ann", "bob"]
    assert (await http.get("/api/v1/customers?abc=z", headers=head)).status_code == 422
    dan = (await http.get("/api/v1/customers/dan", headers=head)).json()
    assert dan["value"] is None
    assert (await http.post("/api/v1/reports/value/count", headers=head)).status_code == 202
    assert (await http.put("/api/v1/reports/value/rules", headers=head, json={})).status_code == 403


async def test_a_customer_s_time_zone_is_set_on_their_page_and_by_programs(
    browser: Browser, http: httpx.AsyncClient, life: Life, head: dict[str, str], counted: None
):
    await browser.sign_in(await life.hires("Mei", Role.AGENT))
    assert (await browser.press("/console/customers/ann/time-zone", time_zone="Asia/Taipei")).status_code == 303
    assert (await http.get("/api/v1/customers/ann", headers=head)).json()["time_zone"] == "Asia/Taipei"
    wrong = await browser.press("/console/customers/ann/time-zone", time_zone="Taipei, near the river")
    assert wrong.status_code == 422
    assert "There is no such time zone" in wrong.text and "Taipei, near the river" in wrong.text
    refused = await http.patch("/api/v1/customers/ann", headers=head, json={"time_zone": "Mars/Olympus"})
    assert (refused.status_code, refused.json()["field"]) == (422, "time_zone")
    changed = await http.patch("/api/v1/customers/ann", headers=head, json={"time_zone": ""})
    assert changed.json()["time_zone"] == ""
    assert (await http.patch("/api/v1/customers/zed", headers=head, json={"time_zone": ""})).status_code == 404
