"""What can be wrong in a file of articles: a code for pages to say it in their language, and an English sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from desk.errors import DeskError

SENTENCES = {
    "ending": "The file's name must end in .csv, .xlsx, .json, .yaml or .yml.",
    "large": "The file is larger than {value} MB: split it.",
    "large_unpacked": "The workbook is too large: split it.",
    "encoding": "This is no text that can be read: save it as “CSV UTF-8”.",
    "workbook": "This is not a readable .xlsx workbook.",
    "json": "This is not valid JSON.",
    "yaml": "This is not valid YAML.",
    "aliases": "Anchors and aliases (& and *) are not read: write every value out.",
    "csv": "This is not valid CSV. Is a quotation mark missing before line {value}?",
    "header": "The first row must name the columns, at least id and question.",
    "column_twice": "There are two columns of this name.",
    "more_cells": "This row has more cells than the first row has columns: put a text with a comma between quotation "
    "marks.",
    "formula_cell": "A formula without a result: open and save the workbook in a spreadsheet program, or write the "
    "text itself.",
    "error_cell": "A formula that failed stands here: {value}.",
    "no_articles": "There is no article in this file.",
    "not_list": 'The file must hold a list of articles under "articles".',
    "not_mapping": "An article must be a mapping.",
    "shapes": "Phrasings and tags must be lists, answers a mapping from language to text.",
    "not_text": "A list or a mapping stands where a text is needed.",
    "id_twice": "The id is used twice.",
    "too_long": "At most {value} characters.",
    "no_id": "Every row needs the id of its article.",
    "no_question": "The article has no question in any of its rows.",
    "no_answer": "Without an answer it can be neither published nor reviewed.",
    "unknown_language": "Unknown language: use zh-Hans, zh-Hant, en, or leave it empty.",
    "unknown_status": "Unknown status: use draft, review, published, archived, or leave it empty.",
    "other_answer": "The article already has another answer in this language.",
    "other_value": "The article already has another value here.",
    "query_header": "The first row must be: query,expected_id",
    "nothing_to_go_with": "The article has no answer in this language ({value}), so this is left out.",
    "bad_link": "A link is a title, a bar, and an address that begins with https://.",
    "bad_button": "A button is one of request_human, check_order, check_points, file_complaint.",
    "bad_day": "A day is written like 2026-12-31.",
    "long_answer": "Too long: WeChat would need more messages than it allows ({value}). Shorten it or split the "
    "article.",
    "ends_before_it_begins": "It would end before it begins.",
}


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong where: `row` as a spreadsheet counts (0: the file as a whole), `code` a key of SENTENCES."""

    row: int
    column: str
    code: str
    value: str = ""

    @property
    def message(self) -> str:
        """What it is and what to do about it; never a text out of the file."""
        return SENTENCES[self.code].format(value=self.value)


class BadImport(DeskError):
    """Nothing was imported; `errors` names every fault found."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        first, more = errors[0], len(errors) - 1
        super().__init__(f"{f'Row {first.row}: ' if first.row else ''}{first.message}"
                         + (f" There are {more} more faults." if more else ""))
        self.errors = tuple(errors)


def whole_file(code: str, value: str = "", row: int = 0) -> BadImport:
    """A file that is refused for one reason."""
    return BadImport([RowError(row, "", code, value)])
