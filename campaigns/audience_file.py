"""An audience as a file: CSV with a column `customer`, one id in each row; whatever else stands there is left alone."""

import csv
import io
from dataclasses import dataclass
from enum import StrEnum

COLUMN = "customer"
MOST_ROWS = 200_000
MOST_FAULTS = 100


class FileFault(StrEnum):
    NOT_TEXT = "not_text"  # in no encoding we know, or no CSV
    NO_COLUMN = "no_column"
    NO_ROWS = "no_rows"
    TOO_MANY = "too_many"
    EMPTY_ID = "empty_id"
    UNKNOWN_ID = "unknown_id"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in one line of the file (1 is the heading; 0: the file as a whole)."""

    line: int
    kind: FileFault
    value: str = ""


@dataclass(frozen=True, slots=True)
class AudienceFile:
    """Customer ids with the line each stands in; `faults` are why the file is refused."""

    ids: tuple[tuple[int, str], ...] = ()
    faults: tuple[RowFault, ...] = ()


def read_audience(text: str) -> AudienceFile:
    """Read a file's text. Any fault refuses it whole: half an audience would be nobody's decision."""
    lines = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=_delimiter(text))
    try:
        heading = [cell.strip().lower() for cell in next(lines, [])]
        if COLUMN not in heading:
            return AudienceFile(faults=(RowFault(1, FileFault.NO_COLUMN, ", ".join(heading)[:80]),))
        place = heading.index(COLUMN)
        ids: list[tuple[int, str]] = []
        faults: list[RowFault] = []
        for row in lines:
            if not any(cell.strip() for cell in row):
                continue
            value = row[place].strip() if place < len(row) else ""
            if not value or len(value) > 40:
                faults.append(RowFault(lines.line_num, FileFault.EMPTY_ID if not value else FileFault.UNKNOWN_ID,
                                       value[:60]))
            ids.append((lines.line_num, value))
            if len(ids) > MOST_ROWS:
                return AudienceFile(faults=(RowFault(lines.line_num, FileFault.TOO_MANY, str(MOST_ROWS)),))
    except csv.Error as error:
        return AudienceFile(faults=(RowFault(lines.line_num, FileFault.NOT_TEXT, str(error)[:80]),))
    if not ids:
        faults.append(RowFault(1, FileFault.NO_ROWS))
    return AudienceFile(tuple(ids), tuple(faults[:MOST_FAULTS]))


def _delimiter(text: str) -> str:
    heading = text.split("\n", 1)[0]
    return max(",;\t", key=heading.count)
