"""Compensation, causes and categories, by page and by calls."""

from uuid import uuid4

import httpx
import pytest

from desk.agents import Role
from desk.audit import AuditFilter
from tests.console.life import Browser, Life, complaint
from tests.console.test_rest import Caller, caller
from wiring.services import Services


@pytest.fixture
async def boss(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life, "Boss", Role.SUPERVISOR)


@pytest.fixture
async def admin(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life, "Ada", Role.ADMIN)


async def ticket_of(life: Life, call: Caller) -> str:
    await life.writes("dirty", effects=[complaint("dirty room")])
    return (await call("GET", "/tickets")).json()["items"][0]["id"]


async def test_compensation_above_the_limit_waits_for_somebody_else(
    http: httpx.AsyncClient, life: Life, boss: Caller, admin: Caller
):
    agent = await caller(http, life)
    limits = [{"role": role, "unit": "CNY", "amount": amount}
              for role, amount in (("agent", 10_000), ("supervisor", 50_000))]
    assert (await agent("PUT", "/compensation-limits", json=limits)).status_code == 403
    assert (await admin("PUT", "/compensation-limits", json=limits)).json()["items"] == limits
    path = f"/tickets/{await ticket_of(life, agent)}/compensations"
    body = {"remedy": "refund", "amount": 20_000, "currency": "cny", "key": "proposal-1"}
    made = (await agent("POST", path, json=body)).json()
    assert (made["stage"], made["unit"]) == ("proposed", "CNY")
    assert (await agent("POST", path, json=body)).json()["id"] == made["id"]
    one = f"/compensations/{made['id']}"
    assert (await agent("POST", f"{one}/approve")).status_code == 409
    assert (await agent("POST", f"{one}/carry-out")).status_code == 409
    assert (await boss("POST", f"{one}/approve")).json()["decided_by"] == boss.agent.id
    done = (await agent("POST", f"{one}/carry-out")).json()
    assert (done["stage"], done["carried_out_by"]) == ("carried_out", agent.agent.id)
    assert (await agent("GET", "/compensations?stage=carried_out")).json()["items"] == [done]
    actions = [each["action"] for each in (await admin("GET", "/audit?action=compensation.")).json()["items"]]
    assert actions == ["compensation.carried_out", "compensation.approved", "compensation.proposed"]


async def test_the_page_shows_what_was_wrong_keeps_it_and_hides_what_ones_role_may_not_do(
    browser: Browser, life: Life, boss: Caller
):
    lin = await life.hires("Lin")
    await browser.sign_in(lin)
    path = f"/console/tickets/{await ticket_of(life, boss)}"
    form = {"remedy": "refund", "amount": "a lot", "currency": "CNY", "key": uuid4().hex, "note": "for the night"}
    wrong = await browser.press(f"{path}/compensations", **form)
    assert wrong.status_code == 422
    assert "Write an amount such as 128.50" in wrong.text and 'value="a lot"' in wrong.text
    assert (await browser.press(f"{path}/compensations", **form | {"amount": "128.50"})).status_code == 303
    page = (await browser.http.get(path)).text
    assert "¥128.50" in page and "waits for approval" in page and "/approve" not in page
    (item,) = (await boss("GET", "/compensations")).json()["items"]
    own = await browser.press(f"{path}/compensations/{item['id']}/approve")
    assert own.status_code == 409 and "Somebody else must decide" in own.text
    assert (await browser.press(f"{path}/compensations/{item['id']}/refuse", reason="no")).status_code == 403


async def test_causes_are_named_by_supervisors_chosen_on_complaints_and_counted(
    browser: Browser, life: Life, boss: Caller
):
    await browser.sign_in(await life.hires("Wu", Role.SUPERVISOR))
    assert (await browser.press("/console/causes", en=" ")).status_code == 422
    assert (await browser.press("/console/causes", en="Boiler", zh_hans="锅炉")).status_code == 303
    (cause,) = (await boss("GET", "/causes")).json()["items"]
    path = f"/console/tickets/{await ticket_of(life, boss)}"
    assert (await browser.press(f"{path}/properties", cause=cause["id"], priority="normal")).status_code == 303
    improved = await browser.press(f"/console/causes/{cause['id']}/improvements", text="Checked weekly")
    assert improved.status_code == 303
    page = (await browser.http.get("/console/causes")).text
    assert "complaints: 1" in page and "Checked weekly" in page and "Too recent to compare" in page
    assert (await boss("GET", "/causes")).json()["items"][0]["complaints"] == 1


async def test_categories_form_a_tree_that_the_list_filters_by(browser: Browser, life: Life, boss: Caller):
    room = (await boss("POST", "/ticket-categories", json={"names": {"en": "Room"}})).json()["id"]
    bath = (await boss("POST", "/ticket-categories", json={"names": {"en": "Bath"}, "parent": room})).json()["id"]
    ticket = await ticket_of(life, boss)
    assert (await boss("PATCH", f"/tickets/{ticket}", json={"category": bath})).json()["category"] == bath
    await browser.sign_in(await life.hires("Wu", Role.SUPERVISOR))
    assert "T-1001" in (await browser.http.get(f"/console/tickets?category={room}")).text, "also what is below"
    used = await browser.press(f"/console/settings/categories/{bath}/remove")
    assert used.status_code == 409 and "rename it instead" in used.text
    assert (await boss("DELETE", f"/ticket-categories/{room}")).status_code == 409
    await boss("PATCH", f"/tickets/{ticket}", json={"category": None})
    assert (await boss("DELETE", f"/ticket-categories/{bath}")).status_code == 204


async def test_an_administrator_sets_the_limits_on_their_page(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Ada", Role.ADMIN))
    form = {"unit": "twd", "agent": "1500", "supervisor": "x", "admin": ""}
    wrong = await browser.press("/console/settings/compensation", **form)
    assert wrong.status_code == 422 and 'value="x"' in wrong.text
    assert (await browser.press("/console/settings/compensation", **form | {"supervisor": "9000.5"})).status_code == 303
    page = (await browser.http.get("/console/settings/compensation")).text
    assert 'value="TWD"' in page and 'value="1500.00"' in page and 'value="9000.50"' in page


async def test_who_changed_causes_and_categories_is_in_the_audit_log(services: Services, boss: Caller):
    cause = (await boss("POST", "/causes", json={"names": {"en": "Boiler"}})).json()["id"]
    await boss("PUT", f"/causes/{cause}", json={"names": {"en": "Boilers"}, "active": False})
    await boss("POST", f"/causes/{cause}/improvements", json={"text": "Checked weekly"})
    room = (await boss("POST", "/ticket-categories", json={"names": {"en": "Room"}})).json()["id"]
    await boss("PUT", f"/ticket-categories/{room}", json={"names": {"en": "Rooms"}})
    await boss("DELETE", f"/ticket-categories/{room}")
    entries = await services.store.read(lambda tx: tx.audit.list_page(AuditFilter()))
    wanted = {("cause.added", cause), ("cause.changed", cause), ("cause.improved", cause),
              ("ticket_category.added", room), ("ticket_category.renamed", room), ("ticket_category.removed", room)}
    assert wanted <= {(entry.action, entry.subject.split(":")[1]) for entry in entries}
    assert "Checked weekly" not in str([entry.facts for entry in entries])
