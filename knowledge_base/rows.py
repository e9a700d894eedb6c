"""Articles as the rows of a table: rows with the same id are one article's ways to ask and answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desk.errors import Invalid
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.faq_answers import problems
from desk.faq_fields import from_fields, join_tags, language_key, split_tags, to_fields
from desk.messages import Language
from knowledge_base.import_faults import BadImport, RowError, whole_file
from knowledge_base.script import detect_language

COLUMNS = ("id", "question", "answer", "language", "category", "tags", "status")
FURTHER = ("owner", "valid_from", "valid_until", "review_by", "links", "pictures", "buttons", "follow_ups")
"""Columns that a table may have besides; an export has them where an article uses one of them."""

Row = tuple[int, Mapping[str, str]]
"""A row's number as a spreadsheet shows it (the header is 1), and its cells by column name."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a file's table holds: its columns, the rows that can be read, and what is wrong with the others."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    faults: Sequence[RowError] = ()


_LONGEST = {"id": 80, "question": 1_000, "answer": 20_000, "category": 120, "tags": 1_000, "owner": 200}
_ODD_SPACES = re.compile("[\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000]")
_UNSEEN = re.compile("[\\u00ad\\u200b\\u2060\\ufeff]")
# Control characters, line separators, halves of surrogate pairs and what is no character at all.
_NO_TEXT = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff]")
_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_PER_ANSWER = {"links": "links", "pictures": "pictures", "buttons": "wishes", "follow_ups": "follow_ups"}
_LANGUAGES = {
    "": None,
    **{language.value.lower(): language for language in Language},
    **dict.fromkeys(("zh-cn", "zh-sg", "cn", "zh-hans-cn"), Language.ZH_HANS),
    **dict.fromkeys(("zh-tw", "zh-hk", "zh-mo", "tw", "zh-hant-tw", "zh-hant-hk"), Language.ZH_HANT),
    **dict.fromkeys(("en-us", "en-gb", "english"), Language.EN),
}


@dataclass(slots=True)
class Draft:
    """An article while its rows are being read."""

    first_row: int
    phrasings: dict[Phrasing, None] = field(default_factory=dict)
    answers: dict[Language | None, str] = field(default_factory=dict)
    category: str = ""
    tags: tuple[str, ...] = ()
    status: ArticleStatus | None = None
    further: dict[str, str] = field(default_factory=dict)  # fields of desk.faq_fields, as texts
    rows: dict[str, int] = field(default_factory=dict)  # where each of these fields stands


