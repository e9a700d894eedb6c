"""Customers are found by what one remembers; their data is handed over whole, and erased whole."""

import io
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import inspect, text

from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.audit import AuditFilter
from desk.conversations import Author
from desk.effects import NoteGap
from desk.messages import Attachment, AttachmentKind, ChannelName
from desk.ports import FetchedFile
from desk.queue import NewMessage
from knowledge_base.service import LiveFaq
from tests.console.life import Browser, Life, complaint
from tests.console.test_rest import caller
from wiring.services import Services, StoredArticles, build_services
from wiring.settings import load_settings

CANARY = "zq7canary"


async def leaves_traces(services, life: Life) -> tuple[str, str]:
    """A customer who has been through everything; returns their id and the id of a file they sent."""
    talk = await life.asks_for_a_person(f"{CANARY} wants a person", user=CANARY, name=f"{CANARY} Li")
    customer = await life.customer_of(talk)
    await life.writes(f"{CANARY} broke", user=CANARY, name=f"{CANARY} Li", effects=[complaint(f"{CANARY} lamp")])
    await life.writes(f"{CANARY} on the web", user=f"{CANARY}w", channel=ChannelName.WEBCHAT,
                      effects=[complaint(f"{CANARY} room", contact=CANARY), NoteGap(f"{CANARY} what?", "en")])
    other = await life.customer_of((await services.store.read(
        lambda tx: [each.id for each in tx.conversations.list_page(None, "", 10)]
    ))[0])
    await services.store.transact(lambda tx: tx.customers.merge(customer, other) if other != customer else None)
    await life.books(customer, "ZQ-412", f"{CANARY} suite")
    kept = await services.uploads.keep(FetchedFile(CANARY.encode(), "text/plain", f"{CANARY}.txt"), life.now())
    file = Attachment(AttachmentKind.FILE, f"{CANARY}.txt", "text/plain", file_id=kept.id)
    await services.store.transact(lambda tx: tx.messages.add(
        NewMessage(talk, Author.CUSTOMER, CANARY, "file", life.now(), attachments=(file,))
    ))
    await services.store.transact(lambda tx: tx.customers.put(replace(
        tx.customers.get(customer), phone=f"+86 {CANARY}", email=f"{CANARY}@example.com"
    )))
    return customer, kept.id


@pytest.fixture
async def services(database_url: str, tmp_path: Path) -> AsyncIterator[Services]:
    """The console on each engine."""
    built = build_services(load_settings(
        None, home=tmp_path / "home", database_url=database_url, secret_key="a key for tests",
        hours="Mon-Sun 00:00-23:59", rasa_url="http://127.0.0.1:9",
    ))
    built.settings.home.mkdir(exist_ok=True)
    built = replace(built, faq=LiveFaq(StoredArticles(built.store), None))
    built.signals.bind()
    yield built
    await built.close()


def rows_by_table(tx: SqlTransaction) -> dict[str, str]:
    """The whole database as text, as it lies there."""
    return {
        name: str(tx.connection.execute(text(f'SELECT * FROM "{name}"')).all())
        for name in inspect(tx.connection).get_table_names()
    }


async def everything(services: Services) -> str:
    """The whole database as text, but for the audit log."""
    found = await services.store.read(rows_by_table)
    return "\n".join(rows for name, rows in found.items() if not name.startswith("audit_"))


async def test_a_customer_is_found_by_a_part_of_the_name_phone_or_order(services, browser: Browser, life: Life):
    customer, _ = await leaves_traces(services, life)
    await life.writes("hello", user="wu", name="Wu Gang")
    await browser.sign_in(await life.hires("Lin"))
    for query in (CANARY[:4].upper(), f"86 {CANARY}", f"{CANARY}@example", "zq-412"):
        page = (await browser.http.get("/console/customers", params={"q": query})).text
        assert customer in page and "Wu Gang" not in page, query
    assert "Nobody fits" in (await browser.http.get("/console/customers?q=nobody-of-this-name")).text


async def test_the_export_holds_everything_and_the_audit_log_who_took_it(services, http: httpx.AsyncClient, life: Life):
    customer, file_id = await leaves_traces(services, life)
    call = await caller(http, life, "Su", Role.SUPERVISOR)
    answer = await call("POST", f"/customers/{customer}/export")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    data = json.loads(archive.read("data.json"))
    assert {"customers", "identities", "conversations", "messages", "orders", "tickets"} <= data.keys()
    assert data["customers"][0]["phone"] == f"+86 {CANARY}", "personal fields are in clear"
    assert f"{CANARY} wants a person" in {each["text"] for each in data["messages"]}
    assert archive.read(f"files/{file_id}") == CANARY.encode()
    assert archive.read("tables/orders.csv").decode("utf-8-sig").startswith("number,")
    entries = await services.store.read(lambda tx: tx.audit.list_page(AuditFilter(action="customer.exported")))
    assert [entry.actor for entry in entries] == [call.agent.id]


async def test_what_is_erased_is_nowhere_any_more_and_others_keep_theirs(services, http: httpx.AsyncClient, life: Life):
    memory = sqlite3.connect(services.settings.home / "assistant.db")
    memory.execute("PRAGMA journal_mode=WAL")
    memory.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
    customer, file_id = await leaves_traces(services, life)
    talk = (await services.store.read(lambda tx: tx.dossier.list_conversations(customer)))[0]
    memory.executemany("INSERT INTO events (sender_id, data) VALUES (?, ?)", [(talk, CANARY), ("other", "kept")])
    memory.commit()
    await life.writes("I stay", user="wu", name="Wu Gang", effects=[complaint("Cold soup")])
    call = await caller(http, life, "Boss", Role.ADMIN)
    preview = (await call("POST", f"/customers/{customer}/erase", json={})).json()
    assert not preview["erased"] and preview["rows"]["messages"] > 3 and CANARY in await everything(services)
    done = (await call("POST", f"/customers/{customer}/erase", json={"confirm": True})).json()
    assert done["erased"] and done["files"] == 1 and done["assistant_events"] == 1
    assert {name: count for name, count in done["rows"].items() if name != "files"} == preview["rows"]
    left = await everything(services)
    assert CANARY not in left and customer not in left and "I stay" in left and "Cold soup" in left
    for file in services.settings.home.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes(), file
    assert not (services.settings.home / "uploads" / file_id).exists()
    assert memory.execute("SELECT sender_id FROM events").fetchall() == [("other",)]
    memory.close()
    assert (await services.store.read(lambda tx: tx.audit.verify())).is_intact
    assert (await call("GET", f"/customers/{customer}")).status_code == 404


async def test_no_table_with_texts_of_customers_escapes_the_erasure(services, life: Life):
    customer, _ = await leaves_traces(services, life)
    counted = await services.store.read(lambda tx: tx.dossier.count(customer))

    found = await services.store.read(rows_by_table)
    assert {name for name, rows in found.items() if CANARY in rows} - {"files"} <= counted.keys()


@pytest.mark.parametrize("sure", ["", "yes"])
async def test_the_page_erases_only_when_the_box_is_ticked(services, browser: Browser, life: Life, sure: str):
    customer, _ = await leaves_traces(services, life)
    await browser.sign_in(await life.hires("Boss", Role.ADMIN))
    assert "messages" in (await browser.http.get(f"/console/customers/{customer}/erase")).text
    answer = await browser.press(f"/console/customers/{customer}/erase", sure=sure)
    assert answer.status_code == (303 if sure else 422)
    assert ((await browser.http.get(f"/console/customers/{customer}")).status_code == 404) is bool(sure)
