"""The service reports: how service is doing, with a table under each chart and both as files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console import reading, service_figures, ticket_figures
from console.access import Desk, needs, signed_in
from console.figures import Figure
from console.pages import PageRoute, words_for
from console.reporting import Asked, period_of, respond
from console.service_figures import Naming
from console.topic_names import topic_names
from console.words import Words
from crm_store.reports import Detail, Which
from crm_store.store import SqlTransaction
from desk.hours import BusinessHours
from desk.messages import ChannelName, Language
from desk.permissions import Permission
from insights.business_time import BusinessTime, Clock, calendar_seconds
from insights.indicators import measure
from insights.periods import Period
from insights.service import Dimension, Lasting, backlog
from wiring.services import Services

LONGEST_LIST = 500
LONGEST_FILE = 50_000
"""Conversations in a list on the page, and in a file."""
_BEFORE = timedelta(days=400)  # how long before a period a conversation that ends in it may have begun

router = APIRouter(
    prefix="/console/reports", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.INSPECT)],
)


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of a page, and what else its template needs."""

    figures: Sequence[Figure]
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """What the address asks for, as every report reads it."""

    asked: Asked
    which: Which
    dimension: Dimension
    calendar: bool  # calendar time rather than business time

    @property
    def period(self) -> Period:
        return self.asked.period


@router.get("")
async def show_overview(request: Request, services: Desk) -> Response:
    question, now = question_of(request), services.clock.now()
    period, t, before = question.period, words_for(request), question.period.previous()
    clock = clock_of(services.calendar.hours, before.start, now, calendar=question.calendar)

    def read(tx: SqlTransaction) -> Found:
        facts = tx.reports.facts(period, question.which)
        measured = measure(facts, tx.reports.facts(before, question.which), clock)
        figures = (
            service_figures.indicators(measured, before, t), service_figures.volume(facts.contacts, period, t),
            service_figures.solved_by_bot(facts.contacts, period, t),
            service_figures.hand_over_reasons(facts.hand_overs, t),
            service_figures.backlog(backlog(tx.reports.held(period, question.which), period, now), "conversations", t),
        )
        return Found(figures, {**reading.frame(tx), "measured": measured})

    return await _page(request, services, "overview", question, read)


@router.get("/speed")
async def show_speed(request: Request, services: Desk) -> Response:
    question, t = question_of(request), words_for(request)
    business = clock_of(services.calendar.hours, question.period.start, services.clock.now(), calendar=False)
    clocks = (business, calendar_seconds)

    def read(tx: SqlTransaction) -> Found:
        naming, period, which = _naming(tx, services, t), question.period, question.which
        detail = detail_of(question.dimension)
        replies = tx.reports.first_replies(period, which, detail)
        closed = tx.reports.closed(period, which, detail)
        measured: tuple[tuple[str, Sequence[Lasting]], ...] = (("response", replies), ("resolution", closed))
        figures: list[Figure] = []
        for name, items in measured:
            figures += [
                service_figures.speed_by(name, items, question.dimension, clocks, naming),
                service_figures.speed_trend(name, items, question.period, clocks, t),
            ]
        return Found(figures, reading.frame(tx))

    return await _page(request, services, "speed", question, read)


@router.get("/satisfaction")
async def show_satisfaction(request: Request, services: Desk) -> Response:
    question, t = question_of(request), words_for(request)

    def read(tx: SqlTransaction) -> Found:
        rated = tx.reports.rated(question.period, question.which, detail_of(question.dimension))
        figures = (
            service_figures.ratings_by(rated, question.dimension, _naming(tx, services, t)),
            service_figures.ratings_trend(rated, question.period, t),
        )
        return Found(figures, reading.frame(tx))

    return await _page(request, services, "satisfaction", question, read)


@router.get("/tickets")
async def show_tickets(request: Request, services: Desk) -> Response:
    question, t, now = question_of(request), words_for(request), services.clock.now()
    period, which = question.period, question.which
    clocks = (clock_of(services.calendar.hours, period.start, now, calendar=False), calendar_seconds)

    def read(tx: SqlTransaction) -> Found:
        opened, promises = tx.ticket_reports.opened(period, which), tx.ticket_reports.promises(period, which)
        figures = (
            ticket_figures.sla(promises, t),
            ticket_figures.sla_by(promises, question.dimension, _naming(tx, services, t)),
            ticket_figures.opened(opened, period, t),
            service_figures.backlog(backlog(tx.ticket_reports.lasting(period, which), period, now), "tickets", t),
            ticket_figures.settled_by_kind(tx.ticket_reports.settled(period, which), clocks, t),
            ticket_figures.complaint_causes(opened, _cause_names(tx, t), t),
        )
        return Found(figures, reading.frame(tx))

    return await _page(request, services, "tickets", question, read)


@router.get("/conversations")
async def show_conversations(request: Request, services: Desk) -> Response:
    question, t = question_of(request), words_for(request)
    limit = LONGEST_FILE if request.query_params.get("as") else LONGEST_LIST
    clock = clock_of(services.calendar.hours, question.period.start, services.clock.now(), calendar=question.calendar)

    def read(tx: SqlTransaction) -> Found:
        lines = tx.reports.list_conversations(question.period, question.which, limit)
        names = tx.customers.names_of(line.customer_id for line in lines)
        figure = service_figures.conversation_list(lines, names, _naming(tx, services, t), clock)
        return Found([figure], {**reading.frame(tx), "list_limit": LONGEST_LIST})

    return await _page(request, services, "conversations", question, read)


def question_of(request: Request) -> Question:
    """Read the address; what is none of ours is taken for the usual."""
    given = request.query_params
    channel, language = given.get("channel", ""), given.get("language", "")
    dimension = given.get("by", "")
    return Question(
        period_of(request),
        Which(channel if channel in set(ChannelName) else "", language if language in set(Language) else ""),
        Dimension(dimension) if dimension in set(Dimension) else Dimension.AGENT,
        given.get("time") == "calendar",
    )


def clock_of(hours: BusinessHours, start: datetime, now: datetime, *, calendar: bool) -> Clock:
    """Counts business time, also for what began long before `start`; or calendar time."""
    return calendar_seconds if calendar else BusinessTime(hours, start - _BEFORE, now)


def detail_of(dimension: Dimension) -> Detail:
    """What a breakdown by this needs to know of each case."""
    return Detail.TOPICS if dimension is Dimension.TOPIC else Detail.WHO


def _cause_names(tx: SqlTransaction, t: Words) -> dict[str, str]:
    return {cause.id: cause.name(t.language) for cause in tx.causes.list_all()}


def _naming(tx: SqlTransaction, services: Services, t: Words) -> Naming:
    return Naming(t, services.calendar.hours.zone, reading.agent_names(tx), topic_names(tx, t))


async def _page(
    request: Request, services: Services, name: str, question: Question, read: Callable[[SqlTransaction], Found]
) -> Response:
    """Counting runs beside the event loop, with the reading: a long report must not hold up the live pages."""
    found = await services.store.read(read)
    t = words_for(request)
    choices = {
        "question": question, "report": name,
        "channel_options": [(each.value, t(f"channel.{each}")) for each in ChannelName],
        "language_options": [(each.value, t(f"language.{each}")) for each in Language],
        "dimension_options": [(each.value, t(f"dimension.{each}")) for each in Dimension],
        "tile_unit": service_figures.unit_of, "tile_change": service_figures.change,
    }
    return respond(request, "reports.html", found.figures, question.asked, {**choices, **found.values}, name=name)
