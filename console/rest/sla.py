"""Service levels: policies, and the clocks that run or ran under them."""

from datetime import timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from console import level_desk
from console.access import Caller, Desk, needs
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from desk.messages import ChannelName
from desk.permissions import Permission
from desk.sla import Clock, Metric, Outcome, Policy, Subject
from desk.tickets import TicketKind

router = APIRouter(route_class=ApiRoute, prefix="/sla", tags=["sla"])
administrator = needs(Permission.ADMINISTER)
Names = Annotated[list[str], Field(max_length=50)]


class PolicyIn(BaseModel):
    """`targets` in seconds by metric (first_response, next_response, resolution). An empty list fits everything; the
    first active policy in order of `position` counts."""

    name: str = Field(min_length=1, max_length=120)
    position: int = 0
    subjects: list[Subject] = []
    kinds: list[TicketKind] = []
    priorities: Names = []
    channels: list[ChannelName] = []
    tiers: Names = []
    targets: dict[Metric, Annotated[int, Field(gt=0)]]
    around_the_clock: bool = False
    warn_percent: int = Field(80, ge=1, le=99)
    escalate_to: Names = []
    reassign_to: str | None = None
    active: bool = True

    def policy(self, policy_id: str, version: int) -> Policy:
        return Policy(
            policy_id, self.name.strip(), self.position, tuple(self.subjects), tuple(self.kinds),
            tuple(self.priorities), tuple(self.channels), tuple(self.tiers),
            {metric: timedelta(seconds=seconds) for metric, seconds in self.targets.items()}, self.around_the_clock,
            self.warn_percent, tuple(self.escalate_to), self.reassign_to, self.active, version,
        )


class ChangedPolicy(PolicyIn):
    version: int = Field(ge=1, description="The version that was read; 409 when it has changed since")


class PolicyOut(PolicyIn):
    id: str
    version: int

    @classmethod
    def of(cls, item: Policy) -> Self:
        return cls(
            id=item.id, version=item.version, name=item.name, position=item.position, subjects=list(item.subjects),
            kinds=[TicketKind(each) for each in item.kinds], priorities=list(item.priorities),
            channels=[ChannelName(each) for each in item.channels], tiers=list(item.tiers),
            targets={metric: round(target.total_seconds()) for metric, target in item.targets.items()},
            around_the_clock=item.around_the_clock, warn_percent=item.warn_percent,
            escalate_to=list(item.escalate_to), reassign_to=item.reassign_to, active=item.active,
        )


class ClockOut(BaseModel):
    """`spent` in seconds of the policy's time, `wall` in calendar seconds, both up to the last pause; `due_at` is null
    while it stands still."""

    id: str
    subject: Subject
    matter: str
    metric: Metric
    policy: str
    outcome: Outcome
    target: int
    spent: int
    wall: int
    started_at: Moment
    due_at: Moment | None
    warned_at: Moment | None
    breached_at: Moment | None
    stopped_at: Moment | None
    agent: str | None

    @classmethod
    def of(cls, item: Clock) -> Self:
        return cls(
            id=str(item.id), subject=item.matter.subject, matter=item.matter.id, metric=item.metric,
            policy=item.policy_id, outcome=item.outcome, target=round(item.target.total_seconds()),
            spent=round(item.spent.total_seconds()), wall=round(item.wall.total_seconds()),
            started_at=item.started_at, due_at=item.due_at, warned_at=item.warned_at, breached_at=item.breached_at,
            stopped_at=item.stopped_at, agent=item.agent_id,
        )


@router.get("/policies")
async def list_policies(services: Desk) -> Page[PolicyOut]:
    """In the order in which they are asked."""
    found = await services.store.read(lambda tx: tx.levels.policies())
    return Page(items=[PolicyOut.of(item) for item in found])


@router.post("/policies", status_code=201, dependencies=[administrator])
async def add_policy(services: Desk, agent: Caller, body: PolicyIn) -> PolicyOut:
    """Needs an administrator."""
    return PolicyOut.of(await level_desk.save_policy(services, agent, body.policy("", 0)))


@router.get("/policies/{policy_id}")
async def get_policy(services: Desk, policy_id: str) -> PolicyOut:
    return PolicyOut.of(await services.store.read(lambda tx: tx.levels.get_policy(policy_id)))


@router.put("/policies/{policy_id}", dependencies=[administrator])
async def change_policy(services: Desk, agent: Caller, policy_id: str, body: ChangedPolicy) -> PolicyOut:
    """Running clocks follow it at once. Needs an administrator."""
    return PolicyOut.of(await level_desk.save_policy(services, agent, body.policy(policy_id, body.version)))


@router.delete("/policies/{policy_id}", status_code=204, dependencies=[administrator])
async def remove_policy(services: Desk, agent: Caller, policy_id: str) -> None:
    """Clocks that run under it go on to their target. Needs an administrator."""
    await level_desk.remove_policy(services, agent, policy_id)


@router.get("/clocks")
async def list_clocks(
    services: Desk, subject: Subject | None = None, matter: str = "", outcome: Outcome | None = None,
    cursor: Annotated[int, Query(ge=0)] = 0, limit: Limit = 50,
) -> Page[ClockOut]:
    """Newest first; with `subject` and `matter` (an id) all of one ticket or conversation, oldest first."""
    if subject is not None and matter:
        mine = await services.store.read(lambda tx: tx.levels.list_of(subject, matter))
        return Page(items=[ClockOut.of(item) for item in mine if outcome in (None, item.outcome)])
    outcomes = [outcome] if outcome else []
    found = await services.store.read(lambda tx: tx.levels.list_page(outcomes, cursor, limit + 1))
    items, more = cut(found, limit)
    return Page(items=[ClockOut.of(item) for item in items], next=str(items[-1].id) if more else None)
