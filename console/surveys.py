"""The pages of surveys: the list, and the builder with its preview on every channel."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from campaigns import asking
from campaigns.survey_faults import find_faults
from campaigns.survey_json import survey_from_json
from campaigns.surveys import Measure, QuestionKind, Survey, When
from campaigns.templates import ALL_LANGUAGES, TEMPLATES
from console import campaign_desk, reading, survey_form
from console.access import Desk, Staff, needs, signed_in
from console.campaign_desk import NotReady
from console.pages import PageRoute, render, see_other, words_for
from crm_store.store import SqlTransaction
from desk.channels import CAPABILITIES
from desk.errors import Conflict, Invalid
from desk.messages import ChannelName, Language
from desk.permissions import Permission
from desk.rendering import Bubble
from desk.rendering import render as bubbles_of
from wiring.services import Services

HERE = "/console/surveys"
PAGE = 50
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@dataclass(frozen=True, slots=True)
class Shown:
    """One question as a channel shows it."""

    question_id: str
    bubbles: tuple[Bubble, ...]


@router.get("")
async def show_surveys(request: Request, services: Desk, before: str = "") -> Response:
    return await _list(request, services, before)


@router.post("", dependencies=[needs(Permission.LEAD)])
async def add_survey(
    request: Request, services: Desk, staff: Staff, name: Annotated[str, Form()] = "",
    template: Annotated[str, Form()] = "",
) -> Response:
    content = TEMPLATES.get(template, Survey((), ALL_LANGUAGES))
    try:
        made = await campaign_desk.add_survey(services, staff.agent, name, content)
    except Invalid:
        return await _list(request, services, "", status=422, wrong="name", written=name)
    return see_other(request, f"{HERE}/{made.id}")


@router.get("/{survey_id}")
async def show_survey(
    request: Request, services: Desk, survey_id: str, channel: ChannelName = ChannelName.TELEGRAM, language: str = ""
) -> Response:
    stored = await services.store.read(lambda tx: tx.surveys.get(survey_id))
    return await _builder(request, services, survey_id, stored.name, stored.draft, channel=channel, language=language)


@router.post("/{survey_id}", dependencies=[needs(Permission.LEAD)])
async def edit_survey(request: Request, services: Desk, staff: Staff, survey_id: str) -> Response:
    """Save the draft and do what the button says. What cannot be read is shown again as it was written."""
    fields = {key: str(value) for key, value in (await request.form()).items()}
    action, name = fields.get("do", "save"), fields.get("name", "")
    stored = await services.store.read(lambda tx: tx.surveys.get(survey_id))
    seen = stored.updated_at if fields.get("seen") == stored.updated_at.isoformat() else None
    data = survey_form.act(survey_form.read_form(fields), action)
    try:
        draft = survey_from_json(data)
    except Invalid as error:
        return await _builder(request, services, survey_id, name, stored.draft, status=422, wrong=str(error),
                              place=error.field)
    if seen is None:
        return await _builder(request, services, survey_id, name, draft, status=409, wrong="changed")
    try:
        await campaign_desk.edit_survey(services, survey_id, name, data, seen)
        if action == "publish":
            await campaign_desk.publish_survey(services, staff.agent, survey_id)
    except NotReady:
        return await _builder(request, services, survey_id, name, draft, status=409, wrong="faults")
    except Conflict:
        return await _builder(request, services, survey_id, name, draft, status=409, wrong="changed")
    except Invalid as error:
        return await _builder(request, services, survey_id, name, draft, status=422, wrong="name", place=error.field)
    said = {"save": "?said=saved", "publish": "?said=published"}.get(action, "")
    anchor = f"#question-{len(draft.questions) - 1}" if action.startswith("add:") else ""
    return see_other(request, f"{HERE}/{survey_id}{said}{anchor}")


@router.post("/{survey_id}/archive", dependencies=[needs(Permission.LEAD)])
async def archive_survey(request: Request, services: Desk, staff: Staff, survey_id: str) -> Response:
    await campaign_desk.archive_survey(services, staff.agent, survey_id)
    return see_other(request, HERE)


def preview(survey: Survey, language: Language, channel: ChannelName) -> list[Shown]:
    """Every question as this channel shows it, in the order of the survey."""
    can = CAPABILITIES[channel]
    return [
        Shown(question.id, bubbles_of([asking.ask(question, language, can, 0)], can)) for question in survey.questions
    ]


async def _list(
    request: Request, services: Services, before: str, *, status: int = 200, wrong: str = "", written: str = ""
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"surveys": tx.surveys.list_page(before, PAGE), "counts": reading.counts(tx),
                "newest_event": tx.events.newest_id()}

    found = await services.store.read(read)
    values = {"templates": tuple(TEMPLATES), "page_length": PAGE, "wrong": wrong, "written": written}
    return render(request, "surveys.html", {**values, **found}, status=status)


async def _builder(
    request: Request, services: Services, survey_id: str, name: str, draft: Survey, *, status: int = 200,
    wrong: str = "", place: str = "", channel: ChannelName = ChannelName.TELEGRAM, language: str = "",
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"stored": tx.surveys.get(survey_id), "counts": reading.counts(tx),
                "newest_event": tx.events.newest_id()}

    found = await services.store.read(read)
    shown_in = Language(language) if language in set(Language) else _first(draft, words_for(request).language)
    values = {
        "draft": draft, "name": name, "wrong": wrong, "place": place, "languages_all": ALL_LANGUAGES,
        "kinds": tuple(QuestionKind), "measures": tuple(Measure), "whens": tuple(When),
        "faults": find_faults(draft), "titles": survey_form.titles(draft, shown_in),
        "option_lines": survey_form.option_lines, "preview": preview(draft, shown_in, channel), "channel": channel,
        "channels": tuple(ChannelName), "shown_in": shown_in,
    }
    return render(request, "survey.html", {**found, **values}, status=status)


def _first(draft: Survey, own: Language) -> Language:
    """The language of who looks, where the survey has it."""
    return own if own in draft.languages or not draft.languages else draft.languages[0]
