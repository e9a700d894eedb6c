"""The satisfaction programme: measuring its indicators, and what the buttons and the REST calls change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from campaigns.surveys import Measure, QuestionKind
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Conflict, Invalid, NotFound
from insights.business_time import BusinessTime
from insights.periods import Period
from insights.programme import (
    Course,
    Cycle,
    ImprovementPlan,
    ProgrammeIndicator,
    Source,
    Standing,
    cycles,
    measured,
)
from insights.results import figure
from insights.service import Hits, bot_solved, reopened, satisfaction, satisfied, speed
from insights.tickets import promises_kept
from wiring.services import Services

CYCLES = 6
"""So many cycles are shown, the running one included."""
_LONGEST = 2000


def courses(tx: SqlTransaction, services: Services) -> list[Course]:
    """Every indicator with its cycles and plans."""
    now, zone = services.clock.now(), services.calendar.hours.zone
    found: list[Course] = []
    for indicator in tx.programme.list_indicators():
        measurements = []
        for period in cycles(indicator.cycle, now, zone, CYCLES):
            value, count = _value(tx, services, indicator, period)
            measurements.append(measured(indicator, period, value, count, now))
        found.append(Course(indicator, measurements, tx.programme.list_plans(indicator.id)))
    return found


def course(tx: SqlTransaction, services: Services, indicator_id: str) -> Course:
    """Raises NotFound."""
    found = next((each for each in courses(tx, services) if each.indicator.id == indicator_id), None)
    if found is None:
        raise NotFound("no such indicator")
    return found


async def add_indicator(
    services: Services, agent: Agent, name: str, source: str, target: float, cycle: str, owner_id: str,
) -> ProgrammeIndicator:
    """`source` is one of `Source`, or "survey:<survey>:<question>". Raises Invalid."""
    now = services.clock.now()

    def add(tx: SqlTransaction) -> ProgrammeIndicator:
        kind, survey_id, question_id = _read_source(tx, source)
        if cycle not in set(Cycle):
            raise Invalid("cycle", "a cycle is a month or a quarter")
        made = tx.programme.add(ProgrammeIndicator(
            "", _text("name", name, 120), kind, _target(tx, source, target), Cycle(cycle), _owner(tx, owner_id), now,
            survey_id, question_id,
        ))
        tx.audit.record(agent, "programme.indicator_added", f"indicator:{made.id}", now, source=kind.value)
        return made

    return await services.store.transact(add)


async def change_indicator(
    services: Services, agent: Agent, indicator_id: str, *, target: float | None = None, owner_id: str | None = None,
    archived: bool | None = None,
) -> ProgrammeIndicator:
    """What is None stays. Raises Invalid or NotFound."""
    now = services.clock.now()

    def change(tx: SqlTransaction) -> ProgrammeIndicator:
        indicator = tx.programme.get(indicator_id)
        changed = replace(
            indicator, target=indicator.target if target is None else _target(tx, written_source(indicator), target),
            owner_id=indicator.owner_id if owner_id is None else _owner(tx, owner_id),
            archived=indicator.archived if archived is None else archived,
        )
        tx.programme.save(changed)
        tx.audit.record(agent, "programme.indicator_changed", f"indicator:{indicator_id}", now,
                        archived=changed.archived)
        return changed

    return await services.store.transact(change)


async def add_plan(
    services: Services, agent: Agent, indicator_id: str, cause: str, action: str, owner_id: str, due_on: str,
) -> ImprovementPlan:
    """For the latest cycle that is over. Raises Invalid, NotFound, or Conflict where it did not fall short."""
    now = services.clock.now()

    def add(tx: SqlTransaction) -> ImprovementPlan:
        found = course(tx, services, indicator_id)
        last = found.latest
        if last is None or last.standing is not Standing.SHORT:
            raise Conflict("the latest cycle did not fall short")
        made = tx.programme.add_plan(ImprovementPlan(
            "", indicator_id, last.period.first, last.value, found.indicator.target, last.count,
            _text("cause", cause, _LONGEST), _text("action", action, _LONGEST), _owner(tx, owner_id), _day(due_on), now,
        ))
        tx.audit.record(agent, "programme.plan_added", f"plan:{made.id}", now, indicator=indicator_id)
        return made

    return await services.store.transact(add)


async def finish_plan(services: Services, agent: Agent, plan_id: str, outcome: str) -> ImprovementPlan:
    """Raises Invalid, NotFound or Conflict."""
    now = services.clock.now()

    def finish(tx: SqlTransaction) -> ImprovementPlan:
        plan = tx.programme.finish_plan(plan_id, _text("outcome", outcome, _LONGEST), now)
        tx.audit.record(agent, "programme.plan_finished", f"plan:{plan_id}", now, indicator=plan.indicator_id)
        return plan

    return await services.store.transact(finish)


def scales(tx: SqlTransaction) -> Sequence[tuple[str, str, str]]:
    """The scales of published surveys that may be indicators: survey id, question id, the survey's name."""
    return [
        (survey.id, question.id, survey.name) for survey in tx.surveys.list_page(limit=200) if survey.version
        for question in tx.surveys.content(survey.id, survey.version).questions if question.kind.is_scale
    ]


