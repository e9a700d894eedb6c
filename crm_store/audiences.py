"""An audience's rules as SQL, the same on SQLite and PostgreSQL, and what excludes a customer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, case, exists, func, or_, select, true

from campaigns.audience import Audience, Exclusion, Field, Join, Op, Rule
from campaigns.campaigns import Plan, Purpose
from campaigns.recipients import Stage
from crm_store.campaign_rows import campaign_lists, consents, recipients, survey_answers
from crm_store.inbox_rows import conversation_labels, labels
from crm_store.rows import agents, conversations, customers, identities, orders, tickets
from crm_store.value_rows import customer_values
from desk.money import NO_MINOR_UNITS
from desk.notes import fold
from desk.tickets import TicketKind, TicketStatus

_UNSETTLED = tuple(status for status in TicketStatus if not status.is_settled)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer of the audience; `exclusion` says why they are not asked, as far as the store alone can tell."""

    id: str
    language: str | None
    time_zone: str
    exclusion: Exclusion | None


class Audiences:
    """Who fits. Every question is asked in slices: no list of a hundred thousand customers is ever held."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._staff: frozenset[str] | None = None

    def count(self, campaign_id: str, plan: Plan, now: datetime) -> int:
        """How many customers the rules (or the uploaded list) name, excluded ones included."""
        query = select(func.count()).select_from(customers).where(_members(campaign_id, plan, now))
        return self._db.scalar(query) or 0

    def sample(self, campaign_id: str, plan: Plan, now: datetime, limit: int = 5) -> list[str]:
        """A few ids of the audience, those with the newest contact first."""
        last = (
            select(func.max(identities.c.last_seen_at)).where(identities.c.customer_id == customers.c.id)
            .scalar_subquery()
        )
        query = select(customers.c.id).where(_members(campaign_id, plan, now)).order_by(last.desc(), customers.c.id)
        return list(self._db.scalars(query.limit(limit)))

    def slice(
        self, campaign_id: str, plan: Plan, after: str, limit: int, now: datetime
    ) -> list[Candidate]:
        """The next customers of the audience after this id, in the order of their ids."""
        query = (
            _candidates(campaign_id, plan, now)
            .where(_members(campaign_id, plan, now), customers.c.id > after).order_by(customers.c.id).limit(limit)
        )
        return self._read(query, plan)

    def one(self, campaign_id: str, plan: Plan, customer_id: str, now: datetime) -> Candidate | None:
        """One customer, whether or not the rules name them."""
        query = _candidates(campaign_id, plan, now).where(customers.c.id == customer_id)
        return next(iter(self._read(query, plan)), None)

    def some(
        self, campaign_id: str, plan: Plan, customer_ids: Collection[str], now: datetime
    ) -> dict[str, Candidate]:
        """These customers by their ids, just before they are asked: who waits in another campaign is not yet asked."""
        query = _candidates(campaign_id, plan, now, or_waiting=False).where(customers.c.id.in_(list(customer_ids)))
        return {found.id: found for found in self._read(query, plan)}

    def _read(self, query: Select[Any], plan: Plan) -> list[Candidate]:
        return [
            Candidate(row.id, row.language, row.time_zone, self._exclusion(row, plan))
            for row in self._db.execute(query)
        ]

    def _exclusion(self, row: Any, plan: Plan) -> Exclusion | None:
        # E-mail addresses are encrypted, so they are compared here and not in SQL.
        if row.email and row.email.strip().lower() in self._staff_emails():
            return Exclusion.STAFF
        if not row.consent or row.allowed is False:
            return Exclusion.OPTED_OUT
        if row.allowed is None and (plan.needs_opt_in or plan.purpose is Purpose.MARKETING):
            return Exclusion.NO_CONSENT
        if row.complains:
            return Exclusion.OPEN_COMPLAINT
        return Exclusion.ASKED_LATELY if row.asked_lately else None

    def _staff_emails(self) -> frozenset[str]:
        if self._staff is None:
            self._staff = frozenset(email.lower() for email in self._db.scalars(select(agents.c.email)))
        return self._staff


def _candidates(campaign_id: str, plan: Plan, now: datetime, *, or_waiting: bool = True) -> Select[Any]:
    complains = exists().where(
        tickets.c.customer_id == customers.c.id, tickets.c.kind == TicketKind.COMPLAINT,
        tickets.c.status.in_(_UNSETTLED),
    )
    asked = _asked_lately(campaign_id, plan.cap_days, now, or_waiting=or_waiting) if plan.cap_days else ~true()
    return (
        select(customers.c.id, customers.c.language, customers.c.time_zone, customers.c.email, customers.c.consent,
               consents.c.allowed, complains.label("complains"), asked.label("asked_lately"))
        .outerjoin(consents, and_(consents.c.customer_id == customers.c.id, consents.c.purpose == plan.purpose))
    )


def _asked_lately(
    campaign_id: str, cap_days: int, now: datetime, *, or_waiting: bool
) -> ColumnElement[bool]:
    """Whether any campaign asked this customer within the cap, or (`or_waiting`) another one is about to."""
    asked = recipients.c.asked_at >= now - timedelta(days=cap_days)
    waits = and_(recipients.c.stage == Stage.WAITING, recipients.c.campaign_id != campaign_id)
    return exists().where(
        recipients.c.customer_id == customers.c.id, ~recipients.c.is_test, or_(asked, waits) if or_waiting else asked
    )


def _members(campaign_id: str, plan: Plan, now: datetime) -> ColumnElement[bool]:
    if plan.from_file:
        return exists().where(
            campaign_lists.c.campaign_id == campaign_id, campaign_lists.c.customer_id == customers.c.id
        )
    return _group(plan.audience, now)


def _group(audience: Audience, now: datetime) -> ColumnElement[bool]:
    parts = [_group(rule, now) if isinstance(rule, Audience) else _rule(rule, now) for rule in audience.rules]
    if not parts:
        return true()
    return and_(*parts) if audience.join is Join.ALL else or_(*parts)


def _rule(rule: Rule, now: datetime) -> ColumnElement[bool]:
    of_customer = customers.c.id
    match rule.field:
        case Field.TIER | Field.LANGUAGE:
            column = customers.c[rule.field.value]
            fits = func.lower(func.coalesce(column, "")) == rule.value.lower()
            return fits if rule.op is Op.IS else ~fits
        case Field.CHANNEL:
            has = exists().where(identities.c.customer_id == of_customer, identities.c.channel == rule.value)
            return has if rule.op is Op.IS else ~has
        case Field.LABEL:
            has = exists().where(
                conversations.c.customer_id == of_customer, conversation_labels.c.conversation_id == conversations.c.id,
                labels.c.id == conversation_labels.c.label_id, labels.c.folded == fold(rule.value),
            )
            return has if rule.op is Op.IS else ~has
        case Field.ORDER_STATUS:
            has = exists().where(orders.c.customer_id == of_customer, orders.c.status == rule.value)
            return has if rule.op is Op.IS else ~has
        case Field.POINTS:
            return _amount(customers.c.points, rule)
        case Field.ORDERS:
            return _amount(_count(orders, orders.c.customer_id == of_customer), rule)
        case Field.OPEN_TICKETS:
            mine = and_(tickets.c.customer_id == of_customer, tickets.c.status.in_(_UNSETTLED))
            return _amount(_count(tickets, mine), rule)
        case Field.LAST_ORDER:
            return _moment(_latest(orders.c.placed_at, orders.c.customer_id), rule, now)
        case Field.LAST_CONTACT:
            return _moment(_latest(identities.c.last_seen_at, identities.c.customer_id), rule, now)
        case Field.CUSTOMER_SINCE:
            return _moment(customers.c.created_at, rule, now)
        case Field.SEGMENT | Field.ABC | Field.RISK:
            fits = _worth(customer_values.c[rule.field.value] == rule.value)
            return fits if rule.op is Op.IS else ~fits
        case Field.CHURN:
            percent = rule.number / 100
            least = rule.op is Op.AT_LEAST
            return _worth(customer_values.c.churn >= percent if least else customer_values.c.churn <= percent)
        case Field.REVENUE | Field.LIFETIME:
            minor = case((customer_values.c.currency.in_(NO_MINOR_UNITS), 1), else_=100)
            amount, edge = customer_values.c[rule.field.value], rule.number * minor
            return _worth(amount >= edge if rule.op is Op.AT_LEAST else amount <= edge)
        case Field.ANSWER:
            return _answered(rule)
    raise AssertionError(rule.field)


def _worth(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of customers with a value: who never ordered has none, and fits no such condition."""
    return exists().where(customer_values.c.customer_id == customers.c.id, condition)


