"""What confirmed pairs are worth: the product's search with and without them, on questions that gave no pair.

    python -m benchmarks.faq_learning FOLDER [SET ...]      (files in the form of `frontdesk faq eval`)

Pairs serve as further ways to ask of their articles, and teach the words (Chinese) and the classifier. Per set, seed:

- **clean**: half of the articles give pairs, questions of the other half are asked;
- **use**: half of the questions, drawn at random, may become pairs, the other half is asked. Told apart: questions of
  articles that gave pairs, and all of them, which is the mix that use brings;
- **elsewhere**, where FOLDER has SET_pairs.csv (query, question; `benchmarks.faq_sets` makes one): each pair brings an
  article of its own. The set's questions are asked of the set's articles alone, and of all together.

Figures are medians over the seeds: the share found first without pairs, and what pairs add, in points, with the least
and the most of any seed. "Other set": the Chinese words learned from these pairs on the base that gave none.
"""

import csv
import random
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.faq_bases import Base, Question, auroc, first, read_base
from benchmarks.report import keep, table
from desk.faq import FaqArticle, Phrasing
from desk.faq_tuning import ConfirmedPair, PairSource
from knowledge_base.chinese.refit import Learned
from knowledge_base.confirmed import by_article
from knowledge_base.embedding import BundledEncoder
from knowledge_base.engine import Engine
from knowledge_base.glossary import Glossary
from knowledge_base.index import Snapshot
from knowledge_base.learning import lifts_for, lifts_of, refitted, taught_preparer
from knowledge_base.search import Ranking
from knowledge_base.vectors import VectorMemory

SETS = {"atec": 5, "atec_wide": 3, "epidemic": 3, "banking77_10": 3, "clinc150": 1}
"""Sets, and how many seeds; those that the folder has are measured. `atec_wide`: more articles of the same contest."""
SIZES = (200, 1000)
ELSEWHERE_SEEDS = 5
SHOTS = 1  # phrasings an article keeps; the Chinese sets have no more
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Drawn:
    """Questions that may give pairs, and those asked."""

    kind: str
    pool: Sequence[Question]
    asked: Sequence[Question]


def draws(base: Base, seed: int) -> list[Drawn]:
    chance = random.Random(seed)
    articles = {article.id: chance.random() < 0.5 for article in base.articles}
    questions = chance.sample(base.inside, len(base.inside))
    half = len(questions) // 2
    return [
        Drawn("clean", [each for each in questions if articles[each[1]]],
              [each for each in questions if not articles[each[1]]]),
        Drawn("use", questions[:half], questions[half:]),
    ]  # fmt: skip


class Bench:
    def __init__(self, folder: Path) -> None:
        self._encoder = BundledEncoder(Path("var/encoders"))
        self._memory = VectorMemory(self._encoder.model_id, self._encoder.width)
        self._folder = folder
        self._bare: dict[str, list[Ranking]] = {}
        self.bases = {name: self._read(name) for name in SETS if (folder / f"{name}_articles.csv").exists()}

    def _read(self, name: str) -> Base:
        base = read_base(self._folder, name)
        return replace(base, articles=[replace(each, phrasings=each.phrasings[:SHOTS]) for each in base.articles])

    def elsewhere(self, base: Base) -> list[Question]:
        path = self._folder / f"{base.name}_pairs.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["query"], row["question"]) for row in csv.DictReader(file)]

    def engine(self, base: Base, pairs: Sequence[ConfirmedPair], learned: Learned | None) -> Engine:
        preparer = taught_preparer(self._encoder, Glossary(), learned, self._memory)
        empty = Engine(preparer, Snapshot().lifting(lifts_of(learned)), confirmed=by_article(pairs))
        engine = empty.changed(base.articles, set())
        return engine.over(engine.snapshot.taught())

    def asked(self, engine: Engine, questions: Sequence[Question]) -> list[Ranking]:
        return [engine.ranking(engine.preparer.query(text)) for text, _ in questions]

    def without(self, base: Base) -> dict[Question, Ranking]:
        """Every question asked of the bare base, once."""
        if base.name not in self._bare:
            self._bare[base.name] = self.asked(self.engine(base, (), None), base.questions)
        return dict(zip(base.questions, self._bare[base.name], strict=True))

    def learned(self, base: Base, pairs: Sequence[ConfirmedPair]) -> Learned:
        bare = self.engine(base, (), None)
        bare = bare.over(bare.snapshot.without_heads())
        return replace(refitted(bare, pairs), lifts=lifts_for(bare, pairs))


Gain = tuple[float, float] | None


def right(rankings: Sequence[Ranking], questions: Sequence[Question]) -> list[bool]:
    return [first(ranking) == key for ranking, (_, key) in zip(rankings, questions, strict=True)]


def gained(before: Sequence[bool], after: Sequence[bool], which: Sequence[bool]) -> Gain:
    """Share right before, and points added, among these."""
    if not any(which):
        return None
    chosen = [(one, other) for one, other, counts in zip(before, after, which, strict=True) if counts]
    earlier, later = np.mean(chosen, axis=0)
    return float(earlier), 100 * float(later - earlier)


