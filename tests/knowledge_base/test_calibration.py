"""The probability means what it says, on the first day and without any setting."""

import csv
from pathlib import Path

import pytest

from knowledge_base.embedding import BundledEncoder
from knowledge_base.entries import Script
from knowledge_base.exchange import read_articles
from knowledge_base.fusion import View, probability
from knowledge_base.index import Plenty, Snapshot
from knowledge_base.prepare import Preparer
from knowledge_base.search import UNBENT, Ranking, rank
from tests.knowledge_base.shelf import article

Asked = list[tuple[Ranking, str]]


@pytest.fixture(scope="module")
def hotel(encoder: BundledEncoder) -> Asked:
    """The demo's articles as they are imported, asked what guests would ask; with the article that answers, if any."""
    preparer = Preparer(encoder)
    articles = read_articles(Path("demo/faq.csv"))
    snapshot = Snapshot().changed(preparer.articles(articles), ()).taught()
    with Path("demo/faq_queries.csv").open(encoding="utf-8-sig", newline="") as file:
        questions = [(row["query"], row["expected_id"] or "") for row in csv.DictReader(file)]
    return [(rank(snapshot, preparer.query(text)), expected) for text, expected in questions]


def right(asked: Asked) -> float:
    return sum(ranking.ranked[0].article.id == expected for ranking, expected in asked) / len(asked)


def test_a_small_bilingual_base_answers_at_once_what_it_knows_and_refuses_what_it_does_not(hotel):
    inside = [each for each in hotel if each[1]]
    answered = [each for each in inside if each[0].best >= each[0].cuts.answer]
    assert len(answered) / len(inside) > 0.45  # a third where search is too modest
    assert right(answered) > 0.85
    outside = [ranking for ranking, expected in hotel if not expected]
    assert sum(ranking.best < ranking.cuts.answer for ranking in outside) / len(outside) > 0.9


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.0)])
def test_of_questions_that_search_is_so_sure_of_about_so_many_are_right(hotel, low, high):
    sure = [each for each in hotel if low <= each[0].best < high]
    middle = sum(ranking.best for ranking, _ in sure) / len(sure)
    assert middle - 0.12 < right(sure) < middle + 0.2  # outsiders are a sixth here, and counted on as a third


def test_the_same_likeness_says_less_where_every_article_is_asked_in_many_ways():
    few, many = (probability(View.ENGLISH_TAUGHT, 0.5, 0.2, doublings, UNBENT) for doublings in (1.6, 3.6))
    assert few > many + 0.1


def test_ways_to_ask_are_counted_on_through_edits(encoder):
    preparer = Preparer(encoder)
    pool = article("pool", "when does the pool open", "pool hours", "can I swim", "is there a pool", "泳池几点开")
    spa = article("spa", "spa hours")
    snapshot = Snapshot().changed(preparer.articles([pool, spa]), ())
    assert snapshot.shelves[Script.LATIN].plenty == Plenty(articles=2, phrasings=5)
    assert snapshot.shelves[Script.HAN].plenty == Plenty(articles=1, phrasings=1)
    more = article("spa", "spa hours", "massage", "do you have a spa")
    edited = snapshot.changed(preparer.articles([more]), ["pool"])
    assert edited.shelves[Script.LATIN].plenty == Plenty(articles=1, phrasings=3)
    assert edited.shelves[Script.HAN].plenty.doublings == 0.0
