import json
from pathlib import Path

import pytest

from knowledge_base.embedding import BundledEncoder
from knowledge_base.evaluation import evaluate
from knowledge_base.import_faults import BadImport

FIELDS = [
    "queries", "in_scope", "top1", "top3", "mrr10", "answered_right", "answered_wrong", "refused_right",
    "refused_wrong", "auroc_refusal", "index_seconds", "p50_ms", "p95_ms",
]  # fmt: skip

ARTICLES = """id,question,answer,language
refund,How do I get my money back?,,en
refund,I want a refund,,
hours,What are your opening hours?,,en
hours,几点开门,,zh
parking,可以停车吗,,zh
"""
QUERIES = """query,expected_id
I want a refund,refund
what are your opening hours,hours
可以停车吗？,parking
几点开门,refund
who won the world cup in 1998,
"""


def measured(folder: Path, articles: str, queries: str, encoder: BundledEncoder, **options: int) -> dict[str, float]:
    (folder / "a.csv").write_text(articles, encoding="utf-8-sig")
    (folder / "q.csv").write_text(queries, encoding="utf-8-sig")
    return json.loads(evaluate(folder / "a.csv", folder / "q.csv", encoder, **options).as_json())


def test_shares_are_over_their_own_kind_of_query(tmp_path, encoder):
    report = measured(tmp_path, ARTICLES, QUERIES, encoder)
    assert list(report) == FIELDS
    assert (report["queries"], report["in_scope"]) == (5, 4)
    assert (report["top1"], report["answered_right"], report["answered_wrong"]) == (0.75, 0.75, 0.25)
    assert (report["refused_right"], report["refused_wrong"], report["auroc_refusal"]) == (1, 0, 1)
    assert 0 < report["p50_ms"] <= report["p95_ms"]


def test_a_place_counts_only_the_first_three_or_ten(tmp_path, encoder):
    report = measured(tmp_path, ARTICLES, "query,expected_id\n几点开门,parking\n", encoder)
    assert (report["top1"], report["answered_wrong"]) == (0, 1)
    assert report["mrr10"] in (0, 0.5, 0.3333)


def test_without_questions_to_refuse_there_is_no_share_of_them(tmp_path, encoder):
    report = measured(tmp_path, ARTICLES, "query,expected_id\nI want a refund,refund\n", encoder)
    assert report["refused_right"] is None
    assert report["auroc_refusal"] is None


def test_fewer_candidates_can_be_looked_at(tmp_path, encoder):
    report = measured(tmp_path, ARTICLES, "query,expected_id\nI want a refund,refund\n", encoder, limit_candidates=1)
    assert report["top1"] == 1


def test_files_without_the_columns_are_refused(tmp_path, encoder):
    with pytest.raises(BadImport):
        measured(tmp_path, ARTICLES, "question,id\nx,y\n", encoder)
