"""The results of a campaign: response, figures with intervals, groups, waves, and what people wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from campaigns.campaigns import Campaign
from campaigns.surveys import Question, QuestionKind, Survey
from console import reading, result_figures
from console.access import Desk, needs, signed_in
from console.figures import Figure
from console.pages import PageRoute, words_for
from console.reporting import respond
from console.themes import by_theme
from console.words import Words
from crm_store.results import Wave
from crm_store.store import SqlTransaction
from desk.permissions import Permission
from insights.results import By, Funnel, Given, funnel, main_question
from knowledge_base.normalise import normalise

SHOWN_VERBATIMS = 300

router = APIRouter(
    prefix="/console/campaigns/{campaign_id}/results", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.INSPECT)],
)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is known of a campaign's answers. `main` is the scale that it is judged by, `waves` its rounds."""

    campaign: Campaign
    survey: Survey
    funnel: Funnel
    given: Sequence[Given]
    main: Question | None
    waves: Sequence[Wave]

    @property
    def asked(self) -> list[Question]:
        """The questions that have answers to count."""
        return [question for question in self.survey.questions
                if question.kind.is_scale or question.options or question.kind is QuestionKind.YES_NO]


@router.get("")
async def show_results(
    request: Request, services: Desk, campaign_id: str, by: str = "", question: str = ""
) -> Response:
    t, zone = words_for(request), services.calendar.hours.zone
    wanted = By(by) if by in set(By) else By.CHANNEL

    def read(tx: SqlTransaction) -> tuple[list[Figure], dict[str, object]]:
        found = findings(tx, campaign_id, question)
        main, agents = found.main, reading.agent_names(tx)
        trend = ""
        figures = [result_figures.funnel_figure(found.funnel, t)]
        figures += [result_figures.question_figure(place, one, found.given, t)
                    for place, one in enumerate(found.asked, 1)]
        if main is not None:
            figures.append(result_figures.group_figure(main, found.given, wanted, zone, agents, t))
            figures.append(result_figures.wave_figure(main, found.waves, t))
            trend = _trend(found, main, t)
        headlines = result_figures.headlines(found.funnel, found.asked, found.given, trend, t)
        scales = [each for each in found.asked if each.kind.is_scale]
        return figures, {
            **reading.frame(tx), "campaign": found.campaign, "headlines": headlines, "scales": scales, "main": main,
            "by": wanted, "how_sure": result_figures.how_sure,
        }

    figures, values = await services.store.read(read)
    choices = {"part": "figures", "by_options": [(each.value, t(f"results.by.{each}")) for each in By]}
    return respond(request, "results.html", figures, None, {**values, **choices}, name="results")


@router.get("/verbatims")
async def show_verbatims(request: Request, services: Desk, campaign_id: str, q: str = "", theme: str = "") -> Response:
    t = words_for(request)

    def read(tx: SqlTransaction) -> tuple[Findings, dict[str, str], dict[str, object]]:
        found = findings(tx, campaign_id)
        ids = {each.invited.ticket_id for each in found.given if each.invited.ticket_id}
        return found, {one: tx.tickets.get(one).number for one in ids}, dict(reading.frame(tx))

    found, tickets, frame = await services.store.read(read)
    said = search([each for each in found.given if each.is_verbatim], q)
    themes = await by_theme(services, said, t)
    marks = marks_of(found)
    chosen = [(name, items) for name, items in themes if theme in ("", name)]
    figures = [
        result_figures.theme_figure(themes, marks, t),
        result_figures.verbatim_figure(_shortened(request, chosen), found.main, marks, tickets, t),
    ]
    values = {**frame, "campaign": found.campaign, "part": "verbatims", "q": q, "chosen": theme,
              "theme_names": [name for name, _ in themes], "number": sum(len(items) for _, items in chosen)}
    return respond(request, "results.html", figures, None, {**values, "most": SHOWN_VERBATIMS}, name="verbatims")


def findings(tx: SqlTransaction, campaign_id: str, question_id: str = "") -> Findings:
    """Raises NotFound. `question_id` chooses another scale to judge by."""
    campaign = tx.campaigns.get(campaign_id)
    survey = tx.surveys.content(campaign.plan.survey_id, campaign.version) if campaign.version else Survey((), ())
    invited = tx.results.invited(campaign_id)
    chosen = survey.find(question_id)
    main = chosen if chosen is not None and chosen.kind.is_scale else main_question(survey.questions)
    return Findings(
        campaign, survey, funnel(tx.results.count_planned(campaign_id), invited),
        tx.results.given(campaign_id, invited), main,
        tx.results.waves(campaign.plan.survey_id, main.id) if main else (),
    )


def search(given: Sequence[Given], text: str) -> list[Given]:
    """Those that hold every word, without regard to case, width or Chinese script."""
    words = normalise(text).split()
    return [each for each in given if all(word in normalise(each.text) for word in words)]


def marks_of(found: Findings) -> Mapping[int, int]:
    """The main mark that each of them gave."""
    if found.main is None:
        return {}
    return {each.invited.id: each.number for each in found.given
            if each.question_id == found.main.id and each.number is not None}


def _trend(found: Findings, main: Question, t: Words) -> str:
    """What may be said of this campaign's newest wave against the one before it."""
    place = max((n for n, wave in enumerate(found.waves) if wave.campaign_id == found.campaign.id), default=0)
    if not place:
        return ""
    return result_figures.wave_sentence(main, found.waves[place - 1], found.waves[place], t)


def _shortened(
    request: Request, themes: Sequence[tuple[str, Sequence[Given]]]
) -> Sequence[tuple[str, Sequence[Given]]]:
    """A page shows some hundred of them; a file holds all."""
    if request.query_params.get("as"):
        return themes
    left, kept = SHOWN_VERBATIMS, []
    for name, items in themes:
        kept.append((name, items[:left]))
        left -= len(kept[-1][1])
    return kept
