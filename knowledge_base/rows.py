"""Articles as the rows of a table: rows with the same id are one article's ways to ask and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from desk.errors import DeskError
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.faq_fields import join_tags, split_tags
from desk.messages import Language
from knowledge_base.script import detect_language

COLUMNS = ("id", "question", "answer", "language", "category", "tags", "status")

Row = tuple[int, Mapping[str, str]]
"""A row's number as a spreadsheet shows it (the header is 1), and its cells by column name."""

_LONGEST = {"id": 100, "question": 1_000, "answer": 20_000, "category": 100, "tags": 1_000}
_LANGUAGES = {
    "": None,
    **{language.value.lower(): language for language in Language},
    **dict.fromkeys(("zh-cn", "zh-sg", "cn", "zh-hans-cn"), Language.ZH_HANS),
    **dict.fromkeys(("zh-tw", "zh-hk", "zh-mo", "tw", "zh-hant-tw", "zh-hant-hk"), Language.ZH_HANT),
    **dict.fromkeys(("en-us", "en-gb", "english"), Language.EN),
}


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where: `row` as a spreadsheet counts (0: the file as a whole), and what to do about it."""

    row: int
    column: str
    message: str


class BadImport(DeskError):
    """Nothing was imported; `errors` names every fault found."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"The file cannot be imported: {len(errors)} faults, first in row {errors[0].row}.")
        self.errors = tuple(errors)


@dataclass(slots=True)
class Draft:
    """An article while its rows are being read."""

    first_row: int
    phrasings: dict[Phrasing, None] = field(default_factory=dict)
    answers: dict[Language | None, str] = field(default_factory=dict)
    category: str = ""
    tags: tuple[str, ...] = ()
    status: ArticleStatus | None = None


class ArticleReader:
    """Collects rows into articles and faults into one list."""

    def __init__(self) -> None:
        self._drafts: dict[str, Draft] = {}
        self.errors: list[RowError] = []

    def add(self, number: int, cells: Mapping[str, str]) -> None:
        """Take one row's cells. What is wrong goes to `errors`."""
        cleaned = {column: clean(cells.get(column) or "") for column in COLUMNS}
        if not any(cleaned.values()):
            return
        for column, longest in _LONGEST.items():
            if len(cleaned[column]) > longest:
                self._fault(number, column, f"At most {longest} characters.")
        if not cleaned["id"]:
            self._fault(number, "id", "Every row needs the id of its article.")
            return
        draft = self._drafts.setdefault(cleaned["id"], Draft(number))
        self._add_texts(number, draft, cleaned)
        self._add_attributes(number, draft, cleaned)

    def articles(self) -> list[FaqArticle]:
        """The articles, in the order of their first rows. Raises BadImport if anything was wrong."""
        for draft in self._drafts.values():
            if not draft.phrasings:
                self._fault(draft.first_row, "question", "The article has no question in any of its rows.")
        if self.errors:
            raise BadImport(sorted(self.errors, key=lambda error: error.row))
        return [
            FaqArticle(
                id=identity,
                phrasings=tuple(draft.phrasings),
                answers=draft.answers,
                category=draft.category,
                tags=draft.tags,
                status=draft.status or ArticleStatus.PUBLISHED,
            )
            for identity, draft in self._drafts.items()
        ]

    def _add_texts(self, number: int, draft: Draft, cells: Mapping[str, str]) -> None:
        question, answer = cells["question"], cells["answer"]
        try:
            language = language_of(cells["language"], question or answer)
        except ValueError:
            self._fault(number, "language", "Unknown language: use zh-Hans, zh-Hant, en, or leave it empty.")
            return
        if question:
            draft.phrasings[Phrasing(question, language)] = None
        if answer and draft.answers.setdefault(language, answer) != answer:
            self._fault(number, "answer", "The article already has another answer in this language.")

    def _add_attributes(self, number: int, draft: Draft, cells: Mapping[str, str]) -> None:
        if category := cells["category"]:
            if draft.category not in ("", category):
                self._fault(number, "category", "The article already has another category.")
            draft.category = category
        if tags := split_tags(cells["tags"]):
            if draft.tags not in ((), tags):
                self._fault(number, "tags", "The article already has other tags.")
            draft.tags = tags
        if cells["status"]:
            self._add_status(number, draft, cells["status"].lower())

    def _add_status(self, number: int, draft: Draft, status: str) -> None:
        if status not in tuple(ArticleStatus):
            self._fault(number, "status", "Unknown status: use draft, review, published, archived, or leave it empty.")
        elif draft.status not in (None, status):
            self._fault(number, "status", "The article already has another status.")
        else:
            draft.status = ArticleStatus(status)

    def _fault(self, number: int, column: str, message: str) -> None:
        self.errors.append(RowError(number, column, message))


def from_rows(rows: Sequence[Row]) -> list[FaqArticle]:
    """The articles of a table. Raises BadImport."""
    if rows and not {"id", "question"} <= set(rows[0][1]):
        raise BadImport([RowError(1, "", "The first row must name the columns, at least id and question.")])
    reader = ArticleReader()
    for number, cells in rows:
        reader.add(number, cells)
    return reader.articles()


def to_rows(articles: Sequence[FaqArticle]) -> list[tuple[str, ...]]:
    """Rows in the order of COLUMNS: an answer stands beside the first question of its language, or alone."""
    rows: list[tuple[str, ...]] = []
    for article in articles:
        answers = dict(sorted(article.answers.items(), key=lambda item: item[0] or ""))
        texts = [(each.text, answers.pop(each.language, ""), each.language) for each in article.phrasings]
        texts += [("", answer, language) for language, answer in answers.items()]
        attributes = (clean(article.category), join_tags([clean(tag) for tag in article.tags]), article.status.value)
        for question, answer, language in texts:
            rows.append((article.id, clean(question), clean(answer), language or "", *attributes))
            attributes = ("", "", "")
    return rows


def clean(text: str) -> str:
    """Without control characters and outer spaces, lines ended by a line feed: every format can carry that."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if _is_text(char)).strip()


def _is_text(char: str) -> bool:
    code = ord(char)
    return char in "\n\t" or (code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF
                              and code not in (0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF))  # fmt: skip


def language_of(name: str, text: str) -> Language | None:
    """The language an import names; plain "zh" means the script `text` is in. Raises ValueError."""
    key = name.strip().lower().replace("_", "-")
    if key in ("zh", "chinese", "中文"):
        found = detect_language(text)
        return found if found is not None and found.is_chinese else Language.ZH_HANS
    if key not in _LANGUAGES:
        raise ValueError(key)
    return _LANGUAGES[key]
