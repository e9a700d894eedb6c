"""Tables and the charts drawn from them: what a report page shows and what its exports hold.

A chart names columns of its table, so the two cannot disagree. How to use them: docs/charts.md.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from console.words import Words


class Unit(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"  # one decimal, with a sign where it is below zero (an NPS)
    SCORE = "score"  # two decimals (a mean of ratings)
    SHARE = "share"  # 0..1, shown in percent
    CHANGE = "change"  # a difference of shares or counts, shown with its sign
    DURATION = "duration"  # seconds
    DAY = "day"
    MOMENT = "moment"

    @property
    def is_numeric(self) -> bool:
        return self not in (Unit.TEXT, Unit.DAY, Unit.MOMENT)


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a page of the console; exports hold the text."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Share:
    """A value that has a unit of its own, in a column whose rows differ (a list of indicators)."""

    value: float | None
    unit: Unit


Cell = str | int | float | date | datetime | Link | Share | None
"""None: there is nothing to say (no case, so no share and no median)."""
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """`title` is in the reader's language; `hint` explains what is counted."""

    title: str
    unit: Unit = Unit.TEXT
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`total` is a last row that sums the others up."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None

    @property
    def lines(self) -> tuple[Row, ...]:
        """All rows as they are shown and exported."""
        return self.rows if self.total is None else (*self.rows, self.total)


class ChartKind(StrEnum):
    LINE = "line"
    BARS = "bars"
    STACKED = "stacked"
    ROWS = "rows"  # lying bars, for names that are long


@dataclass(frozen=True, slots=True)
class Chart:
    """Draws the columns `series` of a table over its column `across`; `target` is a line to compare with."""

    kind: ChartKind
    series: tuple[int, ...]
    across: int = 0
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A table with its title, one sentence about what it counts, and a chart where one helps.

    `name` stands in the address of its exports: small letters, digits and hyphens, unique on its page.
    """

    name: str
    title: str
    table: Table
    chart: Chart | None = None
    about: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.table.rows


_LONG_DURATIONS = ((86_400, "duration.day"), (3_600, "duration.hour"), (60, "duration.minute"))


def shown(cell: Cell, unit: Unit, t: Words) -> str:
    """A cell as the page writes it."""
    match cell:
        case None:
            return "–"
        case Link():
            return cell.text
        case Share():
            return shown(cell.value, cell.unit, t)
        case datetime():
            return t.moment(cell)
        case date():
            return cell.isoformat()
        case str():
            return cell
    return _number(cell, unit, t)


def _number(value: float, unit: Unit, t: Words) -> str:
    match unit:
        case Unit.SHARE:
            return f"{value * 100:.1f}%"
        case Unit.DURATION:
            return duration(value, t)
        case Unit.SCORE:
            return f"{value:.2f}"
        case Unit.NUMBER:
            return f"{value:.1f}"
        case Unit.CHANGE:
            return f"{value:+.1f}"
        case _:
            return f"{value:,}"


def duration(seconds: float, t: Words) -> str:
    """The two largest units: "3 min 20 s", "2 d 4 h"."""
    left = round(seconds)
    if left < 60:
        return t("duration.second", count=left)
    parts: list[tuple[int, str]] = []
    for size, key in (*_LONG_DURATIONS, (1, "duration.second")):
        count, left = divmod(left, size)
        if count or parts:
            parts.append((count, key))
        if len(parts) == 2:
            break
    return " ".join(t(key, count=count) for count, key in parts if count)


def drawing(figure: Figure, t: Words) -> str:
    """What the script draws, as JSON for a data attribute. The figure must have a chart."""
    chart = figure.chart
    if chart is None:
        raise ValueError("this figure has no chart")
    rows = figure.table.rows
    units = {figure.table.columns[index].unit for index in chart.series}
    unit = units.pop() if len(units) == 1 else Unit.NUMBER
    scale, suffix = _scale(unit, [value for row in rows for index in chart.series if (value := _value(row[index]))], t)
    return json.dumps({
        "kind": chart.kind, "unit": unit, "scale": scale, "suffix": suffix, "target": chart.target,
        "targetName": t("charts.target"), "none": t("charts.none"),
        "categories": [shown(row[chart.across], figure.table.columns[chart.across].unit, t) for row in rows],
        "series": [
            {
                "name": figure.table.columns[index].title,
                "values": [_value(row[index]) for row in rows],
                "labels": [shown(row[index], figure.table.columns[index].unit, t) for row in rows],
            }
            for index in chart.series
        ],
    }, ensure_ascii=False)


def summary(figure: Figure, t: Words) -> str:
    """What the chart shows, in words: its highest and lowest value of each series."""
    if figure.chart is None or figure.is_empty:
        return figure.title
    sentences = [t("charts.describes", title=figure.title, count=len(figure.table.rows))]
    for index in figure.chart.series:
        column = figure.table.columns[index]
        values = [(value, row) for row in figure.table.rows if (value := _value(row[index])) is not None]
        if values:
            low, high = min(values, key=lambda pair: pair[0]), max(values, key=lambda pair: pair[0])
            sentences.append(t(
                "charts.range", name=column.title, low=shown(low[1][index], column.unit, t),
                high=shown(high[1][index], column.unit, t), at=_label(figure, high[1], t),
            ))
    return " ".join(sentences)


def _label(figure: Figure, row: Sequence[Cell], t: Words) -> str:
    across = figure.chart.across if figure.chart else 0
    return shown(row[across], figure.table.columns[across].unit, t)


def _value(cell: Cell) -> float | None:
    if isinstance(cell, Share):
        return cell.value
    return cell if isinstance(cell, int | float) else None


def _scale(unit: Unit, values: Sequence[float], t: Words) -> tuple[float, str]:
    """By what the axis divides, and what it writes after a number."""
    if unit is Unit.SHARE:
        return 0.01, "%"
    if unit is Unit.DURATION:
        highest = max(values, default=0)
        for size, key in _LONG_DURATIONS:
            if highest >= 2 * size:
                return size, " " + t(key, count="").strip()
        return 1, " " + t("duration.second", count="").strip()
    return 1, ""
