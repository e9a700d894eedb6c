"""The other process of benchmarks.faq_import: reads questions from its input, and says when one is answered.

    python -m benchmarks.faq_reader DATABASE VECTORS     ("" for VECTORS: by words alone)
"""

import asyncio
import sys
from pathlib import Path

from crm_store.columns import FieldCipher
from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore
from knowledge_base.embedding import BundledEncoder
from knowledge_base.service import LiveFaq
from wiring.services import StoredArticles


async def main(url: str, vectors: str) -> None:
    FieldCipher.install("a key for measuring")
    signals = Signals()
    signals.bind()
    source = StoredArticles(SqlStore(Database(url), signals))
    encoder = BundledEncoder(Path("var/encoders")) if vectors else None
    faq = LiveFaq(source, encoder, vectors=Path(vectors) if vectors else None)
    await faq.refresh()
    watching = asyncio.create_task(faq.watch(asyncio.sleep))  # no wake-up reaches it: the slowest case
    print("ready", flush=True)
    while question := await asyncio.to_thread(sys.stdin.readline):
        found = ""
        while found != question.strip():
            await asyncio.sleep(0.005)
            found = next((match.question for match in (await faq.search(question.strip())).matches), "")
        print("answered", flush=True)
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
