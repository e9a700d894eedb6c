"""The satisfaction programme: an indicator that fell short gets a plan, and a person who answers for it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from benchmarks.history import fill
from campaigns.templates import CSAT
from crm_store.store import SqlTransaction
from desk.agents import Agent, Role
from insights.programme import Cycle, ProgrammeIndicator, Source, Standing, cycles, measured
from tests.console.life import Browser, Life
from wiring.services import Services

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YEAR = datetime(2025, 12, 31, 17, tzinfo=UTC)  # 1 January in Shanghai


def indicator(source: Source, target: float) -> ProgrammeIndicator:
    return ProgrammeIndicator("i", "n", source, target, Cycle.MONTH, "a", NEW_YEAR)


def test_cycles_are_whole_months_and_quarters_of_the_business_s_calendar() -> None:
    months = cycles(Cycle.MONTH, NEW_YEAR, SHANGHAI, 3)
    assert [(each.first, each.last) for each in months] == [
        (date(2025, 11, 1), date(2025, 11, 30)), (date(2025, 12, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 31)),
    ]
    quarters = cycles(Cycle.QUARTER, NEW_YEAR, SHANGHAI, 2)
    assert [(each.first, each.last) for each in quarters] == [
        (date(2025, 10, 1), date(2025, 12, 31)), (date(2026, 1, 1), date(2026, 3, 31)),
    ]


@pytest.mark.parametrize(("source", "target", "value", "standing"), [
    (Source.CSAT, 0.8, 0.8, Standing.MET), (Source.CSAT, 0.8, 0.79, Standing.SHORT),
    (Source.FIRST_RESPONSE, 300, 299.0, Standing.MET), (Source.REOPENED, 0.05, 0.06, Standing.SHORT),
    (Source.RATING, 4, None, Standing.NOTHING),
])
def test_a_target_is_met_from_the_right_side(source: Source, target: float, value: float, standing: Standing) -> None:
    december, january = cycles(Cycle.MONTH, NEW_YEAR, SHANGHAI, 2)
    assert measured(indicator(source, target), december, value, 40, NEW_YEAR).standing is standing
    assert measured(indicator(source, target), january, value, 40, NEW_YEAR).standing is Standing.RUNNING


@pytest.fixture
async def lead(services: Services, life: Life) -> Agent:
    await services.store.transact(lambda tx: fill(tx.connection, 300, services.clock.now()))
    return await life.hires("Sun", Role.SUPERVISOR)


async def test_an_indicator_that_fell_short_gets_a_plan_with_an_owner(http: httpx.AsyncClient, life: Life, lead: Agent):
    head = {"Authorization": f"Bearer {await life.token_of(lead)}"}
    base = "/api/v1/programme"
    body = {"name": "Happy guests", "source": "csat", "target": 0.99, "owner": lead.id}
    made = (await http.post(f"{base}/indicators", json=body, headers=head)).json()
    finished = [each for each in made["cycles"] if each["standing"] != "running"]
    assert made["needs_plan"] and finished[-1]["standing"] == "short" and 0 < finished[-1]["value"] < 0.99
    plan = {"cause": "Rooms are late", "action": "A second shift", "owner": lead.id, "due_on": "2030-01-31"}
    planned = (await http.post(f"{base}/indicators/{made['id']}/plans", json=plan, headers=head)).json()
    assert (planned["cycle_first"], planned["value"]) == (finished[-1]["first"], finished[-1]["value"])
    (again,) = (await http.get(f"{base}/indicators", headers=head)).json()["items"]
    assert not again["needs_plan"] and again["plans"][0]["action"] == "A second shift"
    ended = await http.post(f"{base}/plans/{planned['id']}/finish", json={"outcome": "4.6 in May"}, headers=head)
    assert ended.json()["done_at"] is not None
    twice = await http.post(f"{base}/plans/{planned['id']}/finish", json={"outcome": "again"}, headers=head)
    assert twice.status_code == 409
    met = await http.patch(f"{base}/indicators/{made['id']}", json={"target": 0.01}, headers=head)
    assert met.json()["cycles"][-2]["standing"] == "met"
    refused = await http.post(f"{base}/indicators/{made['id']}/plans", json=plan, headers=head)
    assert refused.status_code == 409
    await http.patch(f"{base}/indicators/{made['id']}", json={"archived": True}, headers=head)
    assert (await http.get(f"{base}/indicators", headers=head)).json()["items"] == []


@pytest.mark.parametrize(("change", "field"), [
    ({"name": " "}, "name"), ({"source": "luck"}, "source"), ({"target": 80}, "target"), ({"owner": "nobody"}, "owner"),
    ({"source": "survey:x:y"}, "source"),
])
async def test_what_cannot_be_an_indicator_is_refused_with_its_field(
    http: httpx.AsyncClient, life: Life, lead: Agent, change: dict[str, object], field: str
):
    head = {"Authorization": f"Bearer {await life.token_of(lead)}"}
    body = {"name": "n", "source": "csat", "target": 0.8, "owner": lead.id, **change}
    answer = await http.post("/api/v1/programme/indicators", json=body, headers=head)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_plan_is_made_on_the_page_and_a_fault_keeps_what_was_written(
    http: httpx.AsyncClient, browser: Browser, lead: Agent
):
    await browser.sign_in(lead)
    done = await browser.press("/console/programme/indicators", name="Fast", source="first_response", target="0.01",
                               cycle="month", owner=lead.id)
    assert done.status_code == 303, done.text
    page = (await http.get("/console/programme")).text
    assert "fell short" in page and "≤ 1 s" in page
    address = page.split('action="/console/programme/indicators/', 1)[1].split("/", 1)[0]
    wrong = await browser.press(f"/console/programme/indicators/{address}/plans", cause="Too few at noon", action=" ",
                                owner=lead.id, due_on="2030-01-31")
    assert wrong.status_code == 422 and "Too few at noon" in wrong.text and "Say what will be done." in wrong.text
    await browser.press(f"/console/programme/indicators/{address}/plans", cause="Too few at noon", action="Shift lunch",
                        owner=lead.id, due_on="2030-01-31")
    page = (await http.get("/console/programme")).text
    assert "Shift lunch" in page and "Save the plan" not in page


async def test_the_target_of_a_survey_s_csat_is_written_in_percent(
    http: httpx.AsyncClient, browser: Browser, life: Life, services: Services
) -> None:
    lead = await life.hires("Chen", Role.SUPERVISOR)
    await browser.sign_in(lead)

    def ask(tx: SqlTransaction) -> str:
        made = tx.surveys.add("How was it?", CSAT, lead.id, life.now())
        return tx.surveys.publish(made.id, lead.id, life.now()).id

    survey = await services.store.transact(ask)
    new = {"name": "Guests", "source": f"survey:{survey}:csat", "owner": lead.id}
    refused = await browser.press("/console/programme/indicators", target="850", **new)
    assert refused.status_code == 422 and 'value="850"' in refused.text
    await browser.press("/console/programme/indicators", target="85%", **new)
    (made,) = await services.store.read(lambda tx: tx.programme.list_indicators())
    assert made.target == 0.85 and "≥ 85.0%" in (await http.get("/console/programme")).text
    await browser.press(f"/console/programme/indicators/{made.id}/target", target="90")
    assert (await services.store.read(lambda tx: tx.programme.get(made.id))).target == 0.9
