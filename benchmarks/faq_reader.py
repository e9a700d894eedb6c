"""The other process of benchmarks.faq_import: reads questions from its input, says when one is answered, and at the end
what the edits have cost it.

    python -m benchmarks.faq_reader DATABASE VECTORS     ("" for VECTORS: by words alone)
"""

import asyncio
import resource
import sys
from pathlib import Path

from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore
from knowledge_base.embedding import BundledEncoder
from knowledge_base.service import LiveFaq
from wiring.services import StoredArticles


def cpu_seconds() -> float:
    """What this process and those that it started have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


async def main(url: str, vectors: str) -> None:
    FieldCipher.install("a key for measuring")
    signals = Signals()
    signals.bind()
    source = StoredArticles(SqlStore(Database(url), signals))
    encoder = BundledEncoder(Path("var/encoders")) if vectors else None
    faq = LiveFaq(source, encoder, vectors=Path(vectors) if vectors else None)
    await faq.refresh()
    await faq.settled()
    watching = asyncio.create_task(faq.watch(asyncio.sleep))  # no wake-up reaches it: the slowest case
    print("ready", flush=True)
    before = cpu_seconds()
    while question := await asyncio.to_thread(sys.stdin.readline):
        known, found = faq.status().revision, ""
        while found != question.strip():
            await asyncio.sleep(0.01)
            if faq.status().revision != known:  # looking costs nothing, so that what is measured is the edit's
                found = next((match.question for match in (await faq.search(question.strip())).matches), "")
        print("answered", flush=True)
    await faq.settled()
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("used", cpu_seconds() - before, highest, flush=True)
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
