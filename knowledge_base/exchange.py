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

try:  # ten times as fast, where PyYAML was built with its part in C
    from yaml import CSafeLoader as FastLoader
except ImportError:
    from yaml import SafeLoader as FastLoader  # type: ignore[assignment]

from desk.faq import FaqArticle
from knowledge_base.documents import given_in_documents, read_documents, to_documents, unread_in_documents
from knowledge_base.encodings import decoded
from knowledge_base.import_faults import whole_file
from knowledge_base.rows import COLUMNS, FURTHER, ArticleReader, Table, columns_for, table_of, to_rows
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
        raise whole_file("ending") from None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's articles, and what it says of them: by article id, which columns (or keys) it has at all, the row that
    it begins in, and the rows of its fields; the ids whose status it states; the columns that nothing is read from."""

    articles: list[FaqArticle]
    given: Mapping[str, frozenset[str]]
    first_rows: Mapping[str, int]
    places: Mapping[str, Mapping[str, int]]
    with_status: frozenset[str]
    ignored: tuple[str, ...] = ()


def parse_articles(content: bytes, form: Format) -> list[FaqArticle]:
    """The articles in a file's content. Raises BadImport with every row that is wrong."""
    return parse_file(content, form).articles


def parse_file(content: bytes, form: Format) -> Parsed:
    """The articles in a file's content, and what the file says about them. Raises BadImport."""
    if len(content) > _LARGEST:
        raise whole_file("large", str(_LARGEST // 1_000_000))
    match form:
        case Format.CSV:
            return _of_table(_csv_table(decoded(content)))
        case Format.XLSX:
            return _of_table(read_workbook(content))
        case Format.JSON:
            return _of_documents(_loaded(json.loads, decoded(content), "json"))
        case Format.YAML:
            return _of_documents(_loaded(_plain_yaml, decoded(content), "yaml"))


def _of_table(table: Table) -> Parsed:
    reader = ArticleReader(table.faults)
    for number, cells in table.rows:
        reader.add(number, cells)
    articles = reader.articles()
    ignored = tuple(name for name in table.columns if name and name not in (*COLUMNS, *FURTHER))
    given = dict.fromkeys(reader.first_rows, frozenset(table.columns))
    return Parsed(articles, given, reader.first_rows, reader.places, reader.with_status, ignored)


def _of_documents(loaded: Any) -> Parsed:
    reader = read_documents(loaded)
    articles, given = reader.articles(), given_in_documents(loaded)
    return Parsed(
        articles, given, reader.first_rows, reader.places, reader.with_status, unread_in_documents(loaded)
    )


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


def _loaded(load: Callable[[str], Any], text: str, form: str) -> Any:
    try:
        return load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        raise whole_file(form) from None


class _PlainLoader(FastLoader):
    """Every scalar is the text it is written as ("no" and 007 are words, too), but for null."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name and shape
        first: [each for each in found if each[0] == "tag:yaml.org,2002:null"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _plain_yaml(text: str) -> Any:
    """Raises BadImport where aliases stand: a few lines of them unfold to more than any machine holds."""
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=FastLoader)):
        raise whole_file("aliases")
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - it is a SafeLoader


def _csv_table(text: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        lines = [[_unguarded(cell) for cell in line] for line in reader]
    except csv.Error:
        raise whole_file("csv", str(reader.line_num)) from None
    return table_of(lines)


def _delimiter(text: str) -> str:
    """What stands between the names of the first row: spreadsheets of some countries write semicolons, or tabs."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


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
