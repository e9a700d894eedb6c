"""Chinese search beside character BM25 on the same base, and the same questions in traditional characters.

    python -m benchmarks.faq_chinese FOLDER [SET ...]     (files in the form of `frontdesk faq eval`; atec, epidemic)

"Few characters": questions that share less than .35 of their characters with their article's phrasing (Jaccard).
"""

import sys
from pathlib import Path

import numpy as np
from opencc import OpenCC

from benchmarks.faq_bases import Base, asked, auroc, built, by_words, first, read_base, top1
from benchmarks.report import keep, table
from knowledge_base.embedding import BundledEncoder
from knowledge_base.prepare import Preparer

FEW = 0.35


def few_shared(base: Base) -> list[bool]:
    phrasings = {article.id: set(article.phrasings[0].text) for article in base.articles}
    return [
        bool(key) and len(set(text) & phrasings[key]) / len(set(text) | phrasings[key]) < FEW
        for text, key in base.questions
    ]


def rows_of(base: Base, encoder: BundledEncoder) -> list[list[str]]:
    preparer = Preparer(encoder)
    snapshot = built(preparer, base.articles)
    few = few_shared(base)
    words = [by_words(snapshot, preparer.query(text)) for text, _ in base.questions]
    by_bm25 = [max(scores.items(), key=lambda item: item[1]) if scores else ("", 0.0) for scores in words]
    rankings = asked(preparer, snapshot, base.questions)
    by_us = [(first(ranking), ranking.best) for ranking in rankings]
    turned = OpenCC("s2twp")
    traditional = [(turned.convert(text), key) for text, key in base.inside]
    in_traditional = top1(asked(preparer, snapshot, traditional), traditional)
    rows = []
    for name, found in (("character BM25", by_bm25), ("Frontdesk", by_us)):
        right = [best == key for (best, _), (_, key) in zip(found, base.questions, strict=True)]
        inside = [score for (_, score), (_, key) in zip(found, base.questions, strict=True) if key]
        outside = [score for (_, score), (_, key) in zip(found, base.questions, strict=True) if not key]
        known = [is_right for is_right, (_, key) in zip(right, base.questions, strict=True) if key]
        rare = [is_right for is_right, is_few in zip(right, few, strict=True) if is_few]
        rows.append([
            base.name, name, f"{np.mean(known):.3f}", f"{np.mean(rare):.3f} of {len(rare)}",
            f"{auroc(inside, outside):.3f}", f"{in_traditional:.3f}" if name == "Frontdesk" else "",
        ])  # fmt: skip
    return rows


def main(folder: Path, names: list[str]) -> None:
    encoder = BundledEncoder(Path("var/encoders"))
    head = ["set", "search", "top-1", "top-1, few characters shared", "near-out-of-scope AUROC", "top-1, traditional"]
    rows = [row for name in names or ["atec", "epidemic"] for row in rows_of(read_base(folder, name), encoder)]
    print(table(head, rows))
    keep("faq_chinese", {"head": head, "rows": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
