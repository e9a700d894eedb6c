"""How long 10,000 articles take to check, to import, to edit at once and to take that back; how long others wait for
the database meanwhile; how long an edit, published into that base, takes to be live in two other processes, and what it
costs them. On SQLite and on PostgreSQL.

    python -m benchmarks.faq_import [--articles 10000] [--engine sqlite|postgresql] [--words]

Each text is embedded on the way, as in the product: most of the first engine's import. The second engine finds these
vectors on disk, as every further process does, so its import is the database's work. `--words`: nothing is embedded.
The other writer stores an event fifty times a second, as a webhook stores a message. "Live" is from the commit until a
search in the slower of the two processes gives the new article; no wake-up reaches them, they only poll. "CPU an
edit" is what both processes used, and what they started, from the first edit until the classifier knows the last one,
over the edits and the two processes. "MB" is the most memory that one of them had.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks.processes import postgres
from benchmarks.report import table
from crm_store import schema
from crm_store.article_history import FaqAction
from crm_store.articles import ArticleChange
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore, SqlTransaction
from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from knowledge_base.embedding import BundledEncoder
from knowledge_base.exchange import Format, render_articles
from knowledge_base.service import LiveFaq
from wiring.faq_changes import carry_out
from wiring.faq_imports import FaqImports
from wiring.services import StoredArticles, SystemClock
from wiring.uploads import Uploads

READERS = 2
EDITS = 40


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def articles(count: int) -> list[FaqArticle]:
    """Three phrasings and an answer in each of two languages, as a real article has."""
    return [
        FaqArticle(
            f"a{n:06}",
            tuple(Phrasing(f"第 {n} 个问题的第 {way} 种问法", Language.ZH_HANS) for way in range(3))
            + tuple(Phrasing(f"Way {way} to ask question {n}?", Language.EN) for way in range(3)),
            {Language.ZH_HANS: f"第 {n} 个问题的答案。" * 5, Language.EN: f"The answer to question {n}. " * 5},
            f"part {n % 40}", (f"tag {n % 90}",),
        )
        for n in range(count)
    ]


async def said(output: asyncio.StreamReader, word: bytes) -> list[bytes]:
    """Read on, past the log, until a line begins with this word; returns what follows it."""
    line = b" "
    while line and line.split()[:1] != [word]:
        line = await output.readline()
    assert line, "the reader has died"
    return line.split()[1:]


def publish(edit: FaqArticle, now: datetime, tx: SqlTransaction) -> None:
    tx.articles.put_all([edit], now)


async def published(url: str, vectors: str, store: SqlStore, clock: SystemClock) -> tuple[list[float], float, float]:
    """Seconds from the commit of an edit until searches in two other processes give the new article; the seconds of
    CPU that an edit costs each of them; and the most memory one of them had, in MB."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "benchmarks.faq_reader", url, vectors]
    readers = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for _ in range(READERS)]
    inputs = [each.stdin for each in readers if each.stdin]
    outputs = [each.stdout for each in readers if each.stdout]
    await asyncio.gather(*(said(each, b"ready") for each in outputs))
    took = []
    for number in range(EDITS):
        question = f"Does edit {number} of {number * 7919} appear?"
        edit = FaqArticle(f"edit{number}", (Phrasing(question, Language.EN),), {Language.EN: "It does."})
        for each in inputs:
            each.write(question.encode() + b"\n")
        await asyncio.sleep(0.4)
        await store.transact(partial(publish, edit, clock.now()))
        began = time.perf_counter()
        await asyncio.gather(*(said(each, b"answered") for each in outputs))
        took.append(time.perf_counter() - began)
    for each in inputs:
        each.close()
    said_last = await asyncio.gather(*(said(each, b"used") for each in outputs))
    ends = [[float(word) for word in words] for words in said_last]
    await asyncio.gather(*(each.wait() for each in readers))
    return took, sum(used for used, _ in ends) / READERS / EDITS, max(memory for _, memory in ends)


