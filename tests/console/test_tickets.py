"""Tickets through the REST API and the pages without scripts."""

from uuid import uuid4

import httpx
import pytest

from desk.agents import Role
from tests.console.life import Browser, Life, complaint
from tests.console.test_rest import Caller, caller

NEXT = ["acknowledged", "investigating", "remedy_proposed", "approved", "done", "accepted"]


@pytest.fixture
async def agent(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life)


async def dirty_room(call: Caller, life: Life) -> dict:
    """A complaint that came from the chat."""
    talk = await life.writes("dirty room")
    await life.books(await life.customer_of(talk), "HZ-1", "Suite")
    await life.writes("the room was dirty", effects=[complaint("dirty room", "HZ-1", "a refund", "me@example.com")])
    return (await call("GET", "/tickets?kind=complaint&status=open")).json()["items"][0]


async def test_a_complaint_is_worked_by_calls_to_its_end(agent: Caller, life: Life):
    ticket = await dirty_room(agent, life)
    assert (ticket["order"], ticket["wished_remedy"], ticket["contact"]) == ("HZ-1", "a refund", "me@example.com")
    assert (ticket["step"], ticket["next_steps"], ticket["priority"]) == ("received", ["acknowledged"], "normal")
    path = f"/tickets/{ticket['id']}"
    early = await agent("POST", f"{path}/step", json={"to": "done"})
    assert early.status_code == 409 and "next comes acknowledged" in early.json()["detail"]
    by_hand = await agent("PATCH", path, json={"status": "resolved"})
    assert by_hand.status_code == 409 and "steps" in by_hand.json()["detail"]
    for to in NEXT:
        moved = await agent("POST", f"{path}/step", json={"to": to, "note": "We refund the night."})
        assert (moved.status_code, moved.json()["step"]) == (200, to), moved.text
    assert moved.json()["status"] == "closed" and moved.json()["owner"] == agent.agent.id
    history = (await agent("GET", f"{path}/history?limit=3")).json()
    assert [each["happened"] for each in history["items"]] == ["opened", "step", "told"]
    rest = (await agent("GET", f"{path}/history?limit=100&cursor={history['next']}")).json()
    assert [each["after"] for each in rest["items"] if each["happened"] == "step"] == NEXT[1:]


async def test_fields_are_changed_and_what_cannot_be_is_refused_naming_the_field(agent: Caller, life: Life):
    path = f"/tickets/{(await dirty_room(agent, life))['id']}"
    body = {"owner": agent.agent.id, "priority": "urgent", "due_at": "2026-12-01T10:00:00Z", "subject": "Dirty suite"}
    changed = (await agent("PATCH", path, json=body)).json()
    assert {name: changed[name] for name in body} == body
    assert (await agent("PATCH", path, json={"owner": None, "due_at": None})).json()["owner"] is None
    for wrong, field in (({"order": "HZ-9"}, "order"), ({"owner": "nobody"}, "owner"), ({"subject": " "}, "subject")):
        answer = await agent("PATCH", path, json=wrong)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await agent("PATCH", path, json={"category": "none"})).status_code == 404


