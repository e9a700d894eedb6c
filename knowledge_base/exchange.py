"""FAQ articles from and to files people edit: CSV, XLSX, JSON and YAML. All or nothing, with every error named.

Reading what was written gives the same articles (a version is not exchanged: it belongs to the store), and writing
the same articles twice gives the same bytes.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from desk.faq import FaqArticle
from knowledge_base.documents import from_documents, to_documents
from knowledge_base.rows import COLUMNS, BadImport, Row, RowError, from_rows, to_rows
from knowledge_base.workbook import read_workbook, write_workbook

_LARGEST = 20_000_000  # bytes
# What spreadsheet programs may take for a formula (full-width signs: East Asian editions).
_FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    YAML = "yaml"


def read_articles(path: Path) -> list[FaqArticle]:
    """The articles of a file, its format taken from its ending. Raises BadImport, OSError."""
    return parse_articles(path.read_bytes(), format_of(path.name))


def write_articles(path: Path, articles: Sequence[FaqArticle]) -> None:
    """Write a file in the format of its ending. Raises BadImport for an unknown ending, OSError."""
    path.write_bytes(render_articles(articles, format_of(path.name)))


def format_of(name: str) -> Format:
    """The format a file name promises. Raises BadImport."""
    ending = Path(name).suffix.lower().lstrip(".")
    try:
        return Format("yaml" if ending == "yml" else ending)
    except ValueError:
        raise BadImport([RowError(0, "", "The file's name must end in .csv, .xlsx, .json, .yaml or .yml.")]) from None


def parse_articles(content: bytes, form: Format) -> list[FaqArticle]:
    """The articles in a file's content. Raises BadImport with every row that is wrong."""
    if len(content) > _LARGEST:
        raise BadImport([RowError(0, "", f"The file is larger than {_LARGEST // 1_000_000} MB: split it.")])
    match form:
        case Format.CSV:
            return from_rows(_csv_rows(_decoded(content)))
        case Format.XLSX:
            return from_rows(read_workbook(content))
        case Format.JSON:
            return from_documents(_loaded(json.loads, _decoded(content), "JSON"))
        case Format.YAML:
            return from_documents(_loaded(yaml.safe_load, _decoded(content), "YAML"))


def render_articles(articles: Sequence[FaqArticle], form: Format) -> bytes:
    """The articles as a file's content, in the order given."""
    match form:
        case Format.CSV:
            return _csv(to_rows(articles)).encode()
        case Format.XLSX:
            return write_workbook(to_rows(articles))
        case Format.JSON:
            return (json.dumps(to_documents(articles), ensure_ascii=False, indent=2) + "\n").encode()
        case Format.YAML:
            return yaml.safe_dump(to_documents(articles), allow_unicode=True, sort_keys=False, width=1000).encode()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadImport([RowError(0, "", "The file is not UTF-8: save it as “CSV UTF-8”.")]) from None


def _loaded(load: Callable[[str], Any], text: str, name: str) -> Any:
    try:
        return load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        raise BadImport([RowError(0, "", f"This is not valid {name}.")]) from None


def _csv_rows(text: str) -> list[Row]:
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise BadImport([RowError(0, "", f"This is not valid CSV: {error}.")]) from None
    header = [name.strip().lower() for name in lines[0]] if lines else []
    return [
        (number, {name: _unguarded(cell) for name, cell in zip(header, line, strict=False)})
        for number, line in enumerate(lines[1:], start=2)
    ]


def _csv(rows: Sequence[Sequence[str]]) -> str:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return target.getvalue()


def _guarded(cell: str) -> str:
    """An apostrophe keeps a spreadsheet from running the cell; a cell that looks guarded gets one too."""
    return f"'{cell}" if cell.startswith((*_FORMULA_STARTS, "'")) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA_STARTS, "'")) else cell