@contextlib.asynccontextmanager
async def someone_writing(store: SqlStore, clock: SystemClock) -> AsyncIterator[list[float]]:
    """Somebody stores an event fifty times a second; yields how long each took."""
    waits: list[float] = []

    async def write() -> None:
        while True:
            began = time.perf_counter()
            await store.transact(lambda tx: tx.events.add("bench", None, None, clock.now()))
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)

    writing = asyncio.create_task(write())
    yield waits
    writing.cancel()


async def edited_and_taken_back(store: SqlStore, clock: SystemClock) -> tuple[float, float]:
    """Seconds for one bulk edit of all articles, and for its undo."""
    def tagged(tx: SqlTransaction) -> ArticleChange:
        return tx.articles.plan_edit([replace(each, tags=(*each.tags, "winter")) for each in tx.articles.list_all()])

    began = time.perf_counter()
    revision, _ = await carry_out(store, tagged, clock.now(), by="", action=FaqAction.BULK)
    between = time.perf_counter()
    await carry_out(store, lambda tx: tx.articles.plan_undo(revision), clock.now(), by="", action=FaqAction.UNDONE)
    return between - began, time.perf_counter() - between


async def measure(url: str, folder: Path, count: int, words: bool) -> dict[str, str]:
    """One engine's row of the table."""
    FieldCipher.install("a key for measuring")
    database, signals, clock = Database(url), Signals(), SystemClock()
    schema.upgrade(database)
    signals.bind()
    store, vectors = SqlStore(database, signals), folder / "vectors"
    faq = LiveFaq(StoredArticles(store), None if words else BundledEncoder(Path("var/encoders")), vectors=vectors)
    imports = FaqImports(store, Uploads(folder / "uploads", store), clock, faq.embed_ahead)
    checked: dict[Format, float] = {}
    for form in (Format.XLSX, Format.CSV):
        content = render_articles(articles(count), form)
        began = time.perf_counter()
        job = await imports.settled(await imports.start(f"faq.{form}", content, ""))
        checked[form] = time.perf_counter() - began
    began = time.perf_counter()
    async with someone_writing(store, clock) as waits:
        await imports.apply(job.id)
        done = await imports.settled(job.id)
    took = time.perf_counter() - began
    assert done.state == "done", done.faults
    async with someone_writing(store, clock) as bulk_waits:
        bulk = await edited_and_taken_back(store, clock)
    live, used, memory = await published(url, "" if words else str(vectors), store, clock)
    database.close()
    return {
        "check CSV s": f"{checked[Format.CSV]:.1f}", "check XLSX s": f"{checked[Format.XLSX]:.1f}",
        "import s": f"{took:.1f}",
        "others wait ms p50 / p95 / max": " / ".join(
            f"{each * 1000:.0f}" for each in (statistics.median(waits), p95(waits), max(waits))),
        "bulk edit / undo s": f"{bulk[0]:.1f} / {bulk[1]:.1f}",
        "others wait ms max": f"{max(bulk_waits) * 1000:.0f}",
        "edit live s p50 / p95 / max": f"{statistics.median(live):.2f} / {p95(live):.2f} / {max(live):.2f}",
        "CPU an edit s": f"{used:.2f}",
        "MB": f"{memory:.0f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--words", action="store_true")
    asked = parser.parse_args()
    rows: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for engine in (asked.engine,) if asked.engine else ("sqlite", "postgresql"):
            file = contextlib.nullcontext[str | None](f"sqlite:///{folder}/bench.db")
            with file if engine == "sqlite" else postgres() as url:
                if url is None:
                    continue
                row = asyncio.run(measure(url, Path(folder), asked.articles, asked.words))
            rows.append({"engine": engine, "articles": f"{asked.articles:,}", **row})
    print(table(list(rows[0]), [list(row.values()) for row in rows]))


if __name__ == "__main__":
    main()
