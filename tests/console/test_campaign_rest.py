"""Surveys and campaigns by calls: written, checked, planned, started, paused; consent with its proof."""

import csv
import io

import httpx
import pytest

from campaigns.running import step
from desk.agents import Role
from desk.customers import Customer, Identity
from desk.messages import Address, ChannelName
from desk.tickets import TicketKind
from tests.console.life import Life
from tests.console.test_rest import Caller, caller
from wiring.lanes import lanes_of
from wiring.services import Services


@pytest.fixture
async def lead(http: httpx.AsyncClient, life: Life) -> Caller:
    return await caller(http, life, "Owner", Role.SUPERVISOR)


@pytest.fixture
async def guests(services: Services) -> list[str]:
    """Three customers who use the web chat."""
    names = ["ann", "ben", "cem"]
    now = services.clock.now()

    def add(tx):
        for name in names:
            tx.customers.add(Customer(name, name, None, "", 0, "", "", True, now))
            tx.customers.add_identity(Identity(Address(ChannelName.WEBCHAT, "web", name, name), name, name, True, now))

    await services.store.transact(add)
    return names


async def published(lead: Caller, template: str = "csat") -> str:
    made = await lead("POST", "/surveys", json={"name": "How was it?", "template": template})
    assert made.status_code == 201, made.text
    survey = made.json()["id"]
    assert (await lead("POST", f"/surveys/{survey}/publish")).json()["version"] == 1
    return survey


async def drafted(lead: Caller, **plan: object) -> str:
    whole = {"survey": await published(lead), "quiet_from": "00:00", "quiet_until": "00:00", **plan}
    made = await lead("POST", "/campaigns", json={"name": "Autumn", "plan": whole})
    assert made.status_code == 201, made.text
    return made.json()["id"]


async def works(services: Services, campaign: str) -> None:
    for _ in range(20):
        await services.store.transact(
            lambda tx: step(tx, campaign, lanes_of(services, tx), services.clock.now())
        )


async def test_a_campaign_is_planned_started_paused_and_cancelled(lead: Caller, services: Services, guests: list[str]):
    campaign = await drafted(lead)
    plan = (await lead("GET", f"/campaigns/{campaign}/plan")).json()
    assert (plan["audience"], plan["asked"], plan["reasons_against"]) == (3, 3, [])
    assert plan["channels"] == {"webchat": {"now": 3}}
    assert (await lead("POST", f"/campaigns/{campaign}/start")).json()["state"] == "running"
    await works(services, campaign)
    assert (await lead("GET", f"/campaigns/{campaign}")).json()["states"] == {"queued": 3}
    assert (await lead("POST", f"/campaigns/{campaign}/pause")).json()["state"] == "paused"
    again = await lead("POST", f"/campaigns/{campaign}/pause")
    assert again.status_code == 409
    listed = (await lead("GET", f"/campaigns/{campaign}/recipients?state=queued&limit=2")).json()
    assert [item["customer"] for item in listed["items"]] == ["ann", "ben"]
    rest = (await lead("GET", f"/campaigns/{campaign}/recipients?limit=2&cursor={listed['next']}")).json()
    assert [item["customer"] for item in rest["items"]] == ["cem"] and rest["next"] is None
    assert (await lead("POST", f"/campaigns/{campaign}/resume")).json()["state"] == "running"
    assert (await lead("POST", f"/campaigns/{campaign}/cancel")).json()["state"] == "cancelled"
    assert (await lead("GET", f"/campaigns/{campaign}")).json()["states"] == {"cancelled": 3}


async def test_what_cannot_start_says_every_reason(lead: Caller, guests: list[str]):
    campaign = await drafted(
        lead, starts_at="2020-01-01T00:00:00Z", ends_at="2020-01-02T00:00:00Z", openings=[{"en": "Hi"}],
        audience={"rules": [{"field": "points", "op": "at_least", "value": "99999"}]},
    )
    refused = await lead("POST", f"/campaigns/{campaign}/start")
    assert refused.status_code == 409
    reasons = refused.json()["detail"]
    for reason in ("start_in_past", "end_in_past", "missing_text zh-Hans", "missing_text zh-Hant", "empty_audience"):
        assert reason in reasons


