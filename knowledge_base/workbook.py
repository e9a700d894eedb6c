"""Articles' rows in an XLSX workbook."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from knowledge_base.import_faults import RowError, whole_file
from knowledge_base.rows import Table, table_of

_LARGEST_UNPACKED = 200_000_000  # bytes
_MOST_COLUMNS = 64
"""Looked at; a stray mark in a sheet's last column makes every row 16,384 cells wide."""
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's dates have no zone; fixed, so that bytes are stable
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


def read_workbook(content: bytes) -> Table:
    """The first sheet. Raises BadImport."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _LARGEST_UNPACKED:
                raise whole_file("large_unpacked")
            sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
            has_formulas = any(b"<f" in packed.read(name) for name in sheets)
        lines, faults = _calculated(content)
        if has_formulas:
            faults += _uncalculated(content, lines)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, ParseError):
        raise whole_file("workbook") from None
    return table_of(lines, faults)


def _calculated(content: bytes) -> tuple[list[list[str]], list[RowError]]:
    """The texts of all cells, of formulas their last results; and the cells whose formula failed."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    lines: list[list[str]] = []
    faults: list[RowError] = []
    for number, cells in enumerate(book.worksheets[0].iter_rows(max_col=_MOST_COLUMNS), start=1):
        line = [_text(cell.value) for cell in cells]
        while line and not line[-1]:
            line.pop()
        lines.append(line)
        faults += [
            RowError(number, _column(lines, place), "error_cell", line[place])
            for place, cell in enumerate(cells) if cell.data_type == "e"
        ]
    book.close()
    return lines, faults


def _uncalculated(content: bytes, lines: Sequence[Sequence[str]]) -> list[RowError]:
    """Formulas without a result: a program wrote them, and no spreadsheet has opened the workbook since."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    sheet = book.worksheets[0].iter_rows(max_col=_MOST_COLUMNS)
    found = [
        RowError(number, _column(lines, place), "formula_cell")
        for number, (cells, line) in enumerate(zip(sheet, lines, strict=True), start=1)
        for place, cell in enumerate(cells) if cell.data_type == "f" and not "".join(line[place : place + 1])
    ]
    book.close()
    return found


def _column(lines: Sequence[Sequence[str]], place: int) -> str:
    return lines[0][place].strip().lower() if place < len(lines[0]) else ""


def write_workbook(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """One sheet of texts under a header; never a formula, whatever a cell begins with."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("FAQ")
    for line, cells in enumerate((columns, *rows), start=1):
        for column, text in enumerate(cells, start=1):
            if text:
                cell = sheet.cell(line, column, text)
                cell.data_type = "s"
                cell.quotePrefix = True
    sheet.freeze_panes = "A2"
    book.properties.created = _EPOCH
    target = io.BytesIO()
    book.save(target)
    return _dateless(target.getvalue())


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _dateless(content: bytes) -> bytes:
    """The same workbook without the time it was written, so that the same rows give the same bytes."""
    target = io.BytesIO()
    stamp = _EPOCH.isoformat().encode() + b"Z"
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in source.infolist():
            body = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", source.read(member))
            packed.writestr(zipfile.ZipInfo(member.filename, _EPOCH.timetuple()[:6]), body, zipfile.ZIP_DEFLATED)
    return target.getvalue()
