"""The tables and charts of the report on customers' value. Money stands in whole units, its currency in the heading."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from console.figures import Chart, ChartKind, Column, Figure, Link, Row, Table, Unit
from console.words import Words
from desk.money import minor_units
from insights.value_report import Care, Group, Sum, by_class, by_risk, by_segment, whole

CUSTOMERS = "/console/customers"
ASK = "/console/campaigns/new"


def segments(sums: Sequence[Sum], currency: str, t: Words, *, may_ask: bool) -> Figure:
    """Each segment leads to its customers, and to a campaign for them."""
    total = whole(sums)
    ask = [Column(t("value.ask"))] if may_ask else []
    rows: tuple[Row, ...] = tuple(
        (Link(t(f"segment.{name}"), f"{CUSTOMERS}?segment={name}"), *_cells(group, total, currency),
         *([Link(t("value.ask.them"), f"{ASK}?segment={name}") if group.customers else None] if may_ask else []))
        for name, group in by_segment(sums).items()
    )
    columns = (Column(t("value.segment")), *_columns(currency, t), *ask)
    last: Row = (t("reports.total"), *_cells(total, total, currency), *([None] if may_ask else []))
    return Figure("segments", t("value.segments"), Table(columns, rows if sums else (), last if sums else None),
                  Chart(ChartKind.ROWS, (2, 4)), t("value.segments.about"))


def classes(sums: Sequence[Sum], currency: str, t: Words) -> Figure:
    return _groups("classes", "abc", {str(name): group for name, group in by_class(sums).items()}, sums, currency, t)


def risks(sums: Sequence[Sum], currency: str, t: Words) -> Figure:
    return _groups("risks", "risk", {str(name): group for name, group in by_risk(sums).items()}, sums, currency, t)


def grid(counts: Mapping[tuple[int, int], int], t: Words) -> Figure:
    """Recency down, frequency across."""
    scores = range(1, 6)
    rows: tuple[Row, ...] = tuple(
        (str(recency), *(counts.get((recency, frequency), 0) for frequency in scores)) for recency in reversed(scores)
    )
    columns = (
        Column(t("value.grid.row")),
        *(Column(t("value.grid.column", score=score), Unit.COUNT) for score in scores),
    )
    return Figure("grid", t("value.grid"), Table(columns, rows if counts else ()), None, t("value.grid.about"))


def care(listed: Sequence[Care], currency: str, most: int, t: Words) -> Figure:
    rows: tuple[Row, ...] = tuple(
        (Link(each.name or t("anonymous"), f"{CUSTOMERS}/{quote(each.value.customer_id, safe='')}"),
         t(f"segment.{each.value.segment}"), t(f"abc.{each.value.abc}"),
         _whole(each.value.revenue, each.value.currency), each.value.churn, each.value.last_order_at,
         round(each.value.every_days), each.last_contact_at, each.open_complaints)
        for each in listed
    )
    columns = (
        Column(t("value.care.customer")), Column(t("value.segment")), Column(t("value.abc")),
        Column(t("value.money", currency=currency), Unit.COUNT), Column(t("value.churn"), Unit.SHARE),
        Column(t("value.care.last_order"), Unit.MOMENT), Column(t("value.care.every"), Unit.COUNT),
        Column(t("value.care.last_contact"), Unit.MOMENT), Column(t("value.care.complaints"), Unit.COUNT),
    )
    return Figure("care", t("value.care"), Table(columns, rows), None, t("value.care.about", count=most))


def _groups(
    name: str, key: str, groups: Mapping[str, Group], sums: Sequence[Sum], currency: str, t: Words
) -> Figure:
    total = whole(sums)
    rows: tuple[Row, ...] = tuple(
        (Link(t(f"{key}.{each}"), f"{CUSTOMERS}?{key}={each}"), *_cells(group, total, currency))
        for each, group in groups.items()
    )
    columns = (Column(t(f"value.{key}")), *_columns(currency, t))
    return Figure(name, t(f"value.{name}"), Table(columns, rows if sums else ()), Chart(ChartKind.ROWS, (2, 4)),
                  t(f"value.{name}.about"))


def _columns(currency: str, t: Words) -> tuple[Column, ...]:
    return (
        Column(t("value.customers"), Unit.COUNT), Column(t("value.share"), Unit.SHARE),
        Column(t("value.money", currency=currency), Unit.COUNT), Column(t("value.money.share"), Unit.SHARE),
        Column(t("value.lifetime.money", currency=currency), Unit.COUNT), Column(t("value.churn.mean"), Unit.SHARE),
    )


def _cells(group: Group, total: Group, currency: str) -> Row:
    return (
        group.customers, group.customers / total.customers if total.customers else None,
        _whole(group.revenue, currency), group.share, _whole(group.lifetime, currency),
        group.churn if group.customers else None,
    )


def _whole(amount: int, currency: str) -> int:
    return round(amount / minor_units(currency))