async def test_an_unfinished_survey_can_be_kept_but_not_published(lead: Caller):
    questions = [
        {"id": "a", "kind": "rating", "texts": {"en": "How?"},
         "branches": [{"when": "at_most", "value": "2", "to": "gone"}]},
        {"id": "b", "kind": "text", "texts": {"en": "Why?"}},
    ]
    made = await lead("POST", "/surveys", json={"name": "Draft", "content": {
        "languages": ["en", "zh-Hans"], "questions": questions}})
    assert made.status_code == 201
    kinds = {(fault["kind"], fault["question"]) for fault in made.json()["faults"]}
    assert kinds == {("missing_text", "a"), ("missing_text", "b"), ("nowhere", "a")}
    assert (await lead("POST", f"/surveys/{made.json()['id']}/publish")).status_code == 409
    nonsense = await lead("POST", "/surveys", json={"name": "x", "content": {"questions": [{"id": "a", "kind": "?"}]}})
    assert (nonsense.status_code, nonsense.json()["field"]) == (422, "questions.0.kind")


@pytest.mark.parametrize(("content", "faults"), [
    ("name\nann\n", [(1, "no_column")]),
    ("customer,note\nann,x\nnobody,y\n,z\nben,\n", [(4, "empty_id")]),
    ("customer\nann\nnobody\n", [(3, "unknown_id")]),
    ("customer\n", [(1, "no_rows")]),
    ("", [(1, "no_column")]),
    (b"\xff\xfe\x00", [(0, "not_text")]),
])
async def test_a_wrong_audience_file_is_refused_whole_with_the_line(
    lead: Caller, guests: list[str], content: str | bytes, faults: list[tuple[int, str]]
):
    campaign = await drafted(lead)
    answer = (await lead("PUT", f"/campaigns/{campaign}/audience-file", content=content)).json()
    assert answer["customers"] == 0
    assert [(fault["line"], fault["kind"]) for fault in answer["faults"]] == faults


async def test_an_uploaded_list_takes_the_place_of_the_rules(lead: Caller, guests: list[str]):
    campaign = await drafted(lead)
    answer = await lead("PUT", f"/campaigns/{campaign}/audience-file", content="customer;note\nann;1\ncem;2\nann;3\n")
    assert answer.json() == {"customers": 2, "faults": []}
    assert (await lead("GET", f"/campaigns/{campaign}/plan")).json()["audience"] == 2


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16", "utf-16-le", "utf-8-sig"])
async def test_a_list_may_be_in_any_encoding_that_spreadsheets_write(
    lead: Caller, guests: list[str], encoding: str
):
    campaign = await drafted(lead)
    content = "customer,姓名\nann,安小姐\nben,中文先生\n".encode(encoding)
    answer = await lead("PUT", f"/campaigns/{campaign}/audience-file", content=content)
    assert answer.json() == {"customers": 2, "faults": []}


async def test_a_dry_run_reaches_one_address_and_counts_nowhere(lead: Caller, services: Services, guests: list[str]):
    campaign = await drafted(lead)
    sent = await lead("POST", f"/campaigns/{campaign}/try", json={"customer": "ann", "channel": "webchat"})
    assert sent.status_code == 202
    history = await services.store.read(
        lambda tx: tx.messages.list_of_address(Address(ChannelName.WEBCHAT, "web", "ann", "ann"))
    )
    assert "How satisfied are you" in history[-1].text
    assert (await lead("GET", f"/campaigns/{campaign}")).json()["states"] == {}
    missing = await lead("POST", f"/campaigns/{campaign}/try", json={"customer": "ann", "channel": "slack"})
    assert missing.status_code == 404


