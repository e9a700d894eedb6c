"""The satisfaction programme for programs. Shares are 0 to 1, durations seconds."""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, Field

from console import programme_desk
from console.access import Caller, Desk, needs
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page
from desk.permissions import Permission
from insights.programme import Course, Cycle, ImprovementPlan, Source, Standing

router = APIRouter(
    prefix="/programme", route_class=ApiRoute, tags=["programme"], dependencies=[needs(Permission.INSPECT)]
)

TARGET = "A share (also of a survey's CSAT) from 0 to 1, seconds, an NPS, or a mean mark"


class MeasurementOut(BaseModel):
    first: date
    last: date
    value: float | None
    cases: int
    standing: Standing
    small: bool


class PlanOut(BaseModel):
    id: str
    indicator: str
    cycle_first: date
    value: float | None
    target: float
    cases: int
    cause: str
    action: str
    owner: str
    due_on: date
    outcome: str
    created_at: Moment
    done_at: Moment | None

    @classmethod
    def of(cls, plan: ImprovementPlan) -> "PlanOut":
        return cls(id=plan.id, indicator=plan.indicator_id, cycle_first=plan.cycle_first, value=plan.value,
                   target=plan.target, cases=plan.count, cause=plan.cause, action=plan.action, owner=plan.owner_id,
                   due_on=plan.due_on, outcome=plan.outcome, created_at=plan.created_at, done_at=plan.done_at)


class IndicatorOfProgrammeOut(BaseModel):
    """`needs_plan`: the latest cycle fell short, and nobody has planned anything about it."""

    id: str
    name: str
    source: Source
    survey: str | None
    question: str | None
    target: float
    less_is_better: bool
    cycle: Cycle
    owner: str
    archived: bool
    cycles: list[MeasurementOut]
    plans: list[PlanOut]
    needs_plan: bool

    @classmethod
    def of(cls, course: Course) -> "IndicatorOfProgrammeOut":
        it = course.indicator
        return cls(
            id=it.id, name=it.name, source=it.source, survey=it.survey_id or None, question=it.question_id or None,
            target=it.target, less_is_better=it.source.less_is_better, cycle=it.cycle, owner=it.owner_id,
            archived=it.archived, needs_plan=course.unplanned is not None,
            cycles=[MeasurementOut(first=each.period.first, last=each.period.last, value=each.value, cases=each.count,
                                   standing=each.standing, small=each.is_small) for each in course.measurements],
            plans=[PlanOut.of(plan) for plan in course.plans],
        )


class IndicatorIn(BaseModel):
    """`source`: one of the named sources, or "survey:<survey>:<question>"."""

    name: str
    source: str
    target: float = Field(description=TARGET)
    cycle: Cycle = Cycle.MONTH
    owner: str


class IndicatorPatch(BaseModel):
    """What is left out stays."""

    target: float | None = Field(None, description=TARGET)
    owner: str | None = None
    archived: bool | None = None


class PlanIn(BaseModel):
    cause: str
    action: str
    owner: str
    due_on: date


class PlanEnd(BaseModel):
    outcome: str


@router.get("/indicators")
async def list_indicators(services: Desk) -> Page[IndicatorOfProgrammeOut]:
    """Every indicator with its last six cycles and its plans."""
    found = await services.store.read(lambda tx: programme_desk.courses(tx, services))
    return Page(items=[IndicatorOfProgrammeOut.of(course) for course in found])


@router.post("/indicators", status_code=201, dependencies=[needs(Permission.LEAD)])
async def add_indicator(services: Desk, caller: Caller, body: IndicatorIn) -> IndicatorOfProgrammeOut:
    made = await programme_desk.add_indicator(
        services, caller, body.name, body.source, body.target, body.cycle, body.owner
    )
    return IndicatorOfProgrammeOut.of(
        await services.store.read(lambda tx: programme_desk.course(tx, services, made.id))
    )


@router.patch("/indicators/{indicator_id}", dependencies=[needs(Permission.LEAD)])
async def change_indicator(
    services: Desk, caller: Caller, indicator_id: str, body: IndicatorPatch
) -> IndicatorOfProgrammeOut:
    """An archived indicator is measured no more; its plans are kept."""
    changed = await programme_desk.change_indicator(
        services, caller, indicator_id, target=body.target, owner_id=body.owner, archived=body.archived
    )
    if changed.archived:
        plans = await services.store.read(lambda tx: tx.programme.list_plans(changed.id))
        return IndicatorOfProgrammeOut.of(Course(changed, (), plans))
    return IndicatorOfProgrammeOut.of(
        await services.store.read(lambda tx: programme_desk.course(tx, services, indicator_id))
    )


@router.post("/indicators/{indicator_id}/plans", status_code=201, dependencies=[needs(Permission.LEAD)])
async def add_plan(services: Desk, caller: Caller, indicator_id: str, body: PlanIn) -> PlanOut:
    """For the latest cycle that is over; 409 where it did not fall short."""
    return PlanOut.of(await programme_desk.add_plan(
        services, caller, indicator_id, body.cause, body.action, body.owner, body.due_on.isoformat()
    ))


@router.post("/plans/{plan_id}/finish", dependencies=[needs(Permission.LEAD)])
async def finish_plan(services: Desk, caller: Caller, plan_id: str, body: PlanEnd) -> PlanOut:
    return PlanOut.of(await programme_desk.finish_plan(services, caller, plan_id, body.outcome))
