"""Articles' rows in an XLSX workbook."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from knowledge_base.rows import BadImport, Row, RowError, header_of

_LARGEST_UNPACKED = 200_000_000  # bytes
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's dates have no zone; fixed, so that bytes are stable
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


def read_workbook(content: bytes) -> list[Row]:
    """The rows of the first sheet. Raises BadImport."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _LARGEST_UNPACKED:
                raise BadImport([RowError(0, "", "The workbook is too large: split it.")])
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        lines = [[_text(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, ParseError):
        raise BadImport([RowError(0, "", "This is not a readable .xlsx workbook.")]) from None
    header = header_of(lines[0] if lines else [])
    return [(number, dict(zip(header, line, strict=False))) for number, line in enumerate(lines[1:], start=2)]


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


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _dateless(content: bytes) -> bytes:
    """The same workbook without the time it was written, so that the same rows give the same bytes."""
    target = io.BytesIO()
    stamp = _EPOCH.isoformat().encode() + b"Z"
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in source.infolist():
            body = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", source.read(member))
            packed.writestr(zipfile.ZipInfo(member.filename, _EPOCH.timetuple()[:6]), body, zipfile.ZIP_DEFLATED)
    return target.getvalue()
