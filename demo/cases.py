"""The complaints of the demo's past: each as far as its age lets it be, a few of them late."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from demo.scenes import IMPROVEMENTS, Grievance, Pair
from desk.compensation import Compensation, Remedy, Stage
from desk.complaints import Step
from desk.customers import Customer
from desk.hours import BusinessHours
from desk.past import MARK, PastCase, PastPromise
from desk.tickets import By, Happened, Ticket, TicketEvent, TicketKind, TicketPriority, TicketStatus

_COURSE = (
    (Step.RECEIVED, TicketStatus.OPEN, 0.0), (Step.ACKNOWLEDGED, TicketStatus.IN_PROGRESS, 0.5),
    (Step.INVESTIGATING, TicketStatus.IN_PROGRESS, 3.0), (Step.REMEDY_PROPOSED, TicketStatus.IN_PROGRESS, 20.0),
    (Step.APPROVED, TicketStatus.IN_PROGRESS, 26.0), (Step.DONE, TicketStatus.RESOLVED, 44.0),
    (Step.ACCEPTED, TicketStatus.CLOSED, 60.0),
)
"""The steps with the status each has, and how many hours after the complaint they usually come."""
_STUCK = 7  # every so many-th case of the last weeks goes no further than its third step
_SERVICE_LEVEL = 42 * 3600


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """Who works a case: an agent, the supervisor who approves, the customer's language, and when they are there."""

    agent_id: str
    lead_id: str
    words: Callable[[Pair], str]
    hours: BusinessHours

    def at_work(self, moment: datetime) -> datetime:
        """The moment, or one soon after the desk opens next."""
        if self.hours.is_open(moment):
            return moment
        return self.hours.next_opening(moment) + timedelta(minutes=moment.minute)


def draw_case(
    rng: Random, desk: CaseDesk, conversation_id: str, customer: Customer, grievance: Grievance, opened: datetime,
    now: datetime, number: int,
) -> PastCase:
    """The case that a complaint opened."""
    is_fresh = now - opened < timedelta(days=7)
    pace, words = rng.uniform(1, 5) if is_fresh else rng.uniform(0.5, 2.2), desk.words
    is_stuck = number % _STUCK == 3 and now - opened < timedelta(days=30)
    planned = [(step, status, desk.at_work(opened + timedelta(hours=hours * pace)) if hours else opened, hours)
               for step, status, hours in _COURSE]
    reached = [(step, status, at) for step, status, at, hours in planned if at <= now and not (is_stuck and hours > 3)]
    improvement = _improvement(grievance, opened, now) if len(reached) == len(_COURSE) else ""
    if improvement:
        reached.append((Step.IMPROVEMENT_NOTED, TicketStatus.CLOSED, desk.at_work(reached[-1][2] + timedelta(hours=6))))
    step, status, last = reached[-1]
    at = {each: moment for each, _, moment in reached}
    resolved = at.get(Step.DONE)
    ticket_id = f"{MARK}t{number:03}"
    ticket = Ticket(
        ticket_id, "", TicketKind.COMPLAINT, status, customer.id, conversation_id, words(grievance.subject),
        words(grievance.detail), "", words(grievance.wish), customer.phone, opened, last,
        promised_by=opened + timedelta(hours=48), owner_id=desk.agent_id if len(reached) > 1 else None, step=step,
        priority=TicketPriority.HIGH if grievance.refund > 400 else TicketPriority.NORMAL,
        category_id=grievance.category, cause_id=grievance.cause or None,
        first_response_at=at.get(Step.ACKNOWLEDGED), resolved_at=resolved, closed_at=at.get(Step.ACCEPTED),
        reopened=int(resolved is not None and rng.random() < 0.08),
    )
    return PastCase(
        ticket, _history(ticket, reached, words(grievance.offer)), _given(ticket, grievance, desk, at),
        _promises(ticket, at, now), improvement,
    )


def _history(
    ticket: Ticket, reached: list[tuple[Step, TicketStatus, datetime]], offer: str
) -> list[TicketEvent]:
    history = [TicketEvent(ticket.id, ticket.created_at, Happened.OPENED, By.CUSTOMER, after=ticket.kind)]
    for (before, _, _), (step, _, moment) in pairwise(reached):
        by_customer = step is Step.ACCEPTED
        history.append(TicketEvent(
            ticket.id, moment, Happened.STEP, By.CUSTOMER if by_customer else By.AGENT,
            None if by_customer else ticket.owner_id, before=before, after=step,
            text=offer if step is Step.REMEDY_PROPOSED else "",
        ))
    return history


def _given(
    ticket: Ticket, grievance: Grievance, desk: CaseDesk, at: dict[Step, datetime]
) -> list[Compensation]:
    """What was offered: carried out where the case is done, waiting for approval where it is on its way."""
    proposed, approved, done = (at.get(step) for step in (Step.REMEDY_PROPOSED, Step.APPROVED, Step.DONE))
    if proposed is None or ticket.owner_id is None:
        return []
    stage = Stage.CARRIED_OUT if done else Stage.APPROVED if approved else Stage.PROPOSED
    is_money = grievance.refund > 0
    return [Compensation(
        f"{ticket.id}-c", ticket.id, Remedy.REFUND if is_money else Remedy.APOLOGY, grievance.refund * 100,
        "CNY" if is_money else "", desk.words(grievance.offer), stage, ticket.owner_id, proposed,
        desk.lead_id if approved else None, approved, "", ticket.owner_id if done else None, done,
    )]


def _promises(ticket: Ticket, at: dict[Step, datetime], now: datetime) -> list[PastPromise]:
    heard, resolved = at.get(Step.ACKNOWLEDGED), at.get(Step.DONE)
    took = round(((resolved or now) - ticket.created_at).total_seconds() * 0.48)  # half a day is business time
    promises = []
    if heard is not None:
        waited = round((heard - ticket.created_at).total_seconds())
        promises.append(PastPromise("first_response", ticket.created_at, heard, waited, 7200))
    if resolved is not None or took > _SERVICE_LEVEL:
        promises.append(PastPromise("resolution", ticket.created_at, resolved, took, _SERVICE_LEVEL))
    return promises


def _improvement(grievance: Grievance, opened: datetime, now: datetime) -> str:
    """What was changed because of this cause, noted with the complaint of that week."""
    return next((text for cause, text, days in IMPROVEMENTS
                 if cause == grievance.cause and abs((now - opened).days - days) <= 3), "")
