"""The tables and charts of the ticket reports."""

from collections.abc import Mapping, Sequence

from console.figures import Chart, ChartKind, Column, Figure, Row, Table, Unit
from console.service_figures import Naming, estimate_cells, estimate_columns, note, speed_cells, speed_columns
from console.words import Words
from insights.business_time import Clock
from insights.periods import Period
from insights.service import Dimension, by_dimension, by_step, grouped
from insights.statistics import SMALL, share
from insights.tickets import Case, Promise, by_metric, causes, promises_kept, reopened_cases

KINDS = ("complaint", "request", "inquiry")


def opened(cases: Sequence[Case], period: Period, t: Words) -> Figure:
    rows: tuple[Row, ...] = tuple(
        (day, *(sum(each.kind == kind for each in found) for kind in KINDS), len(found))
        for day, found in by_step(cases, period)
    )
    total: Row = (t("reports.total"), *(sum(each.kind == kind for each in cases) for kind in KINDS), len(cases))
    columns = (
        Column(t("reports.day"), Unit.DAY), *(Column(t(f"ticket.kind.{kind}"), Unit.COUNT) for kind in KINDS),
        Column(t("reports.total"), Unit.COUNT),
    )
    return Figure("opened", t("reports.opened"), Table(columns, rows if cases else (), total if cases else None),
                  Chart(ChartKind.STACKED, (1, 2, 3)), t("reports.opened.about"))


def settled_by_kind(settled: Sequence[Case], clocks: Sequence[Clock], t: Words) -> Figure:
    """How long cases took, and how many had been opened again."""
    groups = grouped(settled, lambda each: each.kind)
    rows: tuple[Row, ...] = tuple(
        (t(f"ticket.kind.{kind}"), *_settled(groups[kind], clocks, t)) for kind in KINDS if kind in groups
    )
    total: Row = (t("reports.all"), *_settled(settled, clocks, t))
    columns = (
        Column(t("ticket.kind")), Column(t("reports.cases"), Unit.COUNT), *speed_columns(t),
        Column(t("reports.reopened"), Unit.SHARE), Column(t("reports.note")),
    )
    return Figure("settled", t("reports.settled"), Table(columns, rows, total if len(rows) > 1 else None),
                  Chart(ChartKind.ROWS, (2, 3)), t("reports.settled.about"))


def sla(promises: Sequence[Promise], t: Words) -> Figure:
    """The hit rate of each kind of promise."""
    rows: tuple[Row, ...] = tuple(
        (f"{t(f'reports.sla.{subject}')} · {t(f'metric.{metric}')}", *estimate_cells(share(*promises_kept(found))),
         len(found) - promises_kept(found)[0], note(len(found) < SMALL, t))
        for (subject, metric), found in by_metric(promises).items()
    )
    return Figure("sla", t("reports.sla"), Table((Column(t("reports.promise")), *_sla_columns(t)), rows),
                  Chart(ChartKind.ROWS, (1,)), t("reports.sla.about"))


def sla_by(promises: Sequence[Promise], dimension: Dimension, naming: Naming) -> Figure:
    t = naming.t
    groups = by_dimension(promises, dimension, naming.zone)
    rows: tuple[Row, ...] = tuple(
        (naming.of(dimension, key), *estimate_cells(share(*promises_kept(groups[key]))),
         len(groups[key]) - promises_kept(groups[key])[0], note(len(groups[key]) < SMALL, t))
        for key in naming.order(dimension, groups)
    )
    return Figure(
        "sla-by", t("reports.sla_by", dimension=t(f"dimension.{dimension}").lower()),
        Table((Column(t(f"dimension.{dimension}")), *_sla_columns(t)), rows), Chart(ChartKind.ROWS, (1,)),
        t("reports.sla.about"),
    )


def complaint_causes(cases: Sequence[Case], names: Mapping[str, str], t: Words) -> Figure:
    found = causes(cases)
    whole = sum(count for _, count in found)
    rows: tuple[Row, ...] = tuple(
        (names.get(cause, cause) or t("reports.no_cause"), count, count / whole) for cause, count in found
    )
    columns = (
        Column(t("reports.cause")), Column(t("reports.cases"), Unit.COUNT), Column(t("reports.share"), Unit.SHARE),
    )
    return Figure("causes", t("reports.causes"), Table(columns, rows), Chart(ChartKind.ROWS, (1,)),
                  t("reports.causes.about"))


def _settled(cases: Sequence[Case], clocks: Sequence[Clock], t: Words) -> Row:
    again = share(*reopened_cases(cases))
    return (len(cases), *speed_cells(cases, clocks), again.value if again else None, note(len(cases) < SMALL, t))


def _sla_columns(t: Words) -> tuple[Column, ...]:
    value, low, high, count = estimate_columns(t("reports.kept"), t)
    return value, low, high, count, Column(t("reports.missed"), Unit.COUNT), Column(t("reports.note"))
