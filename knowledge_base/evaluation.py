"""How well search does on anybody's files, measured with the product's own code in a throw-away index."""

import csv
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from desk.faq import Verdict
from knowledge_base.embedding import Encoder
from knowledge_base.exchange import read_articles
from knowledge_base.import_faults import whole_file
from knowledge_base.index import Snapshot
from knowledge_base.prepare import Preparer
from knowledge_base.search import DEPTH, Ranking, rank


@dataclass(frozen=True, slots=True)
class EvalReport:
    """Shares 0..1 over their own kind of query, None where there is no such query; docs/knowledge-base.md defines them.

    "Answered" means the verdict ANSWER; everything else, an offer of close questions too, counts as refused.
    """

    queries: int
    in_scope: int
    top1: float | None
    top3: float | None
    mrr10: float | None
    answered_right: float | None
    answered_wrong: float | None
    refused_right: float | None
    refused_wrong: float | None
    auroc_refusal: float | None
    index_seconds: float
    p50_ms: float
    p95_ms: float

    def as_json(self) -> str:
        """One JSON object, in one line."""
        rounded = {name: round(value, 4) if value is not None else None for name, value in asdict(self).items()}
        return json.dumps(rounded)


@dataclass(frozen=True, slots=True)
class _Outcome:
    expected: str
    ranking: Ranking
    milliseconds: float

    @property
    def place(self) -> int | None:
        """Where the expected article stands, from 1."""
        places = enumerate(self.ranking.ranked, start=1)
        return next((place for place, found in places if found.article.id == self.expected), None)

    @property
    def answered(self) -> bool:
        return self.ranking.verdict is Verdict.ANSWER

    @property
    def best_score(self) -> float:
        return self.ranking.best


def evaluate(
    articles_csv: Path, queries_csv: Path, encoder: Encoder, *, limit_candidates: int = DEPTH
) -> EvalReport:
    """Measure search on two files (see docs/knowledge-base.md for their form).

    `limit_candidates` is how many entries are looked at per signal. `index_seconds` includes embedding and the
    classifier, latency includes embedding; loading the model is in neither. Raises BadImport, OSError.
    """
    articles = read_articles(articles_csv)
    queries = _read_queries(queries_csv)
    preparer = Preparer(encoder)
    _warm_up(preparer)
    started = time.perf_counter()
    snapshot = Snapshot().changed(preparer.articles(articles), ()).taught()
    index_seconds = time.perf_counter() - started
    outcomes = [_ask(preparer, snapshot, text, expected, max(limit_candidates, 1)) for text, expected in queries]
    return _report(outcomes, index_seconds)


def _warm_up(preparer: Preparer) -> None:
    """Load the model and both scripts' tables before anything is timed."""
    for text in ("Is the model loaded?", "簡體還是繁體？"):
        preparer.query(text)


def _ask(preparer: Preparer, snapshot: Snapshot, text: str, expected: str, depth: int) -> _Outcome:
    started = time.perf_counter()
    ranking = rank(snapshot, preparer.query(text), depth)
    return _Outcome(expected, ranking, (time.perf_counter() - started) * 1000)


def _report(outcomes: Sequence[_Outcome], index_seconds: float) -> EvalReport:
    inside = [outcome for outcome in outcomes if outcome.expected]
    outside = [outcome for outcome in outcomes if not outcome.expected]
    places = [outcome.place for outcome in inside]
    latencies = [outcome.milliseconds for outcome in outcomes] or [0.0]
    return EvalReport(
        queries=len(outcomes),
        in_scope=len(inside),
        top1=_share([place == 1 for place in places]),
        top3=_share([place is not None and place <= 3 for place in places]),
        mrr10=_share([1 / place if place is not None and place <= 10 else 0.0 for place in places]),
        answered_right=_share([outcome.answered and outcome.place == 1 for outcome in inside]),
        answered_wrong=_share([outcome.answered and outcome.place != 1 for outcome in inside]),
        refused_right=_share([not outcome.answered for outcome in outside]),
        refused_wrong=_share([not outcome.answered for outcome in inside]),
        auroc_refusal=_auroc([each.best_score for each in inside], [each.best_score for each in outside]),
        index_seconds=index_seconds,
        p50_ms=float(np.percentile(latencies, 50)),
        p95_ms=float(np.percentile(latencies, 95)),
    )


def _share(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """How often a question with an answer outscores one without (ties count half)."""
    if not inside or not outside:
        return None
    ordered = np.sort(np.asarray(outside))
    below = np.searchsorted(ordered, inside, side="left")
    not_above = np.searchsorted(ordered, inside, side="right")
    return float((below + not_above).mean() / 2 / len(outside))


def _read_queries(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"query", "expected_id"} <= set(reader.fieldnames or ()):
            raise whole_file("query_header", row=1)
        return [(row["query"] or "", (row["expected_id"] or "").strip()) for row in reader]
