import random
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.messages import Language
from knowledge_base.exchange import Format, parse_articles, read_articles, render_articles, write_articles
from knowledge_base.rows import BadImport, clean

FORMATS = list(Format)

texts = st.text(max_size=40).map(clean).filter(bool)
languages = st.sampled_from([None, *Language])
articles = st.builds(
    FaqArticle,
    id=texts,
    phrasings=st.lists(st.builds(Phrasing, texts, languages), min_size=1, max_size=4, unique=True).map(tuple),
    answers=st.dictionaries(languages, texts, max_size=3),
    category=st.one_of(st.just(""), texts),
    tags=st.lists(texts, max_size=3, unique=True).map(tuple),
    status=st.sampled_from(ArticleStatus),
)
bases = st.lists(articles, max_size=4, unique_by=lambda article: article.id)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=60, deadline=None)
@given(base=bases)
def test_what_was_exported_is_imported_as_it_was(form, base):
    assert parse_articles(render_articles(base, form), form) == base


@pytest.mark.parametrize("form", FORMATS)
def test_exporting_the_same_articles_twice_gives_the_same_bytes(form):
    article = FaqArticle("a", (Phrasing("问题"),), {Language.EN: "Yes", None: "是", Language.ZH_HANT: "對"})
    shuffled = dict(random.Random(3).sample(list(article.answers.items()), 3))
    first = render_articles([article], form)
    assert render_articles([replace(article, answers=shuffled)], form) == first


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "yaml", "yml"])
def test_a_file_is_read_by_its_ending(tmp_path: Path, form):
    base = [FaqArticle("退款", (Phrasing("如何退款？", Language.ZH_HANS),), {Language.ZH_HANS: "第一行\n第二行"})]
    write_articles(tmp_path / f"faq.{form}", base)
    assert read_articles(tmp_path / f"faq.{form}") == base


def test_rows_with_the_same_id_are_ways_to_ask_one_article():
    content = (
        "\ufeffid,question,answer,language\r\n"
        "refund,How do I get a refund?,Write to us.,en\r\n"
        "refund,怎么退款,请联系我们。,zh\r\n"
        "refund,怎麼退貨,,zh\r\n"
        "refund,I want my money back,,\r\n"
    ).encode()
    assert parse_articles(content, Format.CSV) == [
        FaqArticle(
            "refund",
            (
                Phrasing("How do I get a refund?", Language.EN),
                Phrasing("怎么退款", Language.ZH_HANS),
                Phrasing("怎麼退貨", Language.ZH_HANT),
                Phrasing("I want my money back"),
            ),
            {Language.EN: "Write to us.", Language.ZH_HANS: "请联系我们。"},
        )
    ]


def test_every_wrong_row_is_named_and_nothing_is_imported():
    content = (
        "id,question,answer,language,status\n"
        "a,How?,So.,en,published\n"
        ",Without id?,,,\n"
        "b,什么？,,klingon,\n"
        "a,How then?,Otherwise.,en,\n"
        "c,,Only an answer.,en,\n"
        "d,Fine?,,en,lost\n"
    ).encode()
    with pytest.raises(BadImport) as raised:
        parse_articles(content, Format.CSV)
    faults = [(error.row, error.column) for error in raised.value.errors]
    assert faults == [(3, "id"), (4, "language"), (4, "question"), (5, "answer"), (6, "question"), (7, "status")]


def test_the_message_of_a_failed_import_quotes_nobody():
    with pytest.raises(BadImport) as raised:
        parse_articles("id,question,language\nx,身份证号 110101,kl\n".encode(), Format.CSV)
    assert "110101" not in str(raised.value) + repr(raised.value.errors)


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("问题,回答".encode("gb18030"), Format.CSV),
        (b"question,answer\nhow,so\n", Format.CSV),
        (b"not a workbook", Format.XLSX),
        (b"{", Format.JSON),
        (b'{"articles": 5}', Format.JSON),
        (b'{"articles": [5]}', Format.JSON),
        (b'{"articles": [{"id": "a", "phrasings": "How?"}]}', Format.JSON),
        (b"a: [", Format.YAML),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(content, form):
    with pytest.raises(BadImport) as raised:
        parse_articles(content, form)
    assert raised.value.errors[0].message


def test_an_unknown_ending_is_refused(tmp_path: Path):
    with pytest.raises(BadImport):
        write_articles(tmp_path / "faq.doc", [])


@pytest.mark.parametrize("dangerous", ["=1+1", "+86 10", "-5%", "@SUM(A1)", "＝1+1", "'=quoted", "''twice"])
def test_no_cell_of_an_exported_table_runs_as_a_formula(tmp_path: Path, dangerous):
    base = [FaqArticle("a", (Phrasing(dangerous),), {None: dangerous})]
    csv_line = render_articles(base, Format.CSV).decode().splitlines()[1]
    assert csv_line.split(",")[1].strip('"').startswith("'")
    write_articles(tmp_path / "faq.xlsx", base)
    cell = openpyxl.load_workbook(tmp_path / "faq.xlsx").worksheets[0]["B2"]
    assert (cell.data_type, cell.value) == ("s", dangerous)
    for form in FORMATS:
        assert parse_articles(render_articles(base, form), form) == base


def test_a_workbook_made_by_hand_may_hold_numbers_for_ids(tmp_path: Path):
    book = openpyxl.Workbook()
    for line in (("ID", "Question", "Answer"), (7, "How much?", 12.5), (7.0, "What does it cost?", None)):
        book.worksheets[0].append(line)
    book.save(tmp_path / "faq.xlsx")
    questions = (Phrasing("How much?"), Phrasing("What does it cost?"))
    assert read_articles(tmp_path / "faq.xlsx") == [FaqArticle("7", questions, {None: "12.5"})]