def measure(bench: Bench, base: Base, drawn: Drawn, size: int) -> tuple[dict[str, Gain], Learned]:
    pairs = [ConfirmedPair(text, key, PairSource.CUSTOMER, _NOW) for text, key in drawn.pool[:size]]
    learned = bench.learned(base, pairs)
    engine, bare = bench.engine(base, pairs, learned), bench.without(base)
    rankings = bench.asked(engine, drawn.asked)
    before, after = right([bare[each] for each in drawn.asked], drawn.asked), right(rankings, drawn.asked)
    gave = {pair.article_id for pair in pairs}
    found = {"all": gained(before, after, [True] * len(before))}
    if drawn.kind == "use":
        found["gave"] = gained(before, after, [key in gave for _, key in drawn.asked])
    outside = [each for each in base.questions if not each[1]]
    if outside:
        strange = [ranking.best for ranking in bench.asked(engine, outside)]
        now = auroc([ranking.best for ranking in rankings], strange)
        then = auroc([bare[each].best for each in drawn.asked], [bare[each].best for each in outside])
        found["auroc"] = then, 100 * (now - then)
    return found, learned


def measure_elsewhere(bench: Bench, base: Base, pool: Sequence[Question], size: int, seed: int) -> dict[str, Gain]:
    """`pool`: questions with the text of the article that answers them, none of which is in the base."""
    chosen = random.Random(seed).sample(pool, size)
    pairs = [ConfirmedPair(text, f"elsewhere-{place}", PairSource.CUSTOMER, _NOW)
             for place, (text, _) in enumerate(chosen)]  # fmt: skip
    theirs = [FaqArticle(pair.article_id, (Phrasing(text),), {})
              for pair, (_, text) in zip(pairs, chosen, strict=True)]  # fmt: skip
    wider = replace(base, articles=[*base.articles, *theirs])
    learned = bench.learned(wider, pairs)

    def found(some: Base, pairs: Sequence[ConfirmedPair], learned: Learned | None) -> list[bool]:
        return right(bench.asked(bench.engine(some, pairs, learned), base.inside), base.inside)

    bare = bench.without(base)
    everyone = [True] * len(base.inside)
    alone = right([bare[each] for each in base.inside], base.inside)
    return {
        "alone": gained(alone, found(base, (), learned), everyone),
        "together": gained(found(wider, (), None), found(wider, pairs, learned), everyone),
    }


def told(found: Sequence[Gain]) -> list[str]:
    known = [each for each in found if each is not None]
    if not known:
        return ["–", "–"]
    gains = [gain for _, gain in known]
    middle = statistics.median(gains)
    before = statistics.median(share for share, _ in known)
    return [f"{before:.3f}", f"{middle:+.1f} ({min(gains):+.1f} to {max(gains):+.1f})"]


def rows_of(bench: Bench, base: Base, other: Base | None, size: int) -> list[list[str]]:
    found: dict[tuple[str, str], list[Gain]] = {}
    counts: dict[str, int] = {}
    for seed in range(SETS[base.name]):
        for drawn in draws(base, seed):
            counts[drawn.kind] = min(size, len(drawn.pool))
            figures, learned = measure(bench, base, drawn, size)
            for name, figure in figures.items():
                found.setdefault((drawn.kind, name), []).append(figure)
            if drawn.kind == "use" and seed == 0 and other is not None:
                bare = bench.without(other)
                again = right(bench.asked(bench.engine(other, (), learned), other.inside), other.inside)
                earlier = right([bare[each] for each in other.inside], other.inside)
                found["use", "other"] = [gained(earlier, again, [True] * len(again))]
    names = {("clean", "all"): "clean", ("use", "gave"): "use: of articles that gave pairs", ("use", "all"): "use: all",
             ("use", "auroc"): "use: refusal AUROC", ("use", "other"): f"other set ({other.name if other else ''})"}
    return [[base.name, str(counts[key[0]]), name, *told(found[key])] for key, name in names.items() if key in found]


def rows_elsewhere(bench: Bench, base: Base, size: int) -> list[list[str]]:
    pool = bench.elsewhere(base)
    if len(pool) < size:
        return []
    found = [measure_elsewhere(bench, base, pool, size, seed) for seed in range(ELSEWHERE_SEEDS)]
    names = {"alone": "elsewhere: the set's articles", "together": "elsewhere: all articles"}
    return [[base.name, str(size), name, *told([each[key] for each in found])] for key, name in names.items()]


def shown(rows: list[list[str]]) -> list[list[str]]:
    """The same rows, once they are said: a whole run takes minutes."""
    for row in rows:
        print(row, file=sys.stderr, flush=True)
    return rows


def main(folder: Path, names: Sequence[str]) -> None:
    bench = Bench(folder)
    others = {"atec": "epidemic", "epidemic": "atec"}
    rows = []
    for name, base in bench.bases.items():
        if names and name not in names:
            continue
        half = len(base.inside) // 2
        other = bench.bases.get(others.get(name, ""))
        for size in dict.fromkeys(min(size, half) for size in SIZES):
            rows += shown(rows_of(bench, base, other, size))
        for size in SIZES:
            rows += shown(rows_elsewhere(bench, base, size))
    head = ["set", "pairs", "asked", "without", "points added, median (least to most)"]
    print(table(head, rows))
    keep("faq_learning", {"head": head, "rows": rows})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
