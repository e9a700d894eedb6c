"""The business calendar: who changes it, what is refused, and that the whole desk goes by it at once."""

from datetime import datetime, timedelta

import httpx
import pytest

from desk.agents import Role
from tests.console.life import Browser, Life
from tests.console.test_rest import Caller, caller
from wiring.services import Services

PAGE = "/console/settings/calendar"


@pytest.fixture
async def admin(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life, "Ada", Role.ADMIN)


async def test_the_settings_hours_hold_until_somebody_changes_them(admin: Caller):
    found = (await admin("GET", "/calendar")).json()
    assert (found["version"], found["zone"], found["week"]["mon"]) == (0, "Asia/Shanghai", ["00:00-23:59"])
    week = {"mon": ["09:00-12:00", "13:30-18:00"], "sat": ["10:00-24:00"]}
    changed = await admin("PUT", "/calendar/week", json={"zone": "Asia/Taipei", "week": week, "version": 0})
    assert changed.status_code == 200, changed.text
    assert changed.json()["week"] == {"mon": ["09:00-12:00", "13:30-18:00"], "tue": [], "wed": [], "thu": [],
                                      "fri": [], "sat": ["10:00-24:00"], "sun": []}
    late = await admin("PUT", "/calendar/week", json={"zone": "Asia/Taipei", "week": week, "version": 0})
    assert late.status_code == 409


async def test_a_desk_that_is_closed_today_promises_the_next_opening(admin: Caller, life: Life, services: Services):
    today = services.clock.now().astimezone(services.calendar.hours.zone).date()
    assert (await admin("PUT", f"/calendar/holidays/{today}", json={"name": "Stocktaking"})).status_code == 200
    await services.store.transact(lambda tx: tx.agents.left(admin.agent.id))  # nobody is present on a day off
    talk = await life.asks_for_a_person()
    (ticket,) = (await admin("GET", "/tickets")).json()["items"]
    assert ticket["conversation"] == talk
    opens = services.calendar.hours.next_opening(services.clock.now())
    assert opens.date() == today + timedelta(days=1)
    assert datetime.fromisoformat(ticket["promised_by"]) == opens + timedelta(hours=4)
    assert (await admin("DELETE", f"/calendar/holidays/{today}")).status_code == 204
    assert (await admin("DELETE", f"/calendar/holidays/{today}")).status_code == 404


@pytest.mark.parametrize(("body", "field"), [
    ({"zone": "Mars/Olympus", "week": {"mon": ["09:00-18:00"]}}, "zone"),
    ({"zone": "Asia/Taipei", "week": {"mon": ["18:00-09:00"]}}, "week.mon"),
    ({"zone": "Asia/Taipei", "week": {"monday": ["09:00-18:00"]}}, "week"),
    ({"zone": "Asia/Taipei", "week": {}}, "week"),
])
async def test_hours_that_cannot_be_are_refused_naming_the_field(admin: Caller, body: dict, field: str):
    answer = await admin("PUT", "/calendar/week", json={**body, "version": 0})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_an_administrator_edits_the_week_on_the_page_and_a_mistake_keeps_what_was_written(
    browser: Browser, life: Life
):
    await browser.sign_in(await life.hires("Ada", Role.ADMIN))
    page = (await browser.http.get(PAGE)).text
    assert 'value="00:00-23:59"' in page
    week = {f"day-{day}": "09:00-18:00" for day in range(5)}
    wrong = await browser.press(f"{PAGE}/week", zone="Asia/Taipei", version="0", **week | {"day-2": "nine to five"})
    assert wrong.status_code == 422
    assert 'value="nine to five"' in wrong.text and "That is no opening time" in wrong.text
    assert (await browser.press(f"{PAGE}/week", zone="Asia/Taipei", version="0", **week)).status_code == 303
    page = (await browser.http.get(PAGE)).text
    assert page.count('value="09:00-18:00"') == 5 and 'value="Asia/Taipei"' in page
    festival = {"first": "2027-02-05", "until": "2027-02-11", "name": "春节", "spans": ""}
    assert (await browser.press(f"{PAGE}/holidays", **festival)).status_code == 303
    assert (await browser.http.get(PAGE)).text.count("春节") == 7
    assert (await browser.press(f"{PAGE}/holidays/2027-02-11/remove")).status_code == 303
    assert (await browser.http.get(PAGE)).text.count("春节") == 6
    assert (await browser.press(f"{PAGE}/holidays", **festival | {"until": "2026-02-11"})).status_code == 422


async def test_an_agent_reads_the_hours_but_cannot_change_them(browser: Browser, life: Life):
    await browser.sign_in(await life.hires("Lin"))
    page = (await browser.http.get(PAGE)).text
    assert "00:00-23:59" in page and "/week" not in page
    assert (await browser.press(f"{PAGE}/week", zone="Asia/Taipei", version="0")).status_code == 403