async def test_programs_and_orders_start_surveys_once_for_each_occasion(
    lead: Caller, life: Life, services: Services, guests: list[str]
):
    by_api = await drafted(lead, trigger="api", cap_days=0)
    by_order = await drafted(lead, trigger="order_event", event="checked_out", cap_days=0)
    for campaign in (by_api, by_order):
        assert (await lead("POST", f"/campaigns/{campaign}/start")).status_code == 200
    asked = [(await lead("POST", f"/campaigns/{by_api}/recipients", json={"customer": "ann", "occasion": "visit-1"}))
             .json()["asked"] for _ in range(2)]
    assert asked == [1, 0]
    await life.books("ben", "A1", "Deluxe room")
    events = [(await lead("POST", "/orders/A1/events", json={"event": event, "key": key})).json()["asked"]
              for event, key in (("delivered", "e1"), ("checked_out", "e2"), ("checked_out", "e2"))]
    assert events == [0, 1, 0]
    assert (await lead("POST", "/orders/none/events", json={"event": "x"})).status_code == 404


async def test_a_settled_ticket_asks_its_customer(lead: Caller, life: Life, services: Services, guests: list[str]):
    campaign = await drafted(lead, trigger="ticket_settled")
    await lead("POST", f"/campaigns/{campaign}/start")
    now = services.clock.now()
    ticket = await services.store.transact(lambda tx: tx.tickets.open(
        kind=TicketKind.REQUEST, customer_id="ann", conversation_id="x", subject="s", detail="d", now=now))
    for status in ("in_progress", "resolved", "closed"):
        await lead("PATCH", f"/tickets/{ticket.id}", json={"status": status})
    await works(services, campaign)
    (item,) = (await lead("GET", f"/campaigns/{campaign}/recipients")).json()["items"]
    assert (item["customer"], item["occasion"]) == ("ann", f"ticket:{ticket.id}")


async def test_consent_is_kept_for_each_purpose_with_its_proof_and_exported(lead: Caller, guests: list[str]):
    said = await lead("POST", "/customers/ann/consents", json={
        "purpose": "marketing", "allowed": True, "words": "=cmd() signed at the desk"})
    assert said.json() == {"service": None, "survey": None, "marketing": True}
    stop = await lead("POST", "/customers/ann/consents", json={"allowed": False, "words": "by phone: no more messages"})
    assert stop.json() == {"service": None, "survey": False, "marketing": False}
    log = (await lead("GET", "/consents?customer=ann")).json()["items"]
    assert [(line["purpose"], line["allowed"], line["channel"]) for line in log] == [
        ("all", False, "console"), ("marketing", True, "console")]
    file = await lead("GET", "/consents.csv")
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert rows[0][:3] == ["time", "customer", "purpose"] and len(rows) == 3
    assert rows[1][5] == "'=cmd() signed at the desk", "a spreadsheet must not run it"
    assert (await lead("POST", "/customers/ann/consents", json={"allowed": True, "words": " "})).status_code == 422


async def test_an_account_can_be_told_to_send_more_slowly_but_never_faster_than_its_share(lead: Caller):
    (rate,) = (await lead("GET", "/campaign-rates")).json()
    assert rate == {"account": "webchat:web", "per_second": 70.0, "chosen": False}
    for wanted, holds in ((5, 5.0), (900, 70.0), (None, 70.0)):
        answer = await lead("PUT", "/campaign-rates/webchat:web", json={"per_second": wanted})
        assert answer.json()[0]["per_second"] == holds
    assert (await lead("PUT", "/campaign-rates/sms:x", json={"per_second": 1})).status_code == 422


async def test_agents_may_look_but_only_supervisors_run_campaigns(http: httpx.AsyncClient, life: Life, lead: Caller):
    campaign = await drafted(lead)
    agent = await caller(http, life, "Mei")
    assert (await agent("GET", f"/campaigns/{campaign}")).status_code == 200
    changes = (("POST", f"/campaigns/{campaign}/start"), ("POST", "/surveys"), ("PUT", f"/campaigns/{campaign}"))
    for method, path in changes:
        assert (await agent(method, path, json={"name": "x", "plan": {}})).status_code == 403
