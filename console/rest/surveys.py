"""Surveys: drafts, versions, templates, and what is wrong with them."""

from typing import Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from campaigns.survey_faults import FaultKind, find_faults
from campaigns.survey_json import survey_to_json
from campaigns.surveys import StoredSurvey, SurveyState
from campaigns.templates import TEMPLATES
from console import campaign_desk
from console.access import Caller, Desk, needs
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from desk.errors import Invalid
from desk.permissions import Permission

router = APIRouter(route_class=ApiRoute, prefix="/surveys", tags=["surveys"])
LEAD = [needs(Permission.LEAD)]


class SurveyIn(BaseModel):
    """`content`: {"languages": [...], "questions": [{"id", "kind", "texts": {"en": ...}, "options", "branches",
    "required", "top", "measure", "complaint_at_most"}]}; or the name of a template instead."""

    name: str = Field(max_length=200)
    content: dict[str, Any] | None = None
    template: str = ""


class FaultOut(BaseModel):
    kind: FaultKind
    question: str
    detail: str


class SurveyOut(BaseModel):
    """`version` is the newest published one (0: none); `faults` keep the draft from being published."""

    id: str
    name: str
    state: SurveyState
    version: int
    draft: dict[str, Any]
    faults: list[FaultOut]
    owner: str | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, item: StoredSurvey) -> Self:
        faults = [FaultOut(kind=each.kind, question=each.question, detail=each.detail)
                  for each in find_faults(item.draft)]
        return cls(id=item.id, name=item.name, state=item.state, version=item.version, faults=faults,
                   draft=survey_to_json(item.draft), owner=item.owner_id, created_at=item.created_at,
                   updated_at=item.updated_at)


@router.get("")
async def list_surveys(services: Desk, cursor: str = "", limit: Limit = 50, archived: bool = False) -> Page[SurveyOut]:
    """Changed last first."""
    found = await services.store.read(lambda tx: tx.surveys.list_page(cursor, limit + 1, archived=archived))
    items, more = cut(found, limit)
    return Page(items=[SurveyOut.of(item) for item in items], next=items[-1].id if more else None)


@router.get("/templates")
async def list_templates() -> dict[str, dict[str, Any]]:
    """CSAT, NPS and CES, complete in three languages."""
    return {name: survey_to_json(survey) for name, survey in TEMPLATES.items()}


@router.post("", status_code=201, dependencies=LEAD)
async def add_survey(services: Desk, caller: Caller, body: SurveyIn) -> SurveyOut:
    if body.template and body.template not in TEMPLATES:
        raise Invalid("template", f"one of {', '.join(TEMPLATES)}")
    content = TEMPLATES[body.template] if body.template else body.content or {}
    return SurveyOut.of(await campaign_desk.add_survey(services, caller, body.name, content))


@router.get("/{survey_id}")
async def get_survey(services: Desk, survey_id: str) -> SurveyOut:
    return SurveyOut.of(await services.store.read(lambda tx: tx.surveys.get(survey_id)))


@router.put("/{survey_id}", dependencies=LEAD)
async def edit_survey(services: Desk, survey_id: str, body: SurveyIn) -> SurveyOut:
    """Changes the draft; what campaigns ask changes only by publishing."""
    return SurveyOut.of(await campaign_desk.edit_survey(services, survey_id, body.name, body.content or {}))


@router.post("/{survey_id}/publish", dependencies=LEAD)
async def publish_survey(services: Desk, caller: Caller, survey_id: str) -> SurveyOut:
    """409 with every fault when the draft is not whole."""
    return SurveyOut.of(await campaign_desk.publish_survey(services, caller, survey_id))


@router.post("/{survey_id}/archive", dependencies=LEAD)
async def archive_survey(services: Desk, caller: Caller, survey_id: str) -> SurveyOut:
    return SurveyOut.of(await campaign_desk.archive_survey(services, caller, survey_id))


@router.get("/{survey_id}/versions/{version}")
async def get_version(services: Desk, survey_id: str, version: int) -> dict[str, Any]:
    return survey_to_json(await services.store.read(lambda tx: tx.surveys.content(survey_id, version)))
