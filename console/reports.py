"""The reports: how service is doing, with a table under each chart and both as files."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, signed_in
from console.figures import Chart, ChartKind, Column, Figure, Row, Table, Unit
from console.pages import PageRoute, words_for
from console.reporting import period_of, respond
from console.words import Words
from crm_store.store import SqlTransaction
from insights.volume import DailyVolume, daily_volume

router = APIRouter(
    prefix="/console/reports", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("")
async def show_overview(request: Request, services: Desk) -> Response:
    asked = period_of(request)
    period = asked.period

    def read(tx: SqlTransaction) -> tuple[Sequence[DailyVolume], dict[str, object]]:
        volume = daily_volume(tx.reports.opened(period.start, period.end), period)
        return volume, {"counts": reading.counts(tx), "newest_event": tx.events.newest_id()}

    volume, frame = await services.store.read(read)
    return respond(request, "reports.html", [_volume(volume, words_for(request))], asked, frame, name="overview")


def _volume(days: Sequence[DailyVolume], t: Words) -> Figure:
    channels = list(days[0].by_channel) if days else []
    columns = (
        Column(t("reports.day"), Unit.DAY), *(Column(t(f"channel.{name}"), Unit.COUNT) for name in channels),
        Column(t("reports.total"), Unit.COUNT),
    )
    rows: tuple[Row, ...] = tuple((day.day, *day.by_channel.values(), day.total) for day in days) if channels else ()
    total: Row = (t("reports.total"), *(sum(day.by_channel[name] for day in days) for name in channels),
             sum(day.total for day in days))
    return Figure(
        "volume", t("reports.volume"), Table(columns, rows, total if rows else None),
        Chart(ChartKind.STACKED, tuple(range(1, len(channels) + 1))), t("reports.volume.about"),
    )
