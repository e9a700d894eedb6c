"""FAQ articles from and to files people edit: CSV, XLSX, JSON and YAML. All or nothing, with every error named.

Reading what was written gives the same articles (a version is not exchanged: it belongs to the store), and writing
the same articles twice gives the same bytes.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from desk.faq import FaqArticle
from knowledge_base.documents import from_documents, given_in_documents, to_documents
from knowledge_base.encodings import decoded
from knowledge_base.rows import BadImport, Row, RowError, columns_for, from_rows, header_of, to_rows
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


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's articles, and which of their columns (or keys) the file has at all, by article id."""

    articles: list[FaqArticle]
    given: Mapping[str, frozenset[str]]


def parse_articles(content: bytes, form: Format) -> list[FaqArticle]:
    """The articles in a file's content. Raises BadImport with every row that is wrong."""
    return parse_file(content, form).articles


def parse_file(content: bytes, form: Format) -> Parsed:
    """The articles in a file's content, and what the file says about them. Raises BadImport."""
    if len(content) > _LARGEST:
        raise BadImport([RowError(0, "", f"The file is larger than {_LARGEST // 1_000_000} MB: split it.")])
    match form:
        case Format.CSV:
            return _of_table(_csv_rows(decoded(content)))
        case Format.XLSX:
            return _of_table(read_workbook(content))
        case Format.JSON:
            return _of_documents(_loaded(json.loads, decoded(content), "JSON"))
        case Format.YAML:
            return _of_documents(_loaded(yaml.safe_load, decoded(content), "YAML"))


def _of_table(rows: list[Row]) -> Parsed:
    articles = from_rows(rows)
    columns = frozenset(rows[0][1]) if rows else frozenset()
    return Parsed(articles, {article.id: columns for article in articles})


def _of_documents(loaded: Any) -> Parsed:
    articles = from_documents(loaded)
    return Parsed(articles, given_in_documents(loaded))


def render_articles(articles: Sequence[FaqArticle], form: Format) -> bytes:
    """The articles as a file's content, in the order given."""
    match form:
        case Format.CSV:
            return _csv(columns_for(articles), to_rows(articles)).encode()
        case Format.XLSX:
            return write_workbook(columns_for(articles), to_rows(articles))
        case Format.JSON:
            return (json.dumps(to_documents(articles), ensure_ascii=False, indent=2) + "\n").encode()
        case Format.YAML:
            return yaml.safe_dump(to_documents(articles), allow_unicode=True, sort_keys=False, width=1000).encode()


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
    header = header_of(lines[0] if lines else [])
    return [
        (number, {name: _unguarded(cell) for name, cell in zip(header, line, strict=False)})
        for number, line in enumerate(lines[1:], start=2)
    ]


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return target.getvalue()


def _guarded(cell: str) -> str:
    """An apostrophe keeps a spreadsheet from running the cell; a cell that looks guarded gets one too."""
    return f"'{cell}" if cell.startswith((*_FORMULA_STARTS, "'")) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA_STARTS, "'")) else cell