def _answered(rule: Rule) -> ColumnElement[bool]:
    survey_id, question_id = rule.of.split(".", 1)
    mine = [
        recipients.c.customer_id == customers.c.id, recipients.c.survey_id == survey_id,
        survey_answers.c.recipient_id == recipients.c.id, survey_answers.c.question_id == question_id,
        ~recipients.c.is_test,
    ]
    number = int(rule.value) if rule.value.isdecimal() else None
    match rule.op:
        case Op.AT_LEAST:
            return exists().where(*mine, survey_answers.c.number >= number)
        case Op.AT_MOST:
            return exists().where(*mine, survey_answers.c.number <= number)
        case _:
            chosen = survey_answers.c.options.cast(Text).like(f'%"{_escaped(rule.value)}"%', escape="\\")
            same = chosen if number is None else or_(survey_answers.c.number == number, chosen)
            has = exists().where(*mine, same)
            return has if rule.op is Op.IS else and_(exists().where(*mine), ~has)


def _amount(column: ColumnElement[int], rule: Rule) -> ColumnElement[bool]:
    match rule.op:
        case Op.AT_LEAST:
            return column >= rule.number
        case Op.AT_MOST:
            return column <= rule.number
        case _:
            return column == rule.number


def _moment(column: ColumnElement[Any], rule: Rule, now: datetime) -> ColumnElement[bool]:
    edge = now - timedelta(days=rule.number)
    return column >= edge if rule.op is Op.WITHIN_DAYS else or_(column < edge, column.is_(None))


def _count(table: Any, mine: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(table).where(mine).scalar_subquery()


def _latest(moment: ColumnElement[Any], owner: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(func.max(moment)).where(owner == customers.c.id).scalar_subquery()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
