"""The tables and charts of the service reports, made from what insights/ counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from console.figures import Cell, Chart, ChartKind, Column, Figure, Link, Row, Share, Table, Unit
from console.topic_names import NameOf
from console.words import Words
from crm_store.reports import ConversationLine
from insights.business_time import Clock
from insights.indicators import Indicator, Measured
from insights.periods import Period
from insights.service import (
    Contacts,
    Dimension,
    Lasting,
    Rated,
    bot_solved,
    by_dimension,
    by_step,
    contacts_by_step,
    counted,
    reasons,
    satisfaction,
    speed,
)
from insights.statistics import SMALL, Estimate, share


@dataclass(frozen=True, slots=True)
class Naming:
    """How the groups of a breakdown are called and ordered."""

    t: Words
    zone: ZoneInfo
    agents: Mapping[str, str]
    topic: NameOf

    def of(self, dimension: Dimension, key: str) -> str:
        t = self.t
        match dimension:
            case Dimension.AGENT:
                return self.agents.get(key) or t("reports.nobody")
            case Dimension.HOUR:
                return f"{key}:00"
            case Dimension.TOPIC:
                return self.topic(key) if key else t("reports.no_topic")
        name = f"{dimension}.{key}"
        return t(name) if t.has(name) else key

    def about(self, dimension: Dimension, about: str) -> str:
        """What is counted, and for topics that one conversation may stand in several lines."""
        return f"{about} {self.t('reports.topics.about')}" if dimension is Dimension.TOPIC else about

    def order(self, dimension: Dimension, groups: Mapping[str, Sequence[object]]) -> list[str]:
        if dimension in (Dimension.HOUR, Dimension.WEEKDAY):
            return sorted(groups)
        return sorted(groups, key=lambda key: (-len(groups[key]), key))


def indicators(measured: Sequence[Measured], before: Period, t: Words) -> Figure:
    """Every indicator beside the period before."""
    rows: list[Row] = []
    for one in measured:
        unit = unit_of(one.indicator)
        rows.append((
            t(f"indicator.{one.indicator}"), Share(one.value, unit), one.count, Share(one.previous, unit),
            one.previous_count, change(one, t), note(one.is_small, t),
        ))
    columns = (
        Column(t("reports.indicator")), Column(t("reports.value"), Unit.NUMBER), Column(t("reports.cases"), Unit.COUNT),
        Column(t("reports.previous"), Unit.NUMBER), Column(t("reports.previous_cases"), Unit.COUNT),
        Column(t("reports.change")), Column(t("reports.note")),
    )
    return Figure("indicators", t("reports.indicators"), Table(columns, tuple(rows)),
                  about=t("reports.indicators.about", first=before.first, last=before.last))


def unit_of(indicator: Indicator) -> Unit:
    if indicator.is_duration:
        return Unit.DURATION
    return Unit.SHARE if indicator.is_share else Unit.SCORE if indicator is Indicator.RATING else Unit.COUNT


def change(one: Measured, t: Words) -> str:
    """How far it moved: shares in percentage points, everything else in percent."""
    if one.change is None:
        return ""
    return t("reports.points" if one.indicator.is_share else "reports.percent", change=f"{one.change * 100:+.1f}")


def note(is_small: bool, t: Words) -> str:
    return t("reports.small", count=SMALL) if is_small else ""


def volume(contacts: Sequence[Contacts], period: Period, t: Words) -> Figure:
    """Conversations that began, by channel."""
    channels = sorted({group.channel for group in contacts})
    counts = [
        (day, [counted(group for group in groups if group.channel == channel) for channel in channels])
        for day, groups in contacts_by_step(contacts, period)
    ] if channels else []
    rows: tuple[Row, ...] = tuple((day, *found, sum(found)) for day, found in counts)
    sums = [sum(column) for column in zip(*(found for _, found in counts), strict=True)]
    total: Row = (t("reports.total"), *sums, sum(sums))
    columns = (
        Column(t("reports.day"), Unit.DAY), *(Column(t(f"channel.{name}"), Unit.COUNT) for name in channels),
        Column(t("reports.total"), Unit.COUNT),
    )
    return Figure(
        "volume", t("reports.volume"), Table(columns, rows, total if rows else None),
        Chart(ChartKind.STACKED, tuple(range(1, len(channels) + 1))), t("reports.volume.about"),
    )


def solved_by_bot(contacts: Sequence[Contacts], period: Period, t: Words) -> Figure:
    rows: list[Row] = []
    for day, groups in contacts_by_step(contacts, period):
        found = share(*bot_solved(groups))
        rows.append((day, *estimate_cells(found), note(found is not None and found.is_small, t)))
    columns = (
        Column(t("reports.day"), Unit.DAY), *estimate_columns(t("indicator.bot_solved"), t), Column(t("reports.note")),
    )
    return Figure(
        "bot-solved", t("reports.bot_solved"), Table(columns, tuple(rows) if contacts else ()),
        Chart(ChartKind.LINE, (1,)), t("reports.bot_solved.about"),
    )


def hand_over_reasons(hand_overs: Mapping[str, int], t: Words) -> Figure:
    whole = sum(hand_overs.values())
    rows: tuple[Row, ...] = tuple(
        (t(f"reason.{reason}") if t.has(f"reason.{reason}") else reason or t("reports.no_topic"), count, count / whole)
        for reason, count in reasons(hand_overs)
    )
    total: Row = (t("reports.total"), whole, 1.0)
    columns = (
        Column(t("reports.reason")), Column(t("reports.cases"), Unit.COUNT), Column(t("reports.share"), Unit.SHARE),
    )
    return Figure(
        "reasons", t("reports.reasons"), Table(columns, rows, total if rows else None), Chart(ChartKind.ROWS, (1,)),
        t("reports.reasons.about"),
    )


def backlog(days: Sequence[tuple[date, int]], what: str, t: Words) -> Figure:
    """`what`: conversations or tickets."""
    rows: tuple[Row, ...] = tuple(days)
    columns = (Column(t("reports.day"), Unit.DAY), Column(t("reports.open"), Unit.COUNT))
    return Figure(
        "backlog", t(f"reports.backlog.{what}"), Table(columns, rows if any(row[1] for row in rows) else ()),
        Chart(ChartKind.LINE, (1,)), t(f"reports.backlog.{what}.about"),
    )


def speed_by(
    name: str, items: Sequence[Lasting], dimension: Dimension, clocks: Sequence[Clock],
    naming: Naming,
) -> Figure:
    """How long something took in each group, in business and in calendar time; the chart draws the first clock."""
    t = naming.t
    groups = by_dimension(items, dimension, naming.zone)
    rows: tuple[Row, ...] = tuple(
        (naming.of(dimension, key), len(groups[key]), *speed_cells(groups[key], clocks),
         note(len(groups[key]) < SMALL, t))
        for key in naming.order(dimension, groups)
    )
    total: Row = (t("reports.all"), len(items), *speed_cells(items, clocks), note(len(items) < SMALL, t))
    columns = (
        Column(t(f"dimension.{dimension}")), Column(t("reports.cases"), Unit.COUNT), *speed_columns(t),
        Column(t("reports.note")),
    )
    kind = ChartKind.BARS if dimension in (Dimension.HOUR, Dimension.WEEKDAY) else ChartKind.ROWS
    return Figure(
        f"{name}-by", t(f"reports.{name}_by", dimension=t(f"dimension.{dimension}").lower()),
        Table(columns, rows, total if len(rows) > 1 else None), Chart(kind, (2, 3)), t(f"reports.{name}.about"),
    )


def speed_trend(
    name: str, items: Sequence[Lasting], period: Period, clocks: Sequence[Clock], t: Words
) -> Figure:
    rows: tuple[Row, ...] = tuple(
        (day, len(found), *speed_cells(found, clocks), note(0 < len(found) < SMALL, t))
        for day, found in by_step(items, period)
    )
    columns = (
        Column(t("reports.day"), Unit.DAY), Column(t("reports.cases"), Unit.COUNT), *speed_columns(t),
        Column(t("reports.note")),
    )
    return Figure(
        f"{name}-trend", t(f"reports.{name}_trend"), Table(columns, rows if items else ()),
        Chart(ChartKind.LINE, (2, 3)), t(f"reports.{name}.about"),
    )


def ratings_by(rated: Sequence[Rated], dimension: Dimension, naming: Naming) -> Figure:
    t = naming.t
    groups = by_dimension(rated, dimension, naming.zone)
    rows: tuple[Row, ...] = tuple(
        (naming.of(dimension, key), *_ratings(groups[key], t)) for key in naming.order(dimension, groups)
    )
    total: Row = (t("reports.all"), *_ratings(rated, t))
    kind = ChartKind.BARS if dimension in (Dimension.HOUR, Dimension.WEEKDAY) else ChartKind.ROWS
    return Figure(
        "ratings-by", t("reports.ratings_by", dimension=t(f"dimension.{dimension}").lower()),
        Table((Column(t(f"dimension.{dimension}")), *_rating_columns(t)), rows, total if len(rows) > 1 else None),
        Chart(kind, (3,)), naming.about(dimension, t("reports.ratings.about")),
    )


def ratings_trend(rated: Sequence[Rated], period: Period, t: Words) -> Figure:
    rows: tuple[Row, ...] = tuple((day, *_ratings(items, t)) for day, items in by_step(rated, period))
    return Figure(
        "ratings-trend", t("reports.ratings_trend"),
        Table((Column(t("reports.day"), Unit.DAY), *_rating_columns(t)), rows if rated else ()),
        Chart(ChartKind.LINE, (3,)), t("reports.ratings.about"),
    )


def conversation_list(
    lines: Sequence[ConversationLine], names: Mapping[str, str], naming: Naming, clock: Clock
) -> Figure:
    """One row for each conversation."""
    t = naming.t
    rows: tuple[Row, ...] = tuple(
        (
            Link(names.get(line.customer_id) or t("anonymous"), f"/console/conversations/{line.id}"), line.opened_at,
            t(f"channel.{line.about.channel}"), t(f"language.{line.about.language}"),
            naming.agents.get(line.about.agent_id, ""), t(f"reason.{line.reason}") if line.reason else "",
            line.waited, clock(line.opened_at, line.closed_at) if line.closed_at else None, line.closed_at, line.score,
        )
        for line in lines
    )
    units = (Unit.TEXT, Unit.MOMENT, Unit.TEXT, Unit.TEXT, Unit.TEXT, Unit.TEXT, Unit.DURATION, Unit.DURATION,
             Unit.MOMENT, Unit.COUNT)
    titles = ("customer", "opened", "channel", "language", "agent", "reason", "waited", "resolution", "closed",
              "rating")
    columns = tuple(Column(t(f"reports.list.{title}"), unit) for title, unit in zip(titles, units, strict=True))
    return Figure("conversations", t("reports.list"), Table(columns, rows), about=t("reports.list.about"))


def speed_cells(items: Sequence[Lasting], clocks: Sequence[Clock]) -> list[Cell]:
    cells: list[Cell] = []
    for clock in clocks:
        found = speed(items, clock)
        cells += [found.median, found.p90]
    return cells


def speed_columns(t: Words) -> tuple[Column, ...]:
    return tuple(
        Column(t(f"reports.{figure}", time=t(f"time.{time}")), Unit.DURATION)
        for time in ("business", "calendar") for figure in ("median", "p90")
    )


def estimate_cells(found: Estimate | None) -> tuple[Cell, ...]:
    return (found.value, found.low, found.high, found.count) if found else (None, None, None, 0)


def estimate_columns(title: str, t: Words) -> tuple[Column, ...]:
    return (
        Column(title, Unit.SHARE), Column(t("reports.low"), Unit.SHARE, t("reports.interval")),
        Column(t("reports.high"), Unit.SHARE, t("reports.interval")), Column(t("reports.cases"), Unit.COUNT),
    )


def _ratings(items: Sequence[Rated], t: Words) -> tuple[Cell, ...]:
    found = satisfaction(items)
    value, low, high, count = estimate_cells(found.csat)
    return (
        count, found.mean, value, low, high, *(found.by_score.get(score, 0) for score in range(1, 6)),
        note(0 < found.count < SMALL, t),
    )


def _rating_columns(t: Words) -> tuple[Column, ...]:
    value, low, high, count = estimate_columns(t("indicator.csat"), t)
    return (
        count, Column(t("indicator.rating"), Unit.SCORE), value, low, high,
        *(Column(t("reports.score", score=score), Unit.COUNT) for score in range(1, 6)), Column(t("reports.note")),
    )