async def test_a_ticket_is_opened_by_hand_once_and_the_customer_is_told(agent: Caller, life: Life):
    talk = await life.writes("hello")
    body = {"kind": "request", "customer": await life.customer_of(talk), "conversation": talk, "subject": "Umbrella",
            "key": "form-1234", "priority": "high"}
    made = [await agent("POST", "/tickets", json=body) for _ in range(2)]
    assert [each.status_code for each in made] == [201, 201]
    assert made[0].json()["id"] == made[1].json()["id"] and made[0].json()["priority"] == "high"
    texts = [each["text"] for each in (await agent("GET", f"/conversations/{talk}")).json()["messages"]]
    assert len([text for text in texts if "T-1001" in text]) == 1
    wrong = await agent("POST", "/tickets", json={**body, "customer": "x", "key": "form-1235"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "customer")


async def test_watchers_links_comments_and_messages(agent: Caller, life: Life, http: httpx.AsyncClient):
    ticket = await dirty_room(agent, life)
    path = f"/tickets/{ticket['id']}"
    wu = await caller(http, life, "Wu")
    await agent("POST", f"{path}/watchers", json={"agent": wu.agent.id})
    assert (await agent("POST", f"{path}/links", json={"kind": "order", "target": "HZ-1"})).json()["links"] == [
        {"kind": "order", "target": "HZ-1"}
    ]
    assert (await agent("POST", f"{path}/links", json={"kind": "order", "target": "XX"})).status_code == 422
    for _ in range(2):
        await agent("POST", f"{path}/comments", json={"text": "Ask housekeeping", "key": "comment-1"})
        await agent("POST", f"{path}/messages", json={"text": "We are on it.", "key": "message-1"})
    history = (await agent("GET", f"{path}/history")).json()["items"]
    assert [each["text"] for each in history if each["happened"] in ("comment", "told")] == [
        "Ask housekeeping", "We are on it."
    ]
    assert "Ask housekeeping" not in str(await life.agent_says(ticket["conversation"]))
    assert await life.agent_says(ticket["conversation"]) == ["We are on it."]
    assert (await agent("GET", f"/tickets?watcher={wu.agent.id}")).json()["items"][0]["id"] == ticket["id"]
    assert (await agent("DELETE", f"{path}/watchers/{wu.agent.id}")).json()["watchers"] == []
    assert (await agent("DELETE", f"{path}/links/order/HZ-1")).json()["links"] == []


async def test_whoever_a_ticket_calls_sees_it_on_every_page_until_they_have_looked(
    browser: Browser, life: Life, agent: Caller
):
    ticket = await dirty_room(agent, life)
    chen = await life.hires("Chen")
    await browser.sign_in(chen)
    assert (await browser.http.get("/console/tickets/bell")).text.strip() == ""
    await agent("PATCH", f"/tickets/{ticket['id']}", json={"owner": chen.id})
    assert "Ticket alerts: 1" in (await browser.http.get("/console/tickets/bell")).text
    assert "assigned to you" in (await browser.http.get("/console/tickets")).text
    await browser.http.get(f"/console/tickets/{ticket['id']}")
    assert (await browser.http.get("/console/tickets/bell")).text.strip() == ""


async def test_the_page_says_in_the_readers_language_why_a_step_is_refused_and_keeps_the_note(
    browser: Browser, life: Life, agent: Caller
):
    ticket = await dirty_room(agent, life)
    await browser.sign_in(await life.hires("Chen", locale="zh-Hans"))
    path = f"/console/tickets/{ticket['id']}"
    refused = await browser.press(f"{path}/step", to="done", note="退款已办")
    assert refused.status_code == 409
    assert "投诉现在不能走到这一步" in refused.text and ">退款已办</textarea>" in refused.text
    await browser.press(f"{path}/step", to="acknowledged")
    await browser.press(f"{path}/step", to="investigating")
    empty = await browser.press(f"{path}/step", to="remedy_proposed", note=" ")
    assert empty.status_code == 422 and "请写给客户的话" in empty.text
    long = await browser.press(f"{path}/write", to="customer", text="好" * 4001, key=uuid4().hex)
    assert long.status_code == 422 and "好" * 4001 in long.text
    assert (await browser.press(f"{path}/merge", into="T-9999")).status_code == 422
    assert (await browser.press(f"{path}/properties", due_at="soon")).status_code == 422


async def test_the_list_remembers_its_order_and_finds_by_text(browser: Browser, life: Life, agent: Caller):
    await dirty_room(agent, life)
    await life.writes("noise", user="bo", effects=[complaint("loud music")])
    await browser.sign_in(await life.hires("Chen"))
    page = (await browser.http.get("/console/tickets?sort=oldest")).text
    assert page.index("T-1001") < page.index("T-1002")
    again = (await browser.http.get("/console/tickets")).text
    assert again.index("T-1001") < again.index("T-1002"), "as it was left"
    found = (await browser.http.get("/console/tickets?q=loud")).text
    assert "T-1002" in found and "T-1001" not in found
    assert "No ticket matches" in (await browser.http.get("/console/tickets?q=%25")).text


async def test_an_auditor_reads_tickets_but_works_none(browser: Browser, life: Life, agent: Caller):
    ticket = await dirty_room(agent, life)
    await browser.sign_in(await life.hires("Wu", Role.AUDITOR))
    page = (await browser.http.get(f"/console/tickets/{ticket['id']}")).text
    assert "dirty room" in page and "Acknowledge<" not in page
    assert (await browser.press(f"/console/tickets/{ticket['id']}/step", to="acknowledged")).status_code == 403
