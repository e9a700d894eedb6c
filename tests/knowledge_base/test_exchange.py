import itertools
import random
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desk.faq import ArticleStatus, Extras, FaqArticle, Link, Phrasing, Picture, Wish
from desk.messages import Language
from knowledge_base.exchange import Format, parse_articles, read_articles, render_articles, write_articles
from knowledge_base.import_faults import BadImport
from knowledge_base.rows import cleaned_cell

FORMATS = list(Format)

texts = st.text(max_size=40).map(partial(cleaned_cell, "question")).filter(bool)
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
@example(base=[FaqArticle("a", (Phrasing("Why？"),), {}, tags=("；", "a;b", "；x；"))])
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
    assert faults == [(3, "id"), (4, "language"), (5, "answer"), (6, "question"), (7, "status")]


def test_the_message_of_a_failed_import_quotes_nobody():
    with pytest.raises(BadImport) as raised:
        parse_articles("id,question,language\nx,身份证号 110101,kl\n".encode(), Format.CSV)
    assert "110101" not in str(raised.value) + repr(raised.value.errors)


YAML_BOMB = (
    "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in itertools.pairwise("abcdefgh"))
    + "articles: *h\n"
).encode()


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
        (b'{"articles": [{"id": "a", "phrasings": ["x"]}, {"id": "a", "phrasings": ["y"]}]}', Format.JSON),
        (b"id,question\n" + b"a,x\n" * 6_000_000, Format.CSV),
        (b"[" * 100_000, Format.JSON),
        (b"[" * 5_000, Format.YAML),
        (YAML_BOMB, Format.YAML),
        (bytes(range(256)) * 100, Format.CSV),
        (b"", Format.CSV),
        (b"", Format.XLSX),
        (b"PK\x03\x04" + b"\x00" * 200, Format.XLSX),
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


WHOLE = FaqArticle(
    "pool", (Phrasing("泳池几点开", Language.ZH_HANS), Phrasing("When does it open?", Language.EN)),
    {Language.ZH_HANS: "七点。", Language.EN: "At seven."}, "leisure/pool", ("water",), ArticleStatus.REVIEW,
    extras={Language.EN: Extras((Link("Map", "https://example.com"),), (Picture("f1", "pool.jpg"),), (Wish.PERSON,),
                                ("Is it heated?", "How deep?"))},
    owner="lin@example.com", valid_from=date(2026, 5, 1), valid_until=date(2026, 9, 30), review_by=date(2026, 4, 1),
)


@pytest.mark.parametrize("form", FORMATS)
def test_links_pictures_buttons_owner_and_dates_travel_along_and_the_file_comes_back_the_same(form):
    content = render_articles([WHOLE, FaqArticle("plain", (Phrasing("q"),), {None: "a"})], form)
    read = parse_articles(content, form)
    assert read[0] == WHOLE
    assert render_articles(read, form) == content


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_is_read_in_the_encoding_it_was_saved_in(encoding):
    question = "請問早餐幾點開始" if encoding == "big5" else "请问早餐几点开始"
    content = f"id,question,answer\nbreakfast,{question},7:00-10:00\n".encode(encoding)
    (article,) = parse_articles(content, Format.CSV)
    assert article.phrasings[0].text == question


def test_full_width_letters_and_odd_spaces_are_made_plain_but_answers_keep_their_letters():
    content = "id,question,answer\nｗｉｆｉ,ＷｉＦｉ\u3000密码\u200b是\u00a0１２？,密码：ＡＢＣ\u3000１\n".encode()
    (article,) = parse_articles(content, Format.CSV)
    assert (article.id, article.phrasings[0].text) == ("wifi", "WiFi 密码是 12？")
    assert article.answers == {None: "密码：ＡＢＣ １"}


def test_an_answer_too_long_for_a_channel_names_its_row():
    content = f"id,question,answer,language\na,one,{'好' * 5000},zh-Hans\n".encode()
    with pytest.raises(BadImport) as raised:
        parse_articles(content, Format.CSV)
    (fault,) = raised.value.errors
    assert (fault.row, fault.column) == (2, "answer") and "WeChat" in fault.message
