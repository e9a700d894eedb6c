"""The results of campaigns for programs. Shares are 0 to 1, an NPS is -100 to 100; intervals hold with 95 %."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from campaigns.surveys import Measure, Question, QuestionKind
from console.access import Desk, needs
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page
from console.results import Findings, findings, marks_of, search
from crm_store.results import Wave
from crm_store.store import SqlTransaction
from desk.errors import NotFound
from desk.permissions import Permission
from insights.results import (
    By,
    Verdict,
    against_the_rest,
    compare,
    distribution,
    figure,
    is_low,
    numbers_of,
    split,
    verdict,
)
from insights.statistics import Estimate

router = APIRouter(
    prefix="/campaigns/{campaign_id}/results", route_class=ApiRoute, tags=["campaigns"],
    dependencies=[needs(Permission.INSPECT)],
)


class EstimateOut(BaseModel):
    """`small`: from fewer than 30. `low` and `high` are null where one answer alone has no interval."""

    value: float
    low: float | None
    high: float | None
    count: int
    small: bool

    @classmethod
    def of(cls, found: Estimate | None) -> "EstimateOut | None":
        if found is None:
            return None
        alone = found.count == 1 and found.high == float("inf")
        return cls(value=found.value, low=None if alone else found.low, high=None if alone else found.high,
                   count=found.count, small=found.is_small)


class QuestionOut(BaseModel):
    """`figure` of a scale: the NPS, the CSAT share, or the mean."""

    id: str
    kind: QuestionKind
    measure: Measure | None
    figure: EstimateOut | None
    answers: dict[str, int]


class GroupOut(BaseModel):
    """`beside_the_rest`: whether it differs from all the other groups together (Holm's correction); null for weeks."""

    group: str
    figure: EstimateOut | None
    beside_the_rest: Verdict | None


class WaveOut(BaseModel):
    campaign: str
    name: str
    number: int
    began_at: Moment
    figure: EstimateOut | None
    beside_the_one_before: Verdict | None
    p: float | None


class ResultsOut(BaseModel):
    campaign: str
    survey: str
    planned: int
    reached: int
    answered: int
    finished: int
    opted_out: int
    response_rate: EstimateOut | None
    completion_rate: EstimateOut | None
    questions: list[QuestionOut]
    by: By
    groups: list[GroupOut]
    waves: list[WaveOut]


class VerbatimOut(BaseModel):
    id: str
    question: str
    text: str
    mark: int | None
    low: bool
    ticket: str | None
    channel: str
    language: str
    at: Moment


@router.get("")
async def get_results(services: Desk, campaign_id: str, by: By = By.CHANNEL, question: str = "") -> ResultsOut:
    """Response and completion, every question, and the main scale (or `question`) by group and by wave."""
    zone = services.calendar.hours.zone

    def read(tx: SqlTransaction) -> ResultsOut:
        found = findings(tx, campaign_id, question)
        if question and (found.main is None or found.main.id != question):
            raise NotFound("this survey has no such scale")
        groups = split(found.given, found.main.id, by, zone) if found.main else {}
        return _whole(found, by, groups)

    return await services.store.read(read)


@router.get("/verbatims")
async def list_verbatims(
    services: Desk, campaign_id: str, q: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100, cursor: str = "",
) -> Page[VerbatimOut]:
    """What people wrote, oldest first; `q`: only texts that hold all these words."""
    found = await services.store.read(lambda tx: findings(tx, campaign_id))
    said = search([each for each in found.given if each.is_verbatim], q)
    marks, start = marks_of(found), int(cursor) if cursor.isdigit() else 0
    page = said[start:start + limit]
    return Page(items=[
        VerbatimOut(
            id=f"{each.invited.id}:{each.question_id}", question=each.question_id, text=each.text,
            mark=(mark := marks.get(each.invited.id)),
            low=found.main is not None and mark is not None and is_low(found.main, mark),
            ticket=each.invited.ticket_id or None, channel=each.invited.channel, language=each.invited.language,
            at=each.at,
        )
        for each in page
    ], next=str(start + limit) if len(said) > start + limit else None)


def _whole(found: Findings, by: By, groups: Mapping[str, list[int]]) -> ResultsOut:
    main, counted = found.main, found.funnel
    said = against_the_rest(main, groups) if main and by is not By.WEEK else {}
    return ResultsOut(
        campaign=found.campaign.id, survey=found.campaign.plan.survey_id, planned=counted.planned,
        reached=counted.reached, answered=counted.answered, finished=counted.finished, opted_out=counted.opted_out,
        response_rate=EstimateOut.of(counted.response_rate), completion_rate=EstimateOut.of(counted.completion_rate),
        questions=[_question(one, found) for one in found.asked], by=by,
        groups=[
            GroupOut(group=name, figure=EstimateOut.of(figure(main, groups[name])), beside_the_rest=said.get(name))
            for name in sorted(groups)
        ] if main else [],
        waves=[_wave(main, found.waves[place - 1] if place else None, wave)
               for place, wave in enumerate(found.waves)] if main else [],
    )


def _question(question: Question, found: Findings) -> QuestionOut:
    numbers = numbers_of(found.given, question.id)
    return QuestionOut(
        id=question.id, kind=question.kind, measure=question.measure,
        figure=EstimateOut.of(figure(question, numbers)) if question.kind.is_scale else None,
        answers=dict(distribution(question, found.given)),
    )


def _wave(question: Question, before: Wave | None, wave: Wave) -> WaveOut:
    found = compare(question, before.marks, wave.marks) if before else None
    return WaveOut(
        campaign=wave.campaign_id, name=wave.name, number=wave.number, began_at=wave.began,
        figure=EstimateOut.of(figure(question, wave.marks)),
        beside_the_one_before=verdict(found) if before else None, p=found.p if found else None,
    )
