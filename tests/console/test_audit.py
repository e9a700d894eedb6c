"""Who did and saw what stands in the audit log, and only those who may read it do."""

import csv
import io

import httpx
from sqlalchemy import text

from desk.agents import Role
from desk.audit import AuditFilter
from gateway.housekeeping import Housekeeper
from gateway.metrics import Metrics
from tests.console.life import Browser, Life
from tests.console.test_rest import caller
from wiring.anchors import Anchors

SECRET = "my card is 4111 1111 1111 1111"


async def log_of(services) -> list[tuple[str, str]]:
    entries = await services.store.read(lambda tx: tx.audit.list_page(AuditFilter(), limit=500))
    return [(entry.action, entry.subject) for entry in reversed(entries)]


async def test_what_an_agent_sees_and_does_with_a_conversation_is_noted_once_each_and_without_texts(
    services, browser: Browser, life: Life
):
    lin = await life.hires("Lin")
    await life.staff_is_present(lin)
    talk = await life.asks_for_a_person(SECRET)
    await browser.sign_in(lin)
    for _ in range(3):
        await browser.http.get(f"/console/conversations/{talk}")
    await browser.press(f"/console/conversations/{talk}/claim")
    await browser.press(f"/console/conversations/{talk}/reply", text="Thank you, noted", key="key-0001")
    noted = [entry for entry in await log_of(services) if entry[1] == f"conversation:{talk}"]
    actions = [action for action, _ in noted]
    assert actions.count("conversation.viewed") == 1
    assert actions[-1] == "conversation.answered"
    entries = await services.store.read(lambda tx: tx.audit.list_page(AuditFilter(), limit=500))
    assert not any(word in str(entry) for entry in entries for word in ("4111", "Thank you", "Li Xiaolan"))


async def test_sign_ins_are_noted_whether_they_succeed_or_fail(services, http: httpx.AsyncClient, life: Life):
    lin = await life.hires("Lin")
    for email in (lin.email, "nobody@example.com"):
        await http.post("/console/sign-in", data={"email": email, "password": "wrong password"})
    browser = Browser(http)
    await browser.sign_in(lin)
    await browser.press("/console/sign-out")
    who = f"agent:{lin.id}"
    assert await log_of(services) == [
        ("session.refused", who), ("session.refused", "agent:unknown"), ("session.opened", who),
        ("session.closed", who),
    ]


async def test_an_auditor_filters_the_log_checks_it_and_takes_it_along(services, browser: Browser, life: Life):
    lin, wu = await life.hires("Lin"), await life.hires("Wu", Role.AUDITOR)
    talk = await life.writes("hello")
    call = await caller_of(browser.http, life, lin)
    await call(f"/api/v1/conversations/{talk}")
    await browser.sign_in(wu)
    page = (await browser.http.get(f"/console/settings/audit?actor={lin.id}")).text
    assert "saw a conversation" in page and "signed in" not in page.split("<tbody>")[1]
    assert "Intact: all" in (await browser.http.get("/console/settings/audit?check=1")).text
    file = (await browser.http.get("/console/settings/audit/export?action=conversation.")).text
    rows = list(csv.reader(io.StringIO(file.lstrip("\ufeff"))))
    assert [row[4:6] for row in rows[1:]] == [["conversation.viewed", f"conversation:{talk}"]]
    assert (await log_of(services))[-1] == ("audit.exported", "audit:log")


async def test_the_log_says_which_entry_was_tampered_with(services, http: httpx.AsyncClient, life: Life):
    call = await caller(http, life, "Wu", Role.AUDITOR)
    talk = await life.writes("hello")
    for _ in range(2):
        await call("GET", f"/conversations/{talk}")
        await call("GET", f"/customers/{await life.customer_of(talk)}")
    assert (await call("GET", "/audit/verification")).json()["intact"]

    def tamper(tx):
        tx.connection.execute(text("DROP TRIGGER audit_append_only_update"))
        tx.connection.execute(text("UPDATE audit_entries SET actor = 'somebody else' WHERE number = 1"))

    await services.store.transact(tamper)
    found = (await call("GET", "/audit/verification")).json()
    assert not found["intact"] and found["faults"] == ["entry 1 is not what was written"]


async def test_entries_are_listed_by_call_page_by_page(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life, "Wu", Role.AUDITOR)
    for user in ("ann", "bob", "cem"):
        await call("GET", f"/conversations/{await life.writes('hi', user=user)}")
    first = (await call("GET", "/audit?limit=2")).json()
    rest = (await call("GET", f"/audit?limit=2&cursor={first['next']}")).json()
    assert [item["number"] for item in first["items"] + rest["items"]] == [3, 2, 1] and rest["next"] is None
    assert (await call("GET", "/audit?since=yesterday")).status_code == 422


async def test_housekeeping_keeps_the_newest_seal_outside_the_database(services, life: Life):
    await services.store.transact(lambda tx: tx.audit.record("lin", "ticket.closed", "ticket:1", life.now()))
    await Housekeeper(services, "test", Metrics()).sweep()
    (anchor,) = Anchors(services.settings.home).list_all()
    assert anchor == (1, await services.store.read(lambda tx: tx.audit.seal_of(1)))


async def caller_of(http: httpx.AsyncClient, life: Life, agent):
    headers = {"Authorization": f"Bearer {await life.token_of(agent)}"}
    return lambda path: http.get(path, headers=headers)
