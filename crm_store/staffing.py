"""Who serves: the rules, teams, what agents can do, and who is there with room for another customer."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from crm_store.dialect import put
from crm_store.inbox_rows import agent_skills, staffing_rules, team_members, teams
from crm_store.rows import agents, conversations
from desk.agents import Availability, Role
from desk.conversations import Holder
from desk.errors import Conflict, NotFound
from desk.messages import Language
from desk.staffing import AssignmentMode, Candidate, Skills, StaffingRules, Team, VipRule

_SERVING = (Role.AGENT, Role.SUPERVISOR)
_RULES = select(staffing_rules.c.rules).where(staffing_rules.c.id == 1)


class Staffing:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._known: StaffingRules | None = None

    def rules(self) -> StaffingRules:
        """Read once in a transaction, in which many turns may ask for them."""
        if self._known is None:
            stored = self._db.scalar(_RULES)
            self._known = _rules(stored) if stored else StaffingRules()
        return self._known

    def set_rules(self, rules: StaffingRules, now: datetime) -> None:
        row = {"id": 1, "rules": _rules_row(rules), "updated_at": now}
        put(self._db, staffing_rules, row, (staffing_rules.c.id,))
        self._known = None

    def lock(self) -> None:
        """Until the transaction ends nobody else assigns (SQLite has one writer anyway)."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(text("SELECT pg_advisory_xact_lock(4061004)"))

    def candidates(self, seen_since: datetime, rules: StaffingRules, *, by_hand: bool = False) -> list[Candidate]:
        """Agents and supervisors who are there and available, with what they hold now. `by_hand`: also who is busy or
        away, and admins."""
        roles = (*_SERVING, Role.ADMIN) if by_hand else _SERVING
        loads = (
            select(conversations.c.agent_id, func.count().label("load"))
            .where(conversations.c.holder == Holder.AGENT).group_by(conversations.c.agent_id).subquery()
        )
        rows = self._db.execute(
            select(agents.c.id, agents.c.name, agent_skills, loads.c.load)
            .outerjoin(agent_skills, agent_skills.c.agent_id == agents.c.id)
            .outerjoin(loads, loads.c.agent_id == agents.c.id)
            .where(agents.c.active, agents.c.role.in_(roles), agents.c.seen_at >= seen_since)
        ).all()
        member_of = defaultdict(list)
        for member in self._db.execute(select(team_members)):
            member_of[member.agent_id].append(member.team_id)
        return [
            Candidate(
                row.id, row.name, row.load or 0, rules.capacity if row.capacity is None else row.capacity,
                tuple(Language(one) for one in row.languages or ()), tuple(member_of[row.id]), row.last_assigned_at,
            )
            for row in rows if by_hand or row.availability in (None, Availability.AVAILABLE)
        ]

    def note_assigned(self, agent_id: str, now: datetime) -> None:
        self._keep_skills(self.skills_of(agent_id))
        self._db.execute(
            update(agent_skills).where(agent_skills.c.agent_id == agent_id).values(last_assigned_at=now)
        )

    def supervisors(self) -> list[str]:
        """Whom an escalation is told."""
        wanted = (Role.SUPERVISOR, Role.ADMIN)
        rows = self._db.execute(select(agents.c.id).where(agents.c.active, agents.c.role.in_(wanted)))
        return [row.id for row in rows]

    def skills_of(self, agent_id: str) -> Skills:
        row = self._db.execute(select(agent_skills).where(agent_skills.c.agent_id == agent_id)).one_or_none()
        return _skills(row) if row else Skills(agent_id)

    def list_skills(self) -> dict[str, Skills]:
        return {row.agent_id: _skills(row) for row in self._db.execute(select(agent_skills))}

    def set_skills(self, skills: Skills) -> None:
        self._keep_skills(skills)

    def set_availability(self, agent_id: str, availability: Availability) -> None:
        self._keep_skills(self.skills_of(agent_id))
        self._db.execute(
            update(agent_skills).where(agent_skills.c.agent_id == agent_id).values(availability=availability)
        )

    def list_teams(self) -> list[Team]:
        members = defaultdict(list)
        for row in self._db.execute(select(team_members).order_by(team_members.c.agent_id)):
            members[row.team_id].append(row.agent_id)
        return [
            Team(row.id, row.name, tuple(row.topics), tuple(Language(one) for one in row.languages),
                 tuple(members[row.id]))
            for row in self._db.execute(select(teams).order_by(teams.c.name))
        ]

    def get_team(self, team_id: str) -> Team:
        found = next((team for team in self.list_teams() if team.id == team_id), None)
        if found is None:
            raise NotFound("no such team")
        return found

    def put_team(self, team: Team) -> Team:
        """Add (empty id) or change a team. Raises Conflict when another has its name, NotFound for unknown members."""
        same = self._db.scalar(select(teams.c.id).where(teams.c.name == team.name, teams.c.id != team.id))
        if same is not None:
            raise Conflict(f"there is a team {team.name} already")
        known = self._db.execute(select(agents.c.id).where(agents.c.id.in_(team.members))).all()
        if len(known) != len(set(team.members)):
            raise NotFound("no such agent")
        team_id = team.id or uuid4().hex
        row = {"id": team_id, "name": team.name, "topics": list(team.topics),
               "languages": [one.value for one in team.languages]}
        put(self._db, teams, row, (teams.c.id,))
        self._db.execute(delete(team_members).where(team_members.c.team_id == team_id))
        if team.members:
            rows = [{"team_id": team_id, "agent_id": member} for member in set(team.members)]
            self._db.execute(insert(team_members), rows)
        return self.get_team(team_id)

    def remove_team(self, team_id: str) -> None:
        """Who waits for this team waits for anybody now."""
        self.get_team(team_id)
        self._db.execute(update(conversations).where(conversations.c.team_id == team_id).values(team_id=None))
        self._db.execute(delete(teams).where(teams.c.id == team_id))

    def _keep_skills(self, skills: Skills) -> None:
        put(self._db, agent_skills, {
            "agent_id": skills.agent_id, "languages": [one.value for one in skills.languages],
            "capacity": skills.capacity, "availability": skills.availability,
        }, (agent_skills.c.agent_id,))


def _skills(row: Row[Any]) -> Skills:
    return Skills(row.agent_id, tuple(Language(one) for one in row.languages), row.capacity,
                  Availability(row.availability))


def _rules_row(rules: StaffingRules) -> dict[str, Any]:
    return {
        "mode": rules.mode, "capacity": rules.capacity, "reassign_after": rules.reassign_after.total_seconds(),
        "escalate_after": rules.escalate_after.total_seconds(), "release_after": rules.release_after.total_seconds(),
        "misses": rules.misses, "anger": rules.anger, "vip_tiers": list(rules.vip_tiers), "vip_rule": rules.vip_rule,
    }


def _rules(stored: dict[str, Any]) -> StaffingRules:
    return StaffingRules(
        AssignmentMode(stored["mode"]), stored["capacity"], timedelta(seconds=stored["reassign_after"]),
        timedelta(seconds=stored["escalate_after"]), timedelta(seconds=stored["release_after"]), stored["misses"],
        stored["anger"], tuple(stored["vip_tiers"]), VipRule(stored["vip_rule"]),
    )
