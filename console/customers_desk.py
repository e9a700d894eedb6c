"""Handing a customer's data over, and erasing it: for the page, REST and the command line."""

import asyncio
import csv
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from console.exports import harmless
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Invalid
from wiring import assistant_memory
from wiring.services import Services

TIME_ZONES = tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))
ABOUT = """What is kept about this customer.
data.json: everything, by table. tables/: the same as CSV, one file a table. files/: what was sent in conversations.
Times are RFC 3339 in UTC, amounts in minor units.
"""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each table, files and events of the assistant are gone, or would be; None: out of reach."""

    rows: dict[str, int]
    files: int
    assistant_events: int | None


async def export(services: Services, by: Agent | str, customer_id: str) -> bytes:
    """A zip of all that is kept. Raises NotFound."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
        return tx.dossier.collect(customer_id), tx.dossier.list_files(customer_id)

    data, sent = await services.store.read(read)
    contents: dict[str, bytes] = {}
    for file_id in sent:
        try:
            contents[file_id] = (await services.uploads.open(file_id)).content
        except (FileNotFoundError, LookupError):
            continue
    made = await asyncio.to_thread(_zip, data, contents)
    await services.store.transact(lambda tx: tx.audit.record(
        by, "customer.exported", f"customer:{customer_id}", now, rows=sum(map(len, data.values())), files=len(contents)
    ))
    return made


async def preview_erasure(services: Services, customer_id: str) -> Erased:
    """What erasing would take away. Raises NotFound."""
    def read(tx: SqlTransaction) -> Erased:
        return Erased(tx.dossier.count(customer_id), len(tx.dossier.list_files(customer_id)), None)

    return await services.store.read(read)


async def erase(services: Services, by: Agent | str, customer_id: str) -> Erased:
    """Take everything away, for good. Backups made before still hold it. Raises NotFound."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> tuple[list[str], list[str]]:
        return tx.dossier.list_conversations(customer_id), tx.dossier.list_files(customer_id)

    talks, sent = await services.store.read(read)

    def work(tx: SqlTransaction) -> dict[str, int]:
        rows = tx.dossier.erase(customer_id)
        if "faq_pairs" in rows:
            tx.faq_tuning.forgotten()
        tx.audit.record(by, "customer.erased", f"customer:{customer_id}", now, rows=sum(rows.values()), files=len(sent))
        return rows

    rows = await services.store.transact(work)
    for file_id in sent:
        await services.uploads.remove(file_id)
    events = await asyncio.to_thread(assistant_memory.forget, services.settings.home, talks)
    await services.database.truncate_log()
    return Erased(rows, len(sent), events)


async def set_time_zone(services: Services, by: Agent, customer_id: str, name: str) -> None:
    """Where the customer is, by its IANA name; empty: where the business is. Raises Invalid or NotFound."""
    zone, now = name.strip(), services.clock.now()
    if zone and zone not in TIME_ZONES:
        raise Invalid("time_zone", "an IANA name, such as Asia/Shanghai")

    def change(tx: SqlTransaction) -> None:
        tx.customers.get(customer_id)
        tx.customers.set_time_zone(customer_id, zone)
        tx.audit.record(by, "customer.time_zone", f"customer:{customer_id}", now, zone=zone or "business")

    await services.store.transact(change)


def _zip(data: dict[str, list[dict[str, Any]]], files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", ABOUT)
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, default=str))
        for name, rows in data.items():
            archive.writestr(f"tables/{name}.csv", _csv(rows))
        for file_id, content in files.items():
            archive.writestr(f"files/{file_id}", content)
    return written.getvalue()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(rows[0])
    for row in rows:
        lines.writerow([harmless(_cell(value)) for value in row.values()])
    return ("\ufeff" + written.getvalue()).encode()


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
