"""The inbox over REST: lists, notes, labels, files, hand-overs, canned replies, teams, rules."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from desk.agents import Role
from desk.conversations import Holder
from desk.effects import RequestHandoff
from desk.messages import ChannelName
from tests.console.life import Life
from tests.console.test_rest import Caller, caller

PDF = ("terms.pdf", b"%PDF-1.7 ...", "application/pdf")


@pytest.fixture
async def lin(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life)


@pytest.fixture
async def boss(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life, "Boss", Role.ADMIN)


async def ids(call: Caller, query: str) -> list[str]:
    answer = await call("GET", f"/conversations?{query}")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_each_view_holds_what_its_name_says(lin: Caller, life: Life):
    with_bot = await life.writes("hello", user="a")
    waiting = await life.asks_for_a_person(user="b", channel=ChannelName.SLACK)
    mine = await life.asks_for_a_person(user="c")
    await lin("POST", f"/conversations/{mine}/claim")
    await lin("POST", f"/conversations/{mine}/messages", json={"text": "Hello", "key": "key-0001"})
    closed = await life.asks_for_a_person(user="d")
    await lin("POST", f"/conversations/{closed}/close")
    assert await ids(lin, "view=waiting") == [waiting]
    assert await ids(lin, "view=mine") == [mine]
    assert await ids(lin, "view=unanswered") == [waiting]
    assert set(await ids(lin, "view=all")) == {with_bot, waiting, mine}
    assert await ids(lin, "view=closed") == [closed]
    assert await ids(lin, "view=all&channel=slack") == [waiting]


@pytest.mark.parametrize("view", ["waiting", "unanswered", "all"])
async def test_a_list_is_walked_by_cursor_without_gaps_or_repeats(lin: Caller, life: Life, view: str):
    talks = [await life.asks_for_a_person(user=f"u{number}") for number in range(7)]
    walked: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await lin("GET", f"/conversations?view={view}&limit=3&cursor={cursor}")).json()
        walked += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert walked == (talks if view != "all" else talks[::-1])


async def test_a_cursor_of_somebody_else_is_refused(lin: Caller):
    answer = await lin("GET", "/conversations?view=all&cursor=nonsense")
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


async def test_search_finds_text_in_both_scripts_names_phones_and_numbers(lin: Caller, life: Life, services):
    talk = await life.writes("房间的空调坏了", user="chen", name="陈静")
    await life.writes("hello", user="bob", name="Bob")
    customer = await life.customer_of(talk)
    await life.books(customer, "HZ-412", "杭州")
    await services.store.transact(
        lambda tx: tx.customers.put(replace(tx.customers.get(customer), phone="+86 199 0000 9001"))
    )
    for words in ("空調", "空调坏", "陳靜", "9001", "hz-412", "坏 房间"):
        assert await ids(lin, f"q={words}") == [talk], words
    assert await ids(lin, "q=100%") == [], "a percent sign is a percent sign"


async def test_two_hundred_races_for_one_claim_have_one_winner_each(http: httpx.AsyncClient, lin: Caller, life: Life):
    wu = await caller(http, life, "Wu")
    for number in range(200):
        talk = await life.asks_for_a_person(user=f"u{number}")
        answers = await asyncio.gather(*(call("POST", f"/conversations/{talk}/claim") for call in (lin, wu)))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        loser = next(answer for answer in answers if answer.status_code == 409)
        assert "has this conversation" in loser.json()["detail"]


async def test_a_note_mentions_and_a_label_marks(http: httpx.AsyncClient, lin: Caller, life: Life):
    wu = await caller(http, life, "Wu Mei")
    talk = await life.writes("hello")
    for _ in range(2):
        note = await lin("POST", f"/conversations/{talk}/notes", json={"text": "@wu mei see this", "key": "note-0001"})
        assert note.status_code == 204
    notes = (await wu("GET", f"/conversations/{talk}/notes")).json()["items"]
    assert [item["text"] for item in notes] == ["@wu mei see this"]
    alerts = (await wu("GET", "/alerts")).json()["items"]
    assert [(item["kind"], item["conversation"], item["by"]) for item in alerts] == [("mentioned", talk, "Lin")]
    label = (await lin("POST", f"/conversations/{talk}/labels", json={"name": "Refund"})).json()
    assert (await lin("POST", f"/conversations/{talk}/labels", json={"name": " ＲＥＦＵＮＤ "})).json() == label
    assert await ids(lin, f"label={label['id']}") == [talk]
    assert (await lin("DELETE", f"/conversations/{talk}/labels/{label['id']}")).status_code == 204
    assert await ids(lin, f"label={label['id']}") == []


async def test_a_file_goes_to_the_customer_once_and_a_bad_one_is_refused(lin: Caller, life: Life):
    talk = await life.asks_for_a_person()
    await lin("POST", f"/conversations/{talk}/claim")
    for _ in range(2):
        sent = await lin("POST", f"/conversations/{talk}/files", files={"files": PDF}, data={"key": "file-0001"})
        assert sent.status_code == 202, sent.text
    messages = (await lin("GET", f"/conversations/{talk}")).json()["messages"]
    assert [file["name"] for message in messages for file in message["files"]] == ["terms.pdf"]
    bad = await lin("POST", f"/conversations/{talk}/files", files={"files": ("x.svg", b"<svg/>")},
                    data={"key": "file-0002"})
    assert (bad.status_code, bad.json()["field"]) == (422, "file.type")


async def test_what_happened_and_why_a_person_is_needed_are_told(lin: Caller, life: Life):
    await life.writes("What time is breakfast?", answer="From 6:30.")
    told = RequestHandoff("complaint", "not submitted", "complaint", {"order": "HZ-1"})
    talk = await life.asks_for_a_person("a person please", effects=[told])
    handover = (await lin("GET", f"/conversations/{talk}/handover")).json()
    assert (handover["reason"], handover["topic"], handover["slots"]) == ("complaint", "complaint", {"order": "HZ-1"})
    assert handover["exchanges"][0] == {"asked": "What time is breakfast?", "answered": "From 6:30."}
    await lin("POST", f"/conversations/{talk}/claim")
    events = (await lin("GET", f"/conversations/{talk}/events")).json()["items"]
    assert [event["kind"] for event in events] == ["queued", "claimed"]


async def test_canned_replies_are_written_by_supervisors_and_unknown_variables_refused(
    http: httpx.AsyncClient, lin: Caller, life: Life
):
    chief = await caller(http, life, "Chief", Role.SUPERVISOR)
    body = {"shortcut": "hello", "title": "Hello", "text": "Dear {{customer.name}}"}
    assert (await lin("POST", "/canned-replies", json=body)).status_code == 403
    made = await chief("POST", "/canned-replies", json=body)
    assert made.status_code == 201
    assert (await chief("POST", "/canned-replies", json=body)).status_code == 409
    wrong = await chief("POST", "/canned-replies", json={**body, "shortcut": "x", "text": "{{customer.shoe}}"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "variable")
    found = (await lin("GET", "/canned-replies?q=hel")).json()["items"]
    assert [item["id"] for item in found] == [made.json()["id"]]


async def test_rules_and_teams_are_set_by_administrators_and_customers_are_then_assigned(
    boss: Caller, lin: Caller, life: Life, services
):
    rules = (await boss("GET", "/staffing")).json()
    assert (await lin("PUT", "/staffing", json=rules)).status_code == 403
    assert (await boss("PUT", "/staffing", json={**rules, "mode": "least_busy"})).status_code == 200
    assert (await boss("PUT", "/staffing", json={**rules, "capacity": 0})).status_code == 422
    team = (await boss("POST", "/teams", json={"name": "Refunds", "members": [lin.agent.id]})).json()
    noted = (await boss("GET", "/audit")).json()["items"]
    assert [(each["action"], each["actor"]) for each in noted[:2]] == [
        ("team.added", boss.agent.id), ("staffing.rules-changed", boss.agent.id),
    ]
    talk = await life.asks_for_a_person()
    held = (await lin("GET", f"/conversations/{talk}")).json()
    assert (held["holder"], held["agent"]) == ("agent", lin.agent.id)
    assert (await lin("PUT", "/presence", json={"availability": "away"})).status_code == 204
    assert (await boss("GET", "/presence")).json()["items"] == []
    moved = await lin("POST", f"/conversations/{talk}/transfer", json={"team": team["id"]})
    assert (moved.json()["holder"], moved.json()["team"]) == (Holder.QUEUE, team["id"])
    assert (await lin("POST", f"/conversations/{talk}/transfer", json={})).status_code == 422


async def test_who_is_there_again_is_given_who_waits(boss: Caller, lin: Caller, life: Life, services):
    rules = (await boss("GET", "/staffing")).json()
    await boss("PUT", "/staffing", json={**rules, "mode": "round_robin"})
    await lin("PUT", "/presence", json={"availability": "busy"})
    talk = await life.asks_for_a_person()
    assert (await lin("GET", f"/conversations/{talk}")).json()["holder"] == "queue"
    await services.store.transact(lambda tx: tx.agents.seen(lin.agent.id, life.now() + timedelta(seconds=1)))
    await lin("PUT", "/presence", json={"availability": "available"})
    assert (await lin("GET", f"/conversations/{talk}")).json()["agent"] == lin.agent.id
