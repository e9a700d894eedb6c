"""How long 10,000 articles take to check and to import, and how long others wait for the database meanwhile.

python -m benchmarks.faq_import [--articles 10000] [--database postgresql+psycopg://…]
"""

import argparse
import asyncio
import statistics
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
from knowledge_base.exchange import Format, render_articles
from wiring.faq_imports import FaqImports
from wiring.services import SystemClock
from wiring.uploads import Uploads


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


async def measure(url: str, folder: Path, count: int) -> None:
    FieldCipher.install("a key for measuring")
    database, signals, clock = Database(url), Signals(), SystemClock()
    schema.upgrade(database)
    signals.bind()
    store = SqlStore(database, signals)
    imports = FaqImports(store, Uploads(folder / "uploads", store), clock)
    waits: list[float] = []

    async def others() -> None:
        while True:
            began = time.perf_counter()
            await store.transact(lambda tx: tx.events.add("bench", None, None, clock.now()))
            waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)

    print(f"{'form':6}{'file MB':>9}{'check s':>9}{'import s':>10}{'others wait p50/max s':>24}")
    for form in Format:
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
        spread = f"{statistics.median(waits):.3f} / {max(waits):.2f}"
        print(f"{form.value:6}{len(content) / 1e6:9.1f}{checked:9.1f}{took:10.1f}{spread:>24}", flush=True)
        ids = [f"a{n:06}" for n in range(count)]
        for start in range(0, count, 500):  # so that the next form's import has as much to do
            await store.transact(lambda tx, part=ids[start : start + 500]: tx.articles.remove_many(part, clock.now()))
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{folder}/bench.db"
        asyncio.run(measure(url, Path(folder), asked.articles))


if __name__ == "__main__":
    main()
