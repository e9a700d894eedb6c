"""A shown table as a file: CSV that Excel reads, or a workbook. Texts of customers never become formulas."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import xlsxwriter
from starlette.responses import Response

from console.figures import Cell, Figure, Link, Share, Unit
from console.words import Words

_BOM = "\ufeff"
# What Excel, LibreOffice and others take for a formula, also in full width and behind blanks.
_FORMULA = re.compile(r"^[\s\u00a0\u3000]*[=+\-@＝＋－＠|%\t\r]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML of a workbook cannot hold these
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_CELL = 32_000
_XLSX_FORMATS = {
    Unit.COUNT: "#,##0", Unit.NUMBER: "0.0", Unit.SCORE: "0.00", Unit.SHARE: "0.0%", Unit.CHANGE: "+0.0;-0.0;0.0",
    Unit.DURATION: "[h]:mm:ss", Unit.DAY: "yyyy-mm-dd", Unit.MOMENT: "yyyy-mm-dd hh:mm",
}
_DAY_SECONDS = 86_400


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


_MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def as_csv(figure: Figure, t: Words) -> bytes:
    """The shown table: UTF-8 with a byte order mark, CRLF, numbers without thousands' marks, shares in percent,
    durations as h:mm:ss. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow([harmless(column.title) for column in figure.table.columns])
    for row in figure.table.lines:
        lines.writerow([
            _csv_cell(cell, column.unit, t) for cell, column in zip(row, figure.table.columns, strict=True)
        ])
    return (_BOM + written.getvalue()).encode()


def as_xlsx(figures: Sequence[Figure], t: Words) -> bytes:
    """A sheet for each table, with real numbers, dates and durations, so that they can be reckoned with."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                         "strings_to_numbers": False})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {unit: book.add_format({"num_format": pattern}) for unit, pattern in _XLSX_FORMATS.items()}
    taken: set[str] = set()
    for figure in figures:
        sheet = book.add_worksheet(_sheet_name(figure.title, taken))
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(figure.table.columns):
            sheet.write_string(0, place, column.title, head)
        for line, row in enumerate(figure.table.lines, 1):
            for place, (cell, column) in enumerate(zip(row, figure.table.columns, strict=True)):
                _write(sheet, line, place, cell, column.unit, formats, t)
        sheet.autofit(400)
    book.close()
    return written.getvalue()


def download(content: bytes, kind: Format, name: str) -> Response:
    """An answer that the browser saves as `name` plus the ending of its kind."""
    return Response(content, media_type=_MEDIA[kind], headers={
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.{kind.value}",
        "Cache-Control": "no-store",
    })


def _csv_cell(cell: Cell, unit: Unit, t: Words) -> str:
    match cell:
        case None:
            return ""
        case Share():
            return _csv_cell(cell.value, cell.unit, t)
        case datetime():
            return f"{t.local(cell):%Y-%m-%d %H:%M}"
        case int() | float():
            return _plain_number(cell, unit)
        case Link() | str():
            return harmless(_text(cell))
        case date():
            return cell.isoformat()


def _plain_number(value: float, unit: Unit) -> str:
    match unit:
        case Unit.SHARE:
            return f"{value * 100:.1f}%"
        case Unit.DURATION:
            minutes, seconds = divmod(round(value), 60)
            return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        case Unit.SCORE:
            return f"{value:.2f}"
        case Unit.NUMBER | Unit.CHANGE:
            return f"{value:.1f}"
        case _:
            return f"{value:g}" if isinstance(value, float) else str(value)


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it, and never runs it."""
    return f"'{text}" if _FORMULA.match(text) else text


def _text(cell: Link | str) -> str:
    return _CONTROL.sub("", cell.text if isinstance(cell, Link) else cell)[:_LONGEST_CELL]


def _write(sheet: Any, line: int, place: int, cell: Cell, unit: Unit, formats: dict[Unit, Any], t: Words) -> None:
    match cell:
        case None:
            return
        case Share():
            _write(sheet, line, place, cell.value, cell.unit, formats, t)
        case datetime():
            sheet.write_datetime(line, place, t.local(cell).replace(tzinfo=None), formats[Unit.MOMENT])
        case date():
            sheet.write_datetime(line, place, datetime.combine(cell, datetime.min.time()), formats[Unit.DAY])
        case Link() | str():
            sheet.write_string(line, place, _text(cell))
        case int() | float():
            number = timedelta(seconds=cell).total_seconds() / _DAY_SECONDS if unit is Unit.DURATION else cell
            sheet.write_number(line, place, number, formats.get(unit))


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that a workbook takes: at most 31 characters, none of them forbidden, unique whatever its case."""
    wanted = _NOT_IN_SHEET_NAMES.sub(" ", title).strip()[:31] or "-"
    name, number = wanted, 2
    while name.lower() in taken:
        name = f"{wanted[:27]} {number}"
        number += 1
    taken.add(name.lower())
    return name