class ArticleReader:
    """Collects rows into articles and faults into one list."""

    def __init__(self, errors: Sequence[RowError] = ()) -> None:
        self._drafts: dict[str, Draft] = {}
        self.errors = list(errors)

    @property
    def first_rows(self) -> dict[str, int]:
        """Where each article begins."""
        return {identity: draft.first_row for identity, draft in self._drafts.items()}

    @property
    def with_status(self) -> frozenset[str]:
        """The articles whose status the file states."""
        return frozenset(identity for identity, draft in self._drafts.items() if draft.status is not None)

    @property
    def places(self) -> Mapping[str, Mapping[str, int]]:
        """Per article the rows of its fields, named as in desk.faq_fields."""
        return {identity: draft.rows for identity, draft in self._drafts.items()}

    def add(self, number: int, cells: Mapping[str, str]) -> None:
        """Take one row's cells. What is wrong goes to `errors`."""
        cleaned = dict.fromkeys((*COLUMNS, *FURTHER), "")
        cleaned |= {column: cleaned_cell(column, text) for column, text in cells.items() if text and column in cleaned}
        if not any(cleaned.values()):
            return
        for column, longest in _LONGEST.items():
            if len(cleaned[column]) > longest:
                self._fault(number, column, "too_long", str(longest))
        if not cleaned["id"]:
            self._fault(number, "id", "no_id")
            return
        draft = self._drafts.setdefault(cleaned["id"], Draft(number))
        self._add_texts(number, draft, cleaned)
        self._add_attributes(number, draft, cleaned)
        self._add_further(number, draft, cleaned)

    def articles(self) -> list[FaqArticle]:
        """The articles, in the order of their first rows. Raises BadImport if anything was wrong."""
        unread = {error.row for error in self.errors if error.column == "language"}
        for draft in self._drafts.values():
            if not draft.phrasings and draft.first_row not in unread:
                self._fault(draft.first_row, "question", "no_question")
        made = [self._made(identity, draft) for identity, draft in self._drafts.items()]
        if self.errors:
            raise BadImport(sorted(self.errors, key=lambda error: error.row))
        return made

    def _made(self, identity: str, draft: Draft) -> FaqArticle:
        try:
            further = from_fields(identity, draft.further)
        except Invalid as error:
            column, code = _UNREADABLE[error.field.split(".")[0]]
            self._fault(draft.rows.get(error.field, draft.first_row), column, code)
            further = FaqArticle(identity, (), {})
        article = FaqArticle(
            id=identity, phrasings=tuple(draft.phrasings), answers=draft.answers, category=draft.category,
            tags=draft.tags, status=draft.status or ArticleStatus.PUBLISHED, extras=further.extras, owner=further.owner,
            valid_from=further.valid_from, valid_until=further.valid_until, review_by=further.review_by,
        )
        for problem in problems(article):
            if problem.code in _REFUSED:
                column = problem.field.split(".")[0]
                row = draft.rows.get(problem.field, draft.first_row)
                self._fault(row, column, problem.code, problem.value)
        return article

    def _add_texts(self, number: int, draft: Draft, cells: Mapping[str, str]) -> None:
        question, answer = cells["question"], cells["answer"]
        try:
            language = language_of(cells["language"], question or answer)
        except ValueError:
            self._fault(number, "language", "unknown_language")
            return
        if question:
            draft.phrasings[Phrasing(question, language)] = None
        if answer and draft.answers.setdefault(language, answer) != answer:
            self._fault(number, "answer", "other_answer")

    def _add_attributes(self, number: int, draft: Draft, cells: Mapping[str, str]) -> None:
        if category := cells["category"]:
            if draft.category not in ("", category):
                self._fault(number, "category", "other_value")
            draft.category = category
        if tags := split_tags(cells["tags"]):
            if draft.tags not in ((), tags):
                self._fault(number, "tags", "other_value")
            draft.tags = tags
        if cells["status"]:
            self._add_status(number, draft, cells["status"].lower())

    def _add_further(self, number: int, draft: Draft, cells: Mapping[str, str]) -> None:
        try:
            key = language_key(language_of(cells["language"], cells["question"] or cells["answer"]))
        except ValueError:
            return  # said already
        if cells["answer"]:
            draft.rows.setdefault(f"answer.{key}", number)
        names = {column: column for column in FURTHER if column not in _PER_ANSWER}
        names |= {column: f"{name}.{key}" for column, name in _PER_ANSWER.items()}
        for column, name in names.items():
            if cells[column] and draft.further.setdefault(name, cells[column]) != cells[column]:
                self._fault(number, column, "other_value")
            elif cells[column]:
                draft.rows.setdefault(name, number)

    def _add_status(self, number: int, draft: Draft, status: str) -> None:
        if status not in tuple(ArticleStatus):
            self._fault(number, "status", "unknown_status")
        elif draft.status not in (None, status):
            self._fault(number, "status", "other_value")
        else:
            draft.status = ArticleStatus(status)

    def _fault(self, number: int, column: str, code: str, value: str = "") -> None:
        self.errors.append(RowError(number, column, code, value))


_REFUSED = frozenset({"long_answer", "ends_before_it_begins"})
"""Of desk.faq_answers.problems, those that a row alone can show."""
_UNREADABLE = {
    "links": ("links", "bad_link"), "wishes": ("buttons", "bad_button"),
    **{name: (name, "bad_day") for name in ("valid_from", "valid_until", "review_by")},
}
"""Fields as desk.faq_fields names them: the column, and what is wrong with it."""


def without_answer(
    articles: Sequence[FaqArticle], places: Mapping[str, Mapping[str, int]], whole: Sequence[FaqArticle]
) -> list[RowError]:
    """What of a file's `articles` has no answer to go along with, in the articles as they will be (`whole`)."""
    found = []
    for article, made in zip(articles, whole, strict=True):
        for language in article.extras.keys() - made.answers.keys():
            key, rows = language_key(language), places[article.id]
            found += [RowError(rows[f"{name}.{key}"], column, "nothing_to_go_with", key)
                      for column, name in _PER_ANSWER.items() if f"{name}.{key}" in rows]
    return sorted(found, key=lambda each: each.row)


