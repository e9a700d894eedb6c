"""The demo's FAQ: complete in both languages, no question with two answers, and questions to measure it with."""

import csv
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from opencc import OpenCC

from desk.messages import Language
from knowledge_base.exchange import read_articles

DEMO = Path(__file__).parents[2] / "demo"
HAN = re.compile(r"[\u3400-\u9fff]")
CHINESE_MARKS = re.compile(r"[，。？！；：（）“”]")
ENGLISH_SENTENCE = re.compile(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+ [A-Za-z]+")
NARROW_MARK_IN_CHINESE = re.compile(r"[\u3400-\u9fff][,?!;:]|[,?!;:][\u3400-\u9fff]")
TO_SIMPLIFIED = OpenCC("t2s")

Row = dict[str, str]


def read(name: str) -> list[Row]:
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def normal(text: str) -> str:
    """What two questions have in common when they are the same question."""
    plain = TO_SIMPLIFIED.convert(unicodedata.normalize("NFKC", text)).casefold()
    return "".join(char for char in plain if char.isalnum())


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read("faq.csv")


@pytest.fixture(scope="module")
def articles(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["id"]].append(row)
    return grouped


@pytest.fixture(scope="module")
def queries() -> list[Row]:
    return read("faq_queries.csv")


def test_there_are_at_least_eighty_five_articles_all_published(rows: list[Row], articles: dict[str, list[Row]]) -> None:
    assert list(rows[0]) == ["id", "question", "answer", "language", "category", "tags", "status"]
    assert len(articles) >= 85
    assert {row["status"] for row in rows} == {"published"}


def test_the_import_takes_the_file_as_it_is(articles: dict[str, list[Row]]) -> None:
    imported = read_articles(DEMO / "faq.csv")
    assert [article.id for article in imported] == list(articles)
    assert all(set(article.answers) == {Language.ZH_HANS, Language.EN} for article in imported)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_article_can_be_asked_three_ways_and_answers(articles: dict[str, list[Row]], language: str) -> None:
    for article, own in articles.items():
        asked = [row for row in own if row["language"] == language]
        assert len({normal(row["question"]) for row in asked}) >= 3, article
        assert asked[0]["answer"], article
        assert not any(row["answer"] for row in asked[1:]), article


def test_traditional_phrasings_share_the_simplified_answer(rows: list[Row]) -> None:
    traditional = [row for row in rows if row["language"] == "zh-Hant"]
    assert len(traditional) >= 20
    assert not any(row["answer"] for row in traditional)


def test_lines_of_one_article_agree_on_its_category_and_tags(articles: dict[str, list[Row]]) -> None:
    for article, own in articles.items():
        assert len({(row["category"], row["tags"]) for row in own}) == 1, article
        assert own[0]["category"] and own[0]["tags"], article


def test_no_question_belongs_to_two_articles(rows: list[Row]) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        assert seen.setdefault(normal(row["question"]), row["id"]) == row["id"], row["question"]


def test_no_two_articles_give_the_same_answer(rows: list[Row]) -> None:
    answers = Counter(row["answer"] for row in rows if row["answer"])
    assert max(answers.values()) == 1


def test_english_fields_hold_no_chinese(rows: list[Row]) -> None:
    for row in rows:
        if row["language"] == "en":
            text = row["question"] + row["answer"]
            assert not HAN.search(text) and not CHINESE_MARKS.search(text), row["id"]


def test_chinese_fields_hold_no_english_sentence_and_wide_punctuation(rows: list[Row]) -> None:
    for row in rows:
        if row["language"] != "en":
            text = row["question"] + row["answer"]
            assert HAN.search(row["question"]), row["id"]
            assert not ENGLISH_SENTENCE.search(text), row["id"]
            assert not NARROW_MARK_IN_CHINESE.search(text), row["id"]


def test_simplified_and_traditional_lines_are_written_in_their_script(rows: list[Row]) -> None:
    for row in rows:
        text = row["question"] + row["answer"]
        if row["language"] == "zh-Hans":
            assert TO_SIMPLIFIED.convert(text) == text, row["id"]


def test_answers_are_short_enough_to_read_and_long_enough_to_help(rows: list[Row]) -> None:
    for row in rows:
        if row["answer"]:
            sentences = re.findall(r"[。！？]|[.!?](?=\s|$)", row["answer"])
            assert 2 <= len(sentences) <= 5, (row["id"], row["language"])


def test_the_eval_file_asks_in_both_languages_and_beside_the_point(
    queries: list[Row], articles: dict[str, list[Row]]
) -> None:
    known = [row["query"] for row in queries if row["expected_id"]]
    beside = [row["query"] for row in queries if not row["expected_id"]]
    assert all(row["expected_id"] in articles for row in queries if row["expected_id"])
    for asked, least in ((known, 120), (beside, 30)):
        chinese = sum(bool(HAN.search(query)) for query in asked)
        assert chinese >= least and len(asked) - chinese >= least


def test_every_article_is_asked_for_in_both_languages(queries: list[Row], articles: dict[str, list[Row]]) -> None:
    asked = {(row["expected_id"], bool(HAN.search(row["query"]))) for row in queries if row["expected_id"]}
    assert asked == {(article, chinese) for article in articles for chinese in (True, False)}


def test_the_eval_file_never_repeats_a_phrasing(queries: list[Row], rows: list[Row]) -> None:
    phrasings = {normal(row["question"]) for row in rows}
    asked = [normal(row["query"]) for row in queries]
    assert len(set(asked)) == len(asked)
    assert phrasings.isdisjoint(asked)
