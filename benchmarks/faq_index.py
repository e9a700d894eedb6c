"""Which index from which size on: exact, by bytes, by lists (IVF), by a graph (HNSW); and edits of a large base.

    python -m benchmarks.faq_index [SIZE ...]      (100000 unless given; a million takes about half an hour)

Vectors of 384 numbers in clusters, as sentences make them; questions lie near some of them. One thread. `recall` is the
share of the true ten nearest among the ten found. Times are the thread's own.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks.report import keep, percentile, table
from knowledge_base.entries import Entry, EntryIndex, Owned, Query, Script
from knowledge_base.graph_files import GraphFiles
from knowledge_base.nearest import Flat, Graph
from knowledge_base.vectors import Vectors

WIDTH, ASKED, DEPTH = 384, 200, 64
Search = Callable[[Vectors], list[int]]


def made(size: int, chance: np.random.Generator) -> Vectors:
    clusters = chance.standard_normal((max(64, size // 50), WIDTH), dtype=np.float32)
    found = clusters[chance.integers(0, len(clusters), size)]
    found += 0.8 * chance.standard_normal((size, WIDTH), dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def resident() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 2**20


def of_faiss(index: Any) -> Search:
    return lambda vector: index.search(vector.reshape(1, -1), 10)[1][0].tolist()


def of_ours(index: Flat | Graph) -> Search:
    def search(vector: Vectors) -> list[int]:
        found = sorted(index.search(vector, DEPTH, None), key=lambda each: -each[1])
        return [position for position, _ in found[:10]]

    return search


def lists(vectors: Vectors) -> Any:
    count = int(4 * np.sqrt(len(vectors)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(WIDTH), WIDTH, count, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = 8
    index.train(vectors[: count * 40])
    index.add(vectors)
    index.nprobe = max(4, count // 32)
    return index


def as_bytes(vectors: Vectors) -> Any:
    make: Any = faiss.IndexScalarQuantizer
    index = make(WIDTH, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:50_000])
    index.add(vectors)
    return index


def compare(size: int) -> list[list[str]]:
    chance, rows = np.random.default_rng(0), list[list[str]]()
    vectors = made(size, chance)
    asked = vectors[chance.integers(0, size, ASKED)] + 0.075 * chance.standard_normal((ASKED, WIDTH)).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    truth: list[list[int]] = []
    for name, build in (
        ("exact (ours up to 50,000)", lambda: of_ours(Flat(list(vectors)))),
        ("exact over bytes", lambda: of_faiss(as_bytes(vectors))),
        ("lists (IVF), 1/32 of them looked at", lambda: of_faiss(lists(vectors))),
        ("graph over bytes, weighed exactly (ours)", lambda: of_ours(Graph.build(list(vectors)))),
    ):
        before, began = resident(), time.process_time()
        search = build()
        took, grown, times, found = time.process_time() - began, resident() - before, [], []
        for question in asked:
            begun = time.thread_time()
            found.append(search(question))
            times.append((time.thread_time() - begun) * 1000)
        truth = truth or found
        recall = statistics.mean(len({*one} & {*other}) / 10 for one, other in zip(found, truth, strict=True))
        spread = [f"{percentile(times, share):.2f}" for share in (0.5, 0.95)]
        rows.append([f"{size:,}", name, *spread, f"{recall:.3f}", f"{took:.1f}", f"{grown:.0f}"])
        print("|", " | ".join(rows[-1]), "|", flush=True)
        del search
    return rows


def entry(number: int, vector: Vectors) -> Owned:
    terms = {f"w{number % 5003}": 1, f"v{number % 997}": 1, f"u{number}": 1}
    return Owned(str(number), Entry(number, "", None, Script.LATIN, "", terms, vector), False)


def edits(size: int) -> list[str]:
    """One article added, changed and removed in a settled base, and the first search after it."""
    vectors = made(size + 60, np.random.default_rng(1))
    index = EntryIndex().changed((), [entry(number, vectors[number]) for number in range(size)])
    index = index.settled("bench", GraphFiles("bench", WIDTH, None))
    times = []
    for number in range(size, size + 60):
        query = Query("", Script.LATIN, "", {f"u{number}": 1}, vectors[number])
        begun = time.thread_time()
        index = index.changed((), [entry(number, vectors[number])])
        index = index.changed((number - size,), [])
        assert str(number) in index.hits(query, DEPTH, 0.4)
        times.append((time.thread_time() - begun) * 1000)
    return [f"{size:,}", *(f"{percentile(times, share):.1f}" for share in (0.5, 0.95))]


def main(sizes: list[int]) -> None:
    faiss.omp_set_num_threads(1)
    head = ["vectors", "index", "p50 ms", "p95 ms", "recall of 10", "build s", "MB"]
    rows = [row for size in sizes for row in compare(size)]
    print("\n" + table(head, rows) + "\n")
    edited = [edits(size) for size in (10_000, *sizes) if size <= 100_000]
    head_edits = ["entries", "edit (one in, one out) and a search after it, p50 ms", "p95 ms"]
    print(table(head_edits, edited))
    keep("faq_index", {"head": head, "rows": rows, "edits": edited})


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [100_000])
