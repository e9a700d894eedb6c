"""Reports over 100,000 conversations beside 1,000, on SQLite and, where its programs are installed, PostgreSQL.

    python -m benchmarks.reports

Shown is the time from the question to the finished figures, database and counting together, as the pages do it.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.history import fill
from benchmarks.processes import postgres
from benchmarks.report import keep, middle, shown, table
from crm_store import schema
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore, SqlTransaction
from desk.hours import BusinessHours
from insights import periods
from insights.business_time import BusinessTime
from insights.indicators import measure
from insights.periods import Preset
from insights.service import Dimension, backlog, by_dimension, satisfaction, speed

SIZES = (1_000, 100_000)
REPEATS = 5
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
HOURS = BusinessHours.parse("Mon-Fri 09:00-18:00", "Asia/Shanghai")


def overview(preset: Preset) -> Callable[[SqlTransaction], object]:
    """The key figures of a period and of the one before, and the backlog."""
    period = periods.named(preset, NOW, HOURS.zone)
    clock = BusinessTime(HOURS, period.previous().start, NOW)

    def read(tx: SqlTransaction) -> object:
        return (measure(tx.reports.facts(period), tx.reports.facts(period.previous()), clock),
                backlog(tx.reports.held(period), period, NOW))

    return read


def breakdown(preset: Preset) -> Callable[[SqlTransaction], object]:
    """Speed in business time and ratings, by agent."""
    period = periods.named(preset, NOW, HOURS.zone)
    clock = BusinessTime(HOURS, period.start, NOW)

    def read(tx: SqlTransaction) -> object:
        replies, rated = tx.reports.first_replies(period), tx.reports.rated(period)
        return (
            [speed(items, clock) for items in by_dimension(replies, Dimension.AGENT, HOURS.zone).values()],
            [satisfaction(items) for items in by_dimension(rated, Dimension.AGENT, HOURS.zone).values()],
        )

    return read


def listing(preset: Preset) -> Callable[[SqlTransaction], object]:
    period = periods.named(preset, NOW, HOURS.zone)
    return lambda tx: tx.reports.list_conversations(period, limit=500)


REPORTS = {
    "overview, 30 days": overview(Preset.DAYS_30), "overview, 90 days": overview(Preset.DAYS_90),
    "by agent, 30 days": breakdown(Preset.DAYS_30), "by agent, 90 days": breakdown(Preset.DAYS_90),
    "list of 500": listing(Preset.DAYS_90),
}


def measure_on(url: str, size: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each report over so many conversations."""
    database = Database(url)
    schema.upgrade(database)
    with database.engine.begin() as connection:
        fill(connection, size, NOW)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    try:
        return {name: middle([_once(database, read) for _ in range(REPEATS)]) for name, read in REPORTS.items()}
    finally:
        database.close()


def _once(database: Database, read: Callable[[SqlTransaction], object]) -> float:
    async def ask() -> float:
        store = SqlStore(database, Signals())
        began = time.perf_counter()
        await store.read(read)
        return 1000 * (time.perf_counter() - began)

    return asyncio.run(ask())


def main() -> None:
    FieldCipher.install("a key for the benchmark")
    found: dict[str, dict[int, dict[str, dict[str, float]]]] = {"SQLite": {}}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            found["SQLite"][size] = measure_on(f"sqlite:///{Path(folder) / 'store.db'}", size)
        with postgres() as url:
            if url is not None:
                found.setdefault("PostgreSQL", {})[size] = measure_on(url, size)
    keep("reports", found)
    rows = [
        [engine, name, *(shown(figures[size][name], 1) for size in SIZES)]
        for engine, figures in found.items() for name in REPORTS
    ]
    print(table(["engine", "report", *(f"{size:,} conversations, ms" for size in SIZES)], rows))


if __name__ == "__main__":
    main()
