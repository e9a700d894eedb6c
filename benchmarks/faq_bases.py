"""Evaluation bases from files: articles with their phrasings, and questions with the article expected ("": none)."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from desk.faq import FaqArticle, Phrasing
from knowledge_base.entries import Query
from knowledge_base.exchange import read_articles
from knowledge_base.index import Snapshot
from knowledge_base.prepare import Preparer
from knowledge_base.search import Ranking, rank

Question = tuple[str, str]


@dataclass(frozen=True)
class Base:
    name: str
    articles: Sequence[FaqArticle]
    questions: Sequence[Question]

    @property
    def inside(self) -> list[Question]:
        return [question for question in self.questions if question[1]]


def read_base(folder: Path, name: str) -> Base:
    """NAME_articles.csv and NAME_queries.csv in the form of `frontdesk faq eval`."""
    return Base(name, read_articles(folder / f"{name}_articles.csv"), questions_of(folder / f"{name}_queries.csv"))


def questions_of(path: Path) -> list[Question]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["query"], (row["expected_id"] or "").strip()) for row in csv.DictReader(file)]


def made_of(name: str, lines: Sequence[Question], questions: Sequence[Question]) -> Base:
    """A base from labelled lines."""
    groups: dict[str, list[Phrasing]] = {}
    for text, label in lines:
        groups.setdefault(label, []).append(Phrasing(text))
    return Base(name, [FaqArticle(label, tuple(texts), {}) for label, texts in groups.items()], questions)


def built(preparer: Preparer, articles: Sequence[FaqArticle]) -> Snapshot:
    return Snapshot().changed(preparer.articles(articles), ()).taught()


def asked(preparer: Preparer, snapshot: Snapshot, questions: Sequence[Question]) -> list[Ranking]:
    return [rank(snapshot, preparer.query(text)) for text, _ in questions]


def first(ranking: Ranking) -> str:
    return ranking.ranked[0].article.id if ranking.ranked else ""


def top1(rankings: Sequence[Ranking], questions: Sequence[Question]) -> float:
    """Of the questions that have an article: the share where it came first."""
    pairs = [(first(ranking), expected) for ranking, (_, expected) in zip(rankings, questions, strict=True) if expected]
    return sum(found == expected for found, expected in pairs) / max(len(pairs), 1)


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    ordered = np.sort(np.asarray(outside))
    below = np.searchsorted(ordered, inside, "left") + np.searchsorted(ordered, inside, "right")
    return float(below.mean() / 2 / max(len(ordered), 1))


def by_words(snapshot: Snapshot, query: Query) -> Mapping[str, float]:
    """Character BM25 alone, by the product's own index: the best lexical score of every article."""
    hits = snapshot.shelves[query.script].questions.hits(
        Query(query.text, query.script, query.skeleton, query.terms, None), len(snapshot.articles), 1.0
    )
    return {key: hit.lexical for key, hit in hits.items()}