def written_source(indicator: ProgrammeIndicator) -> str:
    """An indicator's source as forms and programs write it."""
    if indicator.source is not Source.SURVEY:
        return indicator.source
    return f"{Source.SURVEY}:{indicator.survey_id}:{indicator.question_id}"


def counts_share(tx: SqlTransaction, source: str) -> bool:
    """Whether this source's values are shares from 0 to 1: so are those of a survey's CSAT. False for none of ours."""
    kind, _, rest = source.partition(":")
    if kind != Source.SURVEY:
        return kind in set(Source) and Source(kind).is_share
    survey_id, _, question_id = rest.partition(":")
    if not any(each[:2] == (survey_id, question_id) for each in scales(tx)):
        return False
    question = tx.surveys.content(survey_id, tx.surveys.get(survey_id).version).find(question_id)
    return question is not None and question.kind is not QuestionKind.NPS and question.measure is Measure.CSAT


def _value(
    tx: SqlTransaction, services: Services, indicator: ProgrammeIndicator, period: Period
) -> tuple[float | None, int]:
    if indicator.source is Source.SURVEY:
        survey = tx.surveys.get(indicator.survey_id)
        question = tx.surveys.content(survey.id, survey.version).find(indicator.question_id)
        marks = tx.programme.marks(indicator.survey_id, indicator.question_id, period)
        found = figure(question, marks) if question and marks else None
        return (found.value, found.count) if found else (None, 0)
    if indicator.source is Source.SLA:
        return _part(promises_kept(tx.ticket_reports.promises(period)))
    reports = tx.reports
    match indicator.source:
        case Source.CSAT:
            return _part(satisfied(reports.rated(period)))
        case Source.BOT_SOLVED:
            return _part(bot_solved(reports.contacts(period)))
        case Source.REOPENED:
            return _part(reopened(reports.closed(period)))
        case Source.RATING:
            given = satisfaction(reports.rated(period))
            return given.mean, given.count
        case _:
            hours = services.calendar.hours
            clock = BusinessTime(hours, period.start - timedelta(days=100), min(period.end, services.clock.now()))
            is_response = indicator.source is Source.FIRST_RESPONSE
            taken = speed(reports.first_replies(period) if is_response else reports.closed(period), clock)
            return taken.median, taken.count


def _part(hits: Hits) -> tuple[float | None, int]:
    return (hits[0] / hits[1], hits[1]) if hits[1] else (None, 0)


def _read_source(tx: SqlTransaction, source: str) -> tuple[Source, str, str]:
    kind, _, rest = source.partition(":")
    survey_id, _, question_id = rest.partition(":")
    if kind not in set(Source):
        raise Invalid("source", "name one of the known sources")
    if kind == Source.SURVEY and not any(each[:2] == (survey_id, question_id) for each in scales(tx)):
        raise Invalid("source", "this survey has no such scale, or was never published")
    return Source(kind), survey_id, question_id


def _target(tx: SqlTransaction, source: str, target: float) -> float:
    if counts_share(tx, source) and not 0 <= target <= 1:
        raise Invalid("target", "a share lies between 0 and 1")
    if source in set(Source) and Source(source).is_duration and not 0 < target <= 366 * 86_400:
        raise Invalid("target", "a duration is more than nothing and at most a year")
    if not -100 <= target <= 366 * 86_400:
        raise Invalid("target", "no figure reaches such a target")
    return target


def _text(field: str, text: str, most: int) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid(field, "write something first")
    if len(text) > most:
        raise Invalid(field, f"at most {most} characters")
    return text


def _owner(tx: SqlTransaction, agent_id: str) -> str:
    try:
        agent = tx.agents.get(agent_id)
    except NotFound:
        raise Invalid("owner", "no such account") from None
    if not agent.active:
        raise Invalid("owner", "this account is not active")
    return agent.id


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("due_on", "give the day as YYYY-MM-DD") from None
