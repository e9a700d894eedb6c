"""The pages of the satisfaction programme: every indicator with its target, its cycles, its owner and its plans."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from campaigns.surveys import Measure, Question, QuestionKind
from console import programme_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.figures import Chart, ChartKind, Column, Figure, Row, Table, Unit, shown
from console.pages import PageRoute, see_other, words_for
from console.reporting import respond
from console.service_figures import note
from console.words import Words
from crm_store.store import SqlTransaction
from desk.errors import Invalid
from desk.permissions import Permission
from insights.programme import Course, Cycle, ProgrammeIndicator, Source
from wiring.services import Services

HERE = "/console/programme"
_NOTHING_WRITTEN = dict.fromkeys(
    ("name", "source", "target", "cycle", "owner", "cause", "action", "due_on", "outcome"), "",
)
Typed = Annotated[str, Form()]
router = APIRouter(
    prefix=HERE, route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.INSPECT)],
)


@router.get("")
async def show_programme(request: Request, services: Desk) -> Response:
    return await _page(request, services)


@router.post("/indicators", dependencies=[needs(Permission.LEAD)])
async def add_indicator(
    request: Request, services: Desk, staff: Staff, name: Typed = "", source: Typed = "", target: Typed = "",
    cycle: Typed = "month", owner: Typed = "",
) -> Response:
    try:
        is_share = await services.store.read(lambda tx: programme_desk.counts_share(tx, source))
        await programme_desk.add_indicator(
            services, staff.agent, name, source, _read_target(source, target, is_share=is_share), cycle, owner
        )
    except Invalid as error:
        kept = {"name": name, "source": source, "target": target, "cycle": cycle, "owner": owner}
        return await _page(request, services, wrong={"form": "new", "field": error.field}, kept=kept)
    return see_other(request, HERE)


@router.post("/indicators/{indicator_id}/target", dependencies=[needs(Permission.LEAD)])
async def change_target(
    request: Request, services: Desk, staff: Staff, indicator_id: str, target: Typed = ""
) -> Response:
    source, is_share = await services.store.read(lambda tx: _source_of(tx, indicator_id))
    try:
        await programme_desk.change_indicator(
            services, staff.agent, indicator_id, target=_read_target(source, target, is_share=is_share)
        )
    except Invalid as error:
        wrong = {"form": indicator_id, "field": error.field}
        return await _page(request, services, wrong, {"target": target})
    return see_other(request, f"{HERE}#indicator-{indicator_id}")


@router.post("/indicators/{indicator_id}/archive", dependencies=[needs(Permission.LEAD)])
async def archive(request: Request, services: Desk, staff: Staff, indicator_id: str) -> Response:
    await programme_desk.change_indicator(services, staff.agent, indicator_id, archived=True)
    return see_other(request, HERE)


@router.post("/indicators/{indicator_id}/plans", dependencies=[needs(Permission.LEAD)])
async def add_plan(
    request: Request, services: Desk, staff: Staff, indicator_id: str, cause: Typed = "", action: Typed = "",
    owner: Typed = "", due_on: Typed = "",
) -> Response:
    try:
        await programme_desk.add_plan(services, staff.agent, indicator_id, cause, action, owner, due_on)
    except Invalid as error:
        kept = {"cause": cause, "action": action, "owner": owner, "due_on": due_on}
        return await _page(request, services, wrong={"form": indicator_id, "field": error.field}, kept=kept)
    return see_other(request, f"{HERE}#indicator-{indicator_id}")


@router.post("/plans/{plan_id}/finish", dependencies=[needs(Permission.LEAD)])
async def finish_plan(request: Request, services: Desk, staff: Staff, plan_id: str, outcome: Typed = "") -> Response:
    try:
        plan = await programme_desk.finish_plan(services, staff.agent, plan_id, outcome)
    except Invalid as error:
        return await _page(request, services, wrong={"form": plan_id, "field": error.field}, kept={"outcome": outcome})
    return see_other(request, f"{HERE}#indicator-{plan.indicator_id}")


async def _page(
    request: Request, services: Services, wrong: dict[str, str] | None = None, kept: dict[str, str] | None = None,
) -> Response:
    t, zone = words_for(request), services.calendar.hours.zone

    def read(tx: SqlTransaction) -> tuple[list[Figure], dict[str, object]]:
        found = programme_desk.courses(tx, services)
        agents = [agent for agent in tx.agents.list_all() if agent.active]
        units = {course.indicator.id: _unit(tx, course.indicator) for course in found}
        figures = [_figure(course, units[course.indicator.id], t) for course in found]
        sources = [(each.value, t(f"source.{each}")) for each in Source if each is not Source.SURVEY]
        sources += [(f"survey:{survey}:{question}", f"{name} · {question}")
                    for survey, question, name in programme_desk.scales(tx)]
        return figures, {
            **reading.frame(tx), "courses": found, "units": units, "sources": sources,
            "people": [(agent.id, agent.name) for agent in agents], "names": reading.agent_names(tx),
            "cycles": [(each.value, t(f"cycle.{each}")) for each in Cycle],
        }

    figures, values = await services.store.read(read)
    values |= {
        "wrong": wrong or {"form": "", "field": ""}, "kept": _NOTHING_WRITTEN | (kept or {}),
        "today": services.clock.now().astimezone(zone).date(),
    }
    answer = respond(request, "programme.html", figures, None, values, name="programme")
    if wrong:
        answer.status_code = 422
    return answer


def _figure(course: Course, unit: Unit, t: Words) -> Figure:
    """The cycles of one indicator against its target."""
    indicator = course.indicator
    rows: tuple[Row, ...] = tuple(
        (_named(indicator.cycle, each.period.first.isoformat()), each.value, each.count,
         t(f"standing.{each.standing}"), note(each.is_small, t))
        for each in course.measurements
    )
    columns = (
        Column(t("programme.cycle")), Column(indicator.name, unit), Column(t("reports.cases"), Unit.COUNT),
        Column(t("programme.standing")), Column(t("reports.note")),
    )
    sign = "≤" if indicator.source.less_is_better else "≥"
    about = t("programme.target_is", target=f"{sign} {shown(indicator.target, unit, t)}")
    return Figure(f"indicator-{indicator.id}", indicator.name, Table(columns, rows),
                  Chart(ChartKind.BARS, (1,), target=indicator.target), about)


def _source_of(tx: SqlTransaction, indicator_id: str) -> tuple[str, bool]:
    """Where an indicator's values come from, as the form writes it, and whether they are shares."""
    indicator = tx.programme.get(indicator_id)
    source = programme_desk.written_source(indicator)
    return source, programme_desk.counts_share(tx, source)


