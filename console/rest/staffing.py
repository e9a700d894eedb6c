"""Canned replies, teams, the rules of assignment, and who is there."""

from datetime import timedelta
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from console import canned, staffing_desk
from console.access import Caller, Desk, needs
from console.rest.problems import ApiRoute
from console.rest.shapes import Page
from crm_store.store import SqlTransaction
from desk.agents import PRESENT_FOR, Availability
from desk.dispatch import assign_waiting
from desk.messages import Language
from desk.notes import CannedReply
from desk.permissions import Permission
from desk.staffing import AssignmentMode, StaffingRules, Team, VipRule

router = APIRouter(route_class=ApiRoute)
LEAD, ADMINISTER = needs(Permission.LEAD), needs(Permission.ADMINISTER)
Minutes = Annotated[int, Field(ge=0, le=10080)]


class CannedIn(BaseModel):
    """`text` may hold variables such as {{customer.name}}; an unknown one is refused."""

    shortcut: str
    title: str
    text: str


class CannedOut(CannedIn):
    id: str

    @classmethod
    def of(cls, item: CannedReply) -> Self:
        return cls(id=item.id, shortcut=item.shortcut, title=item.title, text=item.text)


class TeamIn(BaseModel):
    """Empty topics or languages mean any; `members` are agents' ids."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    topics: list[Annotated[str, Field(max_length=40)]] = []
    languages: list[Language] = []
    members: list[str] = []

    def team(self, team_id: str = "") -> Team:
        return Team(team_id, self.name.strip(), tuple(self.topics), tuple(self.languages), tuple(self.members))


class TeamOut(BaseModel):
    id: str
    name: str
    topics: list[str]
    languages: list[Language]
    members: list[str]

    @classmethod
    def of(cls, item: Team) -> Self:
        return cls(id=item.id, name=item.name, topics=list(item.topics), languages=list(item.languages),
                   members=list(item.members))


class RulesShape(BaseModel):
    """Durations in minutes; 0 switches a rule off."""

    mode: AssignmentMode
    capacity: Annotated[int, Field(ge=1, le=100)]
    reassign_after: Minutes
    escalate_after: Minutes
    release_after: Minutes
    misses: Annotated[int, Field(ge=0, le=10)]
    anger: bool
    vip_tiers: list[str]
    vip_rule: VipRule

    @classmethod
    def of(cls, rules: StaffingRules) -> Self:
        minute = timedelta(minutes=1)
        return cls(
            mode=rules.mode, capacity=rules.capacity, reassign_after=rules.reassign_after // minute,
            escalate_after=rules.escalate_after // minute, release_after=rules.release_after // minute,
            misses=rules.misses, anger=rules.anger, vip_tiers=list(rules.vip_tiers), vip_rule=rules.vip_rule,
        )

    def rules(self) -> StaffingRules:
        return StaffingRules(
            self.mode, self.capacity, timedelta(minutes=self.reassign_after), timedelta(minutes=self.escalate_after),
            timedelta(minutes=self.release_after), self.misses, self.anger, tuple(self.vip_tiers), self.vip_rule,
        )


class PresenceIn(BaseModel):
    availability: Availability


class PresenceOut(BaseModel):
    """An agent who may be given conversations now: how many they hold, of how many."""

    agent: str
    load: int
    capacity: int


@router.get("/canned-replies", tags=["canned replies"])
async def list_canned(services: Desk, q: str = "") -> Page[CannedOut]:
    """All of them, or those that `q` finds by shortcut, title or text."""
    found = await services.store.read(lambda tx: tx.canned.search(q, 50) if q else tx.canned.list_all())
    return Page(items=[CannedOut.of(item) for item in found])


@router.post("/canned-replies", tags=["canned replies"], status_code=201, dependencies=[LEAD])
async def add_canned(services: Desk, body: CannedIn) -> CannedOut:
    return CannedOut.of(await canned.save(services, CannedReply("", body.shortcut, body.title, body.text)))


@router.put("/canned-replies/{reply_id}", tags=["canned replies"], dependencies=[LEAD])
async def change_canned(services: Desk, reply_id: str, body: CannedIn) -> CannedOut:
    return CannedOut.of(await canned.save(services, CannedReply(reply_id, body.shortcut, body.title, body.text)))


@router.delete("/canned-replies/{reply_id}", tags=["canned replies"], status_code=204, dependencies=[LEAD])
async def remove_canned(services: Desk, reply_id: str) -> None:
    await services.store.transact(lambda tx: tx.canned.remove(reply_id))


@router.get("/teams", tags=["teams"])
async def list_teams(services: Desk) -> Page[TeamOut]:
    return Page(items=[TeamOut.of(item) for item in await services.store.read(lambda tx: tx.staffing.list_teams())])


@router.post("/teams", tags=["teams"], status_code=201, dependencies=[ADMINISTER])
async def add_team(services: Desk, agent: Caller, body: TeamIn) -> TeamOut:
    return TeamOut.of(await staffing_desk.put_team(services, agent, body.team()))


@router.put("/teams/{team_id}", tags=["teams"], dependencies=[ADMINISTER])
async def change_team(services: Desk, agent: Caller, team_id: str, body: TeamIn) -> TeamOut:
    return TeamOut.of(await staffing_desk.put_team(services, agent, body.team(team_id)))


@router.delete("/teams/{team_id}", tags=["teams"], status_code=204, dependencies=[ADMINISTER])
async def remove_team(services: Desk, agent: Caller, team_id: str) -> None:
    await staffing_desk.remove_team(services, agent, team_id)


@router.get("/staffing", tags=["teams"])
async def get_rules(services: Desk) -> RulesShape:
    return RulesShape.of(await services.store.read(lambda tx: tx.staffing.rules()))


@router.put("/staffing", tags=["teams"], dependencies=[ADMINISTER])
async def set_rules(services: Desk, agent: Caller, body: RulesShape) -> RulesShape:
    await staffing_desk.set_rules(services, agent, body.rules())
    return body


@router.get("/presence", tags=["agents"])
async def list_present(services: Desk) -> Page[PresenceOut]:
    """Who is there and available."""
    since = services.clock.now() - PRESENT_FOR
    found = await services.store.read(lambda tx: tx.staffing.candidates(since, tx.staffing.rules()))
    return Page(items=[PresenceOut(agent=one.agent_id, load=one.load, capacity=one.capacity) for one in found])


@router.put("/presence", tags=["agents"], status_code=204)
async def set_presence(services: Desk, agent: Caller, body: PresenceIn) -> None:
    """Say whether the caller takes new conversations."""
    now = services.clock.now()

    def say(tx: SqlTransaction) -> None:
        tx.staffing.set_availability(agent.id, body.availability)
        assign_waiting(tx, now)

    await services.store.transact(say)
