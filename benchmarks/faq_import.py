"""How long 10,000 articles take to check and to import, how long others wait for the database meanwhile, and how long
a published edit takes to be live in another process.

    python -m benchmarks.faq_import [--articles 10000] [--database postgresql+psycopg://…] [--vectors]

Without `--vectors` the articles are stored and searchable by words; with it each text is embedded on the way, as in the
product (about a minute of one thread for 10,000 articles with their English texts). The other writer stores an event
fifty times a second, as a webhook stores a message.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from crm_store import schema
from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore
from desk.faq import FaqArticle, Phrasing
from desk.messages import Language
from knowledge_base.embedding import BundledEncoder
from knowledge_base.exchange import Format, render_articles
from knowledge_base.service import LiveFaq
from wiring.faq_imports import FaqImports
from wiring.services import StoredArticles, SystemClock
from wiring.uploads import Uploads


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


async def said(output: asyncio.StreamReader, word: bytes) -> None:
    """Read on, past the log, until a line is this word."""
    line = b" "
    while line and line.strip() != word:
        line = await output.readline()
    assert line, "the reader has died"


async def published(url: str, vectors: str, store: SqlStore, clock: SystemClock) -> None:
    """From the commit of an edit until a search in another process gives the new article."""
    command = [sys.executable, "-m", "benchmarks.faq_reader", url, vectors]
    pipe = asyncio.subprocess.PIPE
    reader = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert reader.stdin and reader.stdout
    await said(reader.stdout, b"ready")
    took = []
    for number in range(20):
        question = f"Does edit {number} of {number * 7919} appear?"
        edit = FaqArticle(f"edit{number}", (Phrasing(question, Language.EN),), {Language.EN: "It does."})
        reader.stdin.write(question.encode() + b"\n")
        await asyncio.sleep(0.4)
        await store.transact(lambda tx, edit=edit: tx.articles.put_all([edit], clock.now()))
        began = time.perf_counter()
        await said(reader.stdout, b"answered")
        took.append(time.perf_counter() - began)
    reader.stdin.close()
    await reader.wait()
    print(f"edit live in another process, s: p50 {statistics.median(took):.2f}, p95 {p95(took):.2f}", flush=True)


async def measure(url: str, folder: Path, count: int, vectors: bool) -> None:
    FieldCipher.install("a key for measuring")
    database, signals, clock = Database(url), Signals(), SystemClock()
    schema.upgrade(database)
    signals.bind()
    store = SqlStore(database, signals)
    encoder = BundledEncoder(Path("var/encoders")) if vectors else None
    faq = LiveFaq(StoredArticles(store), encoder, vectors=folder / "vectors")
    imports = FaqImports(store, Uploads(folder / "uploads", store), clock, faq.embed_ahead)
    waits: list[float] = []

    async def others() -> None:
        while True:
            began = time.perf_counter()
            await store.transact(lambda tx: tx.events.add("bench", None, None, clock.now()))
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)

    print(f"{'form':6}{'file MB':>9}{'check s':>9}{'import s':>10}{'others wait ms p50/p95/max':>30}")
    for form in (Format.CSV, Format.XLSX):
        content = render_articles(articles(count), form)
        began = time.perf_counter()
        job = await imports.settled(await imports.start(f"faq.{form}", content, ""))
        checked = time.perf_counter() - began
        waits.clear()
        waiting = asyncio.create_task(others())
        began = time.perf_counter()
        await imports.apply(job.id)
        done = await imports.settled(job.id)
        took = time.perf_counter() - began
        waiting.cancel()
        assert done.state == "done", done.faults
        spread = " / ".join(f"{each * 1000:.0f}" for each in (statistics.median(waits), p95(waits), max(waits)))
        print(f"{form.value:6}{len(content) / 1e6:9.1f}{checked:9.1f}{took:10.1f}{spread:>30}", flush=True)
        if form is Format.CSV:
            await published(url, str(folder / "vectors") if vectors else "", store, clock)
        ids = [f"a{n:06}" for n in range(count)]
        for start in range(0, count, 500):  # so that the next form's import has as much to do
            await store.transact(lambda tx, part=ids[start : start + 500]: tx.articles.remove_many(part, clock.now()))
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--vectors", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{folder}/bench.db"
        asyncio.run(measure(url, Path(folder), asked.articles, asked.vectors))


if __name__ == "__main__":
    main()