def _unit(tx: SqlTransaction, indicator: ProgrammeIndicator) -> Unit:
    if indicator.source.is_duration:
        return Unit.DURATION
    if indicator.source.is_share:
        return Unit.SHARE
    if indicator.source is Source.RATING:
        return Unit.SCORE
    survey = tx.surveys.get(indicator.survey_id)
    return _unit_of_scale(tx.surveys.content(survey.id, survey.version).find(indicator.question_id))


def _unit_of_scale(question: Question | None) -> Unit:
    if question is None:
        return Unit.SCORE
    if question.kind is QuestionKind.NPS or question.measure is Measure.NPS:
        return Unit.NUMBER
    return Unit.SHARE if question.measure is Measure.CSAT else Unit.SCORE


def _named(cycle: Cycle, first: str) -> str:
    year, month, _ = first.split("-")
    return f"{year}-{month}" if cycle is Cycle.MONTH else f"{year} Q{(int(month) + 2) // 3}"


def _read_target(source: str, text: str, *, is_share: bool) -> float:
    """As people write it: percent for shares, minutes for durations, else the mark or the points. Raises Invalid."""
    try:
        value = float(text.strip().removesuffix("%").replace(",", "."))
    except ValueError:
        raise Invalid("target", "give a number") from None
    if is_share:
        return value / 100
    return value * 60 if source in set(Source) and Source(source).is_duration else value
