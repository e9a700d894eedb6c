"""Files as people really make them: what would be lost or misread is named instead."""

import io
from datetime import date, datetime

import openpyxl
import pytest

from desk.messages import Language
from knowledge_base.exchange import Format, parse_articles, parse_file
from knowledge_base.import_faults import BadImport

HEADER = ("id", "question", "answer", "language", "valid_until")


def workbook(*lines: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for line in (HEADER, *lines):
        book.worksheets[0].append(line)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def faults(content: bytes, form: Format) -> list[tuple[int, str, str]]:
    with pytest.raises(BadImport) as raised:
        parse_articles(content, form)
    assert all(error.message for error in raised.value.errors)
    return [(error.row, error.column, error.code) for error in raised.value.errors]


def test_a_formula_that_no_spreadsheet_has_calculated_is_named_instead_of_losing_the_answer() -> None:
    content = workbook(("a", "Open?", '="At "&"seven"', "en", None), ("b", "Closed?", "#REF!", "en", None))
    assert faults(content, Format.XLSX) == [(2, "answer", "formula_cell"), (3, "answer", "error_cell")]


@pytest.mark.parametrize("day", [date(2026, 12, 31), datetime.fromisoformat("2026-12-31"), "2026-12-31"])
def test_a_day_of_a_spreadsheet_is_a_day(day: object) -> None:
    (article,) = parse_articles(workbook(("a", "Open?", "Yes.", "en", day)), Format.XLSX)
    assert article.valid_until == date(2026, 12, 31)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_is_read_whatever_stands_between_its_cells(mark: str) -> None:
    lines = (("id", "question", "answer"), ("a", "Open?", '"Yes, always; really"'))
    (article,) = parse_articles("\n".join(mark.join(line) for line in lines).encode(), Format.CSV)
    assert article.answers == {None: "Yes, always; really"}


def test_a_comma_without_quotation_marks_does_not_cut_an_answer_short() -> None:
    assert faults(b"id,question,answer\na,Open?,Yes, always.\n", Format.CSV) == [(2, "", "more_cells")]
    assert len(parse_articles(b"id,question,answer\na,Open?,Yes.,,\n", Format.CSV)) == 1


def test_a_comma_too_many_does_not_hide_what_is_wrong_in_other_rows() -> None:
    file = b"id,question,answer,language\na,Open?,Yes.,en\n,Why?,So.,en\nb,When?,At six, always.,en\nc,Who?,We.,fr\n"
    assert faults(file, Format.CSV) == [(3, "id", "no_id"), (4, "", "more_cells"), (5, "language", "unknown_language")]


@pytest.mark.parametrize(
    ("content", "form", "expected"),
    [
        (b"id,question,question\na,x,y\n", Format.CSV, (1, "question", "column_twice")),
        (b'[{"id": "a", "phrasings": [{"txt": "x"}]}]', Format.JSON, (1, "", "not_text")),
        (b'[{"id": "a", "phrasings": ["x"], "answers": {"en": {"k": 1}}}]', Format.JSON, (1, "", "not_text")),
        (b'[{"id": "a", "phrasings": ["x"], "answers": {"en": "y"}, "extras": {"en": {"buttons": 5}}}]', Format.JSON,
         (1, "", "not_text")),
        (b'[{"id": "a", "phrasings": ["x"], "answers": {"en": "y"}, "extras": {"en": {"links": ["z"]}}}]',
         Format.JSON, (1, "", "not_text")),
        (b"articles:\n- id: &x a\n  phrasings: [*x]\n", Format.YAML, (0, "", "aliases")),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named(content: bytes, form: Format, expected: tuple[int, str, str]) -> None:
    assert faults(content, form)[0] == expected


def test_words_of_a_yaml_file_stay_the_words_they_are() -> None:
    content = b"- id: 007\n  phrasings: [no, yes]\n  answers: {en: 2026-01-01}\n  category: null\n"
    (article,) = parse_articles(content, Format.YAML)
    assert (article.id, article.category, article.answers) == ("007", "", {Language.EN: "2026-01-01"})
    assert [one.text for one in article.phrasings] == ["no", "yes"]


def test_columns_that_nothing_is_read_from_are_named() -> None:
    assert parse_file(b"id,question,anwser,note\na,x,y,z\n", Format.CSV).ignored == ("anwser", "note")
    assert parse_file(b'[{"id": "a", "phrasings": ["x"], "answer": "y"}]', Format.JSON).ignored == ("answer",)
