"""What the ticket reports are counted from. Merged tickets are left out: the one they went into counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from crm_store.level_rows import sla_clocks
from crm_store.reports import ALL, Which
from crm_store.rows import conversations, tickets
from desk.sla import Outcome
from insights.periods import Period
from insights.service import About
from insights.tickets import Case, Promise


class TicketReports:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def opened(self, period: Period, which: Which = ALL) -> list[Case]:
        return self._cases(which, tickets.c.created_at >= period.start, tickets.c.created_at < period.end)

    def settled(self, period: Period, which: Which = ALL) -> list[Case]:
        return self._cases(which, tickets.c.resolved_at >= period.start, tickets.c.resolved_at < period.end)

    def lasting(self, period: Period, which: Which = ALL) -> list[tuple[datetime, datetime | None]]:
        """From when to when cases were open, of those that touch the period."""
        still = or_(tickets.c.resolved_at.is_(None), tickets.c.resolved_at >= period.start)
        return [(case.began, case.settled_at) for case in
                self._cases(which, tickets.c.created_at < period.end, still)]

    def promises(self, period: Period, which: Which = ALL) -> list[Promise]:
        """The clocks that began in the period and are decided: stopped in time, too late, or past their time."""
        decided = or_(
            sla_clocks.c.outcome.in_((Outcome.MET, Outcome.MISSED)),
            (sla_clocks.c.outcome == Outcome.RUNNING) & sla_clocks.c.breached_at.is_not(None),
        )
        query = select(
            sla_clocks.c.started_at, sla_clocks.c.channel, func.coalesce(sla_clocks.c.agent_id, ""),
            sla_clocks.c.subject, sla_clocks.c.metric, sla_clocks.c.outcome,
        ).where(sla_clocks.c.started_at >= period.start, sla_clocks.c.started_at < period.end, decided)
        if which.channel:
            query = query.where(sla_clocks.c.channel == which.channel)
        return [
            Promise(row[0], About(row[1], "", agent_id=row[2]), row[3], row[4], row[5] == Outcome.MET)
            for row in self._rows(query)
        ]

    def _cases(self, which: Which, *conditions: ColumnElement[bool]) -> list[Case]:
        query = (
            select(
                tickets.c.created_at, func.coalesce(conversations.c.channel, ""),
                func.coalesce(conversations.c.language, ""), func.coalesce(tickets.c.owner_id, ""), tickets.c.kind,
                func.coalesce(tickets.c.cause_id, ""),
                tickets.c.first_response_at, tickets.c.resolved_at, tickets.c.reopened,
            )
            .outerjoin(conversations, conversations.c.id == tickets.c.conversation_id)
            .where(tickets.c.merged_into.is_(None), *conditions)
        )
        if which.channel:
            query = query.where(conversations.c.channel == which.channel)
        if which.language:
            query = query.where(conversations.c.language == which.language)
        return [
            Case(row[0], About(row[1], row[2], row[3]), row[4], row[5], row[6], row[7], row[8] > 0)
            for row in self._rows(query)
        ]

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        return self._db.execute(query).all()
