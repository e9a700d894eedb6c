"""Service levels: policies by page and by calls, and the clocks where people work."""

import httpx
import pytest

from desk.agents import Role
from tests.console.life import Browser, Life, complaint
from tests.console.test_rest import Caller, caller

POLICY = {"name": "Complaints", "subjects": ["ticket"], "kinds": ["complaint"], "targets": {"first_response": 3600},
          "around_the_clock": True}


@pytest.fixture
async def admin(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life, "Ada", Role.ADMIN)


async def test_a_policy_is_made_changed_and_removed_by_calls_and_its_clocks_follow(admin: Caller, life: Life):
    made = await admin("POST", "/sla/policies", json={**POLICY, "escalate_to": [admin.agent.id]})
    assert made.status_code == 201, made.text
    await life.writes("dirty", effects=[complaint("dirty room")])
    (clock,) = (await admin("GET", "/sla/clocks?outcome=running")).json()["items"]
    assert (clock["metric"], clock["target"], clock["subject"]) == ("first_response", 3600, "ticket")
    path = f"/sla/policies/{made.json()['id']}"
    changed = await admin("PUT", path, json={**POLICY, "targets": {"first_response": 600}, "version": 1})
    assert changed.json()["version"] == 2
    assert (await admin("PUT", path, json={**POLICY, "version": 1})).status_code == 409
    query = f"subject=ticket&matter={clock['matter']}"
    (nearer,) = (await admin("GET", f"/sla/clocks?{query}")).json()["items"]
    assert nearer["target"] == 600 and nearer["due_at"] < clock["due_at"]
    assert (await admin("DELETE", path)).status_code == 204
    assert (await admin("GET", "/sla/policies")).json()["items"] == []
    actions = [each["action"] for each in (await admin("GET", "/audit?action=sla_policy")).json()["items"]]
    assert sorted(actions) == ["sla_policy.removed", "sla_policy.saved", "sla_policy.saved"]


@pytest.mark.parametrize(("wrong", "field"), [
    ({"targets": {}}, "targets"), ({"name": " "}, "name"), ({"escalate_to": ["nobody"]}, "escalate_to"),
    ({"targets": {"first_response": 10**9}}, "targets"), ({"warn_percent": 100}, "warn_percent"),
])
async def test_a_policy_that_cannot_be_is_refused_naming_the_field(admin: Caller, wrong: dict, field: str):
    answer = await admin("POST", "/sla/policies", json={**POLICY, **wrong})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_an_administrator_writes_a_policy_on_its_page_and_staff_see_the_clock(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Ada", Role.ADMIN))
    form = {"name": "Fast", "position": "1", "warn_percent": "80", "active": "1", "version": "0",
            "first_response-amount": "soon", "first_response-unit": "hours", "tiers": "Gold, Platinum"}
    wrong = await browser.press("/console/settings/sla/save", **form)
    assert wrong.status_code == 422
    assert "at least one target" in wrong.text
    assert 'value="soon"' in wrong.text and 'value="Gold, Platinum"' in wrong.text
    good = form | {"first_response-amount": "1.5", "tiers": ""}
    assert (await browser.press("/console/settings/sla/save", **good)).status_code == 303
    assert "1 h 30 min" in (await browser.http.get("/console/settings/sla")).text
    await life.writes("dirty", effects=[complaint("dirty room")])
    link = (await browser.http.get("/console/tickets")).text.split('href="/console/tickets/', 2)[2].split('"')[0]
    page = (await browser.http.get(f"/console/tickets/{link}")).text
    assert 'class="clock running"' in page and "1 h 29 min left" in page


async def test_an_agent_reads_the_policies_but_cannot_change_them(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Lin"))
    assert "There is no policy yet" in (await browser.http.get("/console/settings/sla")).text
    assert (await browser.press("/console/settings/sla/save", name="x")).status_code == 403
    assert (await browser.http.get("/console/settings/sla/new")).status_code == 403
