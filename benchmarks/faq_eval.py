"""Measure FAQ search on pairs of files NAME_articles.csv and NAME_queries.csv and print a table for the docs.

    python -m benchmarks.faq_eval FOLDER [SET ...]

The fields of `frontdesk faq eval`, and one that needs all scores: the share of in-scope questions answered right at the
cut where a tenth of the others would be answered.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.faq_bases import asked, built, first, read_base
from benchmarks.report import keep, table
from knowledge_base.embedding import BundledEncoder
from knowledge_base.evaluation import evaluate
from knowledge_base.prepare import Preparer

OUTSIDERS_ANSWERED = 0.1


def right_beside_outsiders(folder: Path, name: str, encoder: BundledEncoder) -> float | None:
    """None where every question has an article."""
    base, preparer = read_base(folder, name), Preparer(encoder)
    rankings = asked(preparer, built(preparer, base.articles), base.questions)
    outside = [ranking.best for ranking, (_, expected) in zip(rankings, base.questions, strict=True) if not expected]
    if not outside:
        return None
    cut = float(np.quantile(outside, 1 - OUTSIDERS_ANSWERED))
    right = [
        first(ranking) == expected and ranking.best > cut
        for ranking, (_, expected) in zip(rankings, base.questions, strict=True) if expected
    ]  # fmt: skip
    return sum(right) / len(right)


def main(folder: Path, names: Sequence[str]) -> None:
    encoder = BundledEncoder(Path("var/encoders"))
    found = sorted(file.name.removesuffix("_articles.csv") for file in folder.glob("*_articles.csv"))
    head, rows = [], []
    for name in names or found:
        articles, queries = (folder / f"{name}_{kind}.csv" for kind in ("articles", "queries"))
        report = json.loads(evaluate(articles, queries, encoder).as_json())
        report["right_at_10_percent"] = right_beside_outsiders(folder, name, encoder)
        head = ["set", *report]
        rows.append([name, *("–" if value is None else f"{value:.4g}" for value in report.values())])
        print(rows[-1], file=sys.stderr, flush=True)
    print(table(head, rows))
    keep("faq_eval", {"head": head, "rows": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
