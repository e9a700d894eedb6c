"""What confirmed pairs are worth: refit the Chinese words on some articles' questions, ask those of other articles.

    python -m benchmarks.faq_learning FOLDER      (holds atec_* and epidemic_* in the form of `frontdesk faq eval`)

Half of the articles (by the order of their ids' hashes) give confirmed pairs, the questions of the other half are asked
over the whole base. "Other set": the same words on the base that gave no pair.
"""

import hashlib
import random
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.faq_bases import Base, asked, built, read_base, top1
from benchmarks.report import keep, table
from knowledge_base.chinese.refit import Sentences, refit
from knowledge_base.chinese.table import WordTable, bundled_table
from knowledge_base.embedding import BundledEncoder
from knowledge_base.glossary import Glossary
from knowledge_base.normalise import normalise
from knowledge_base.prepare import Preparer

SETS = ("atec", "epidemic")
SIZES = (0, 200, 1000)


def gives_pairs(article: str) -> bool:
    return hashlib.blake2b(article.encode()).digest()[0] % 2 == 0


def score(base: Base, words: WordTable, encoder: BundledEncoder, questions: list[tuple[str, str]]) -> float:
    preparer = Preparer(encoder.with_table(words, Glossary()))
    return top1(asked(preparer, built(preparer, base.articles), questions), questions)


def alone(base: Base, words: WordTable, questions: list[tuple[str, str]]) -> float:
    """By the vectors alone, without words: what the refit moves."""
    likeness = words.encode([normalise(text) for text, _ in questions]) @ words.encode(
        [normalise(article.phrasings[0].text) for article in base.articles]
    ).T
    keys = [article.id for article in base.articles]
    return float(np.mean([keys[place] == key for place, (_, key) in zip(likeness.argmax(1), questions, strict=True)]))


def main(folder: Path) -> None:
    encoder = BundledEncoder(Path("var/encoders"))
    bases = {name: read_base(folder, name) for name in SETS}
    rows = []
    for name, base in bases.items():
        phrasings = {article.id: article.phrasings[0].text for article in base.articles}
        known = [question for question in base.inside if gives_pairs(question[1])]
        random.Random(0).shuffle(known)
        tested = [question for question in base.inside if not gives_pairs(question[1])]
        other = bases[SETS[1 - SETS.index(name)]]
        for size in dict.fromkeys(min(size, len(known)) for size in SIZES):
            started = time.perf_counter()
            pairs = [Sentences(normalise(text), normalise(phrasings[key]), key) for text, key in known[:size]]
            words = bundled_table().with_words(refit(bundled_table(), pairs))
            seconds = time.perf_counter() - started
            rows.append([
                name, str(size), f"{seconds:.1f}", f"{alone(base, words, tested):.3f}",
                f"{score(base, words, encoder, tested):.3f}", str(len(tested)),
                f"{score(other, words, encoder, other.inside):.3f}",
            ])  # fmt: skip
            print(rows[-1], file=sys.stderr, flush=True)
    head = ["set", "pairs", "fit, s", "vectors alone, top-1", "search, top-1", "asked", "search on the other set"]
    print(table(head, rows))
    keep("faq_learning", {"head": head, "rows": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
