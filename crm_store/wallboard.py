"""What the wallboard shows, read in one snapshot."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from crm_store.inbox_rows import agent_skills
from crm_store.rows import agents, conversations, ratings, tickets
from desk.agents import PRESENT_FOR, Availability, Role
from desk.conversations import Holder
from desk.staffing import StaffingRules
from desk.tickets import TicketStatus
from insights.service import About, Rated, satisfaction
from insights.wallboard import AgentLoad, Board

_SETTLED = [status for status in TicketStatus if status.is_settled]
_SERVING = (Role.AGENT, Role.SUPERVISOR)


class Wallboard:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def board(self, now: datetime, today: datetime, rules: StaffingRules) -> Board:
        """`today` is the first moment of the local day."""
        waiting = self._db.execute(
            select(func.count(), func.min(conversations.c.queued_at)).where(conversations.c.holder == Holder.QUEUE)
        ).one()
        unsettled = tickets.c.status.not_in(_SETTLED)
        return Board(
            waiting[0], waiting[1], self._agents(now, rules),
            self._db.scalar(select(func.count()).where(conversations.c.holder == Holder.AGENT)) or 0,
            self._db.scalar(select(func.count()).where(unsettled)) or 0,
            self._db.scalar(select(func.count()).where(unsettled, tickets.c.promised_by < now)) or 0,
            self._db.scalar(
                select(func.count()).where(conversations.c.closed_at >= today, conversations.c.agent_id.is_not(None))
            ) or 0,
            satisfaction(self._rated(today)),
        )

    def _agents(self, now: datetime, rules: StaffingRules) -> Sequence[AgentLoad]:
        """Who is there and may serve: the fullest first."""
        talks = (
            select(conversations.c.agent_id, func.count().label("number"))
            .where(conversations.c.holder == Holder.AGENT).group_by(conversations.c.agent_id).subquery()
        )
        cases = (
            select(tickets.c.owner_id, func.count().label("number"))
            .where(tickets.c.status.not_in(_SETTLED)).group_by(tickets.c.owner_id).subquery()
        )
        rows = self._db.execute(
            select(agents.c.name, agent_skills.c.availability, agent_skills.c.capacity, talks.c.number, cases.c.number)
            .outerjoin(agent_skills, agent_skills.c.agent_id == agents.c.id)
            .outerjoin(talks, talks.c.agent_id == agents.c.id).outerjoin(cases, cases.c.owner_id == agents.c.id)
            .where(agents.c.active, agents.c.role.in_(_SERVING), agents.c.seen_at >= now - PRESENT_FOR)
        )
        found = [
            AgentLoad(row[0], row[1] in (None, Availability.AVAILABLE), row[3] or 0,
                      rules.capacity if row[2] is None else row[2], row[4] or 0)
            for row in rows
        ]
        return sorted(found, key=lambda agent: (-agent.conversations, agent.name))

    def _rated(self, today: datetime) -> Sequence[Rated]:
        rows = self._db.execute(
            select(ratings.c.answered_at, ratings.c.agent_id, ratings.c.score)
            .where(ratings.c.answered_at >= today, ratings.c.score.is_not(None))
        )
        return [Rated(row[0], About("", "", agent_id=row[1] or ""), row[2]) for row in rows]
