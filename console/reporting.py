"""How a page with figures answers: as a page, or one of its tables as a file; and which days it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from console.access import services_of
from console.exports import Format, as_csv, as_xlsx, download
from console.figures import Figure, drawing, shown, summary
from console.pages import render, words_for
from desk.errors import NotFound
from insights import periods
from insights.periods import Period, Preset

ALL = "all"
"""Instead of a figure's name: every table of the page, as sheets of one workbook."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The days that were asked for; `problem` is the key of a sentence where they are none (then `period` is the
    usual one), and what was typed is kept in `first` and `last`."""

    period: Period
    first: str
    last: str
    problem: str = ""


def period_of(request: Request, usual: Preset = Preset.DAYS_30) -> Asked:
    """Read `range`, `from` and `to` from the address. Nothing a reader can type makes it fail."""
    services, given = services_of(request), request.query_params
    now, zone = services.clock.now(), services.calendar.hours.zone
    wanted = Preset(given["range"]) if given.get("range") in set(Preset) else None
    first, last = given.get("from", "")[:10], given.get("to", "")[:10]
    if wanted is None and not (first or last):
        wanted = usual
    if wanted is not None and wanted is not Preset.CUSTOM:
        period = periods.named(wanted, now, zone)
        return Asked(period, period.first.isoformat(), period.last.isoformat())
    fallback = periods.named(usual, now, zone)
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return Asked(fallback, first, last, "period.days")
    try:
        return Asked(periods.custom(*days, zone), first, last)
    except ValueError as error:
        return Asked(fallback, first, last, f"period.{error}")


def respond(
    request: Request, template: str, figures: Sequence[Figure], asked: Asked | None,
    values: Mapping[str, object] | None = None, *, name: str = "report",
) -> Response:
    """The page, or, where the address says `as=csv|xlsx`, a file: the table of `figure`, or `all` of them (XLSX).

    Templates show the figures with the macros of `_figures.html`. Raises NotFound for a figure that is not there.
    """
    wanted = request.query_params.get("as", "")
    if wanted in set(Format):
        return _file(request, figures, asked, Format(wanted), name)
    return render(request, template, {
        "figures": {figure.name: figure for figure in figures}, "asked": asked, "presets": tuple(Preset),
        "drawing": drawing, "summary": summary, "shown": shown, "address": PageAddress(request), **(values or {}),
    })


def _file(request: Request, figures: Sequence[Figure], asked: Asked | None, kind: Format, name: str) -> Response:
    wanted = request.query_params.get("figure", ALL)
    chosen = [figure for figure in figures if wanted in (figure.name, ALL)]
    if not chosen or (kind is Format.CSV and len(chosen) > 1):
        raise NotFound("no such table")
    days = f"-{asked.period.first}-{asked.period.last}" if asked else ""
    label = f"{name}{days}" if wanted == ALL else f"{name}-{wanted}{days}"
    t = words_for(request)
    return download(as_csv(chosen[0], t) if kind is Format.CSV else as_xlsx(chosen, t), kind, label)


class PageAddress:
    """Makes the address of this page with some of its parameters changed (None takes one away)."""

    def __init__(self, request: Request) -> None:
        self._path = request.url.path
        self._given = {
            name: value for name, value in request.query_params.items() if name not in ("as", "figure") and value
        }

    def __call__(self, **changed: object) -> str:
        renamed = {name.rstrip("_"): value for name, value in changed.items()}
        both = {**self._given, **renamed}
        return f"{self._path}?{urlencode({name: str(value) for name, value in both.items() if value is not None})}"

    def query(self) -> str:
        """The parameters as they are, with a question mark where there are any: for a neighbouring page."""
        return f"?{urlencode(self._given)}" if self._given else ""

    def others(self, *names: str) -> dict[str, str]:
        """The parameters besides these, for a form's hidden fields."""
        return {name: value for name, value in self._given.items() if name not in names}
