"""Counting the value of 100,000 customers with 300,000 orders, on each engine.

    python -m benchmarks.value      (about a minute)

Shows how long each part takes, what the process grew by, and how long the writer was held at most at once.
"""

import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from benchmarks.processes import postgres
from benchmarks.report import keep, table
from crm_store import rows, schema
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore
from insights.value import appraise
from insights.value_report import Worth
from wiring.valuing import AT_ONCE

CUSTOMERS = 100_000
AT_A_TIME = 5_000
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def people(many: int) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Customers with three orders each in the mean, some loyal and some gone, a few thousand at a time."""
    random = Random(1)
    for first in range(0, many, AT_A_TIME):
        customers, orders = [], []
        for n in range(first, min(many, first + AT_A_TIME)):
            customers.append({"id": f"c{n:06}", "name": "", "created_at": NOW})
            rhythm, day = random.expovariate(1 / 60) + 3, random.uniform(0, 900)
            orders += [{
                "number": f"o{n}-{place}", "customer_id": f"c{n:06}", "title": "", "status": "completed",
                "amount": random.randrange(5_000, 200_000), "currency": random.choice(("CNY", "CNY", "TWD")),
                "placed_at": NOW - timedelta(days=day + rhythm * place),
            } for place in range(1 + min(40, int(random.expovariate(1 / 2.5))))]
        yield customers, orders


def count(url: str) -> dict[str, float]:
    """Seconds of each part, and MiB grown."""
    database = Database(url)
    schema.upgrade(database)
    for customers, orders in people(CUSTOMERS):
        with database.engine.begin() as connection:
            connection.execute(insert(rows.customers), customers)
            connection.execute(insert(rows.orders), orders)
    store = SqlStore(database, Signals())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = asyncio.run(_parts(store))
    found["grown_mib"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    database.close()
    return found


async def _parts(store: SqlStore) -> dict[str, float]:
    rules = await store.transact(lambda tx: tx.values.begin(NOW, ZoneInfo("UTC")))
    assert rules is not None
    began = time.perf_counter()
    sums, retained = await store.read(lambda tx: (tx.values.sums(NOW), tx.values.retained(NOW)))
    added = time.perf_counter()
    values, basis = appraise(sums, retained, rules, NOW)
    scored, longest = time.perf_counter(), 0.0
    for first in range(0, len(values), AT_ONCE):
        held = time.perf_counter()
        some = values[first : first + AT_ONCE]
        await store.transact(partial(lambda tx, some: tx.values.put_all(some), some=some))
        longest = max(longest, time.perf_counter() - held)
    await store.transact(lambda tx: tx.values.finish(NOW, basis))
    ended = time.perf_counter()
    assert await store.read(lambda tx: tx.values.count(Worth())) == CUSTOMERS
    await store.read(lambda tx: (tx.value_reports.sums(), tx.value_reports.grid(), tx.value_reports.care(100)))
    return {"add": added - began, "score": scored - added, "keep": ended - scored, "longest": 1000 * longest,
            "report": time.perf_counter() - ended}


def main() -> None:
    FieldCipher.install("a key for the benchmark")
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        figures["SQLite"] = count(f"sqlite:///{Path(folder) / 'store.db'}")
    with postgres() as url:
        if url is not None:
            figures["PostgreSQL"] = count(url)
    keep("value", figures)
    print(table(
        [f"{CUSTOMERS:,} customers", "add up: s", "score: s", "keep: s", "longest write: ms", "report: s", "MiB grown"],
        [[engine, f"{found['add']:.2f}", f"{found['score']:.2f}", f"{found['keep']:.2f}", f"{found['longest']:.0f}",
          f"{found['report']:.2f}", f"{found['grown_mib']:.0f}"] for engine, found in figures.items()],
    ))


if __name__ == "__main__":
    main()