def table_of(lines: Sequence[Sequence[str]], unread: Sequence[RowError] = ()) -> Table:
    """A table's lines under the names of the first; `unread` are faults found before. Raises BadImport for columns."""
    header = header_of(lines[0] if lines else [])
    long = [RowError(number, "", "more_cells") for number, line in enumerate(lines[1:], start=2)
            if any(cell.strip() for cell in line[len(header) :])]
    faults = (*unread, *long)
    wrong = {fault.row for fault in faults}
    rows = [(number, dict(zip(header, line, strict=False))) for number, line in enumerate(lines[1:], start=2)]
    return Table(tuple(header), [row for row in rows if row[0] not in wrong], faults)


def header_of(line: Sequence[str]) -> list[str]:
    """The columns that a table's first row names. Raises BadImport when the needed ones are missing."""
    header = [name.strip().lower() for name in line]
    if not {"id", "question"} <= set(header):
        raise whole_file("header", row=1)
    if twice := [name for name in (*COLUMNS, *FURTHER) if header.count(name) > 1]:
        raise BadImport([RowError(1, name, "column_twice") for name in twice])
    return header


def columns_for(articles: Sequence[FaqArticle]) -> tuple[str, ...]:
    """The columns an export of these articles needs."""
    used = {
        "owner": any(one.owner for one in articles), "valid_from": any(one.valid_from for one in articles),
        "valid_until": any(one.valid_until for one in articles), "review_by": any(one.review_by for one in articles),
        **{
            column: any(getattr(each, name) for one in articles for each in one.extras.values())
            for column, name in _PER_ANSWER.items()
        },
    }
    return (*COLUMNS, *(column for column in FURTHER if used[column]))


def to_rows(articles: Sequence[FaqArticle]) -> list[tuple[str, ...]]:
    """Rows in the order of `columns_for`: an answer stands beside the first question of its language, or alone."""
    further = columns_for(articles)[len(COLUMNS) :]
    rows: list[tuple[str, ...]] = []
    for article in articles:
        fields = to_fields(article) if further else {}
        answers = dict(sorted(article.answers.items(), key=lambda item: item[0] or ""))
        texts = [(each.text, answers.pop(each.language, ""), each.language) for each in article.phrasings]
        texts += [("", answer, language) for language, answer in answers.items()]
        attributes = (clean(article.category), join_tags([clean(tag) for tag in article.tags]), article.status.value)
        for position, (question, answer, language) in enumerate(texts):
            row = (article.id, clean(question), clean(answer), language or "", *attributes)
            rows.append((*row, *(_further(fields, column, position, answer, language) for column in further)))
            attributes = ("", "", "")
    return rows


def _further(fields: Mapping[str, str], column: str, position: int, answer: str, language: Language | None) -> str:
    """The cell of a further column: of the article in its first row, of an answer in that answer's row."""
    if column not in _PER_ANSWER:
        return fields.get(column, "") if position == 0 else ""
    return fields.get(f"{_PER_ANSWER[column]}.{language_key(language)}", "") if answer else ""


def cleaned_cell(column: str, text: str) -> str:
    """A cell as it is kept: questions and names also with plain letters instead of full-width ones."""
    cleaned = clean(text)
    return cleaned if column == "answer" else cleaned.translate(_WIDE)


def clean(text: str) -> str:
    """Without control and zero-width characters and outer spaces, odd spaces as plain ones, lines ended by a line
    feed: every format can carry that."""
    text = _UNSEEN.sub("", _ODD_SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    return _NO_TEXT.sub("", text).strip()


def language_of(name: str, text: str) -> Language | None:
    """The language an import names; plain "zh" means the script `text` is in. Raises ValueError."""
    key = name.strip().lower().replace("_", "-")
    if key in ("zh", "chinese", "中文"):
        found = detect_language(text)
        return found if found is not None and found.is_chinese else Language.ZH_HANS
    if key not in _LANGUAGES:
        raise ValueError(key)
    return _LANGUAGES[key]
