"""Compensation: proposals, approvals, what was carried out, and the limits; causes of complaints; ticket categories."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from console.access import Caller, Desk, needs
from console.remedy_desk import Giving
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from console.rest.ticket_shapes import CategoryOut
from console.rest.tickets import Key
from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.causes import Improvement
from desk.compensation import Compensation, Remedy, Stage
from desk.errors import Invalid
from desk.permissions import Permission

router = APIRouter(route_class=ApiRoute)
Names = Annotated[dict[str, str], Field(description="By language: zh-Hans, zh-Hant, en; at least one")]


class CompensationOut(BaseModel):
    """`amount` in minor units of `unit` (a currency), or in points."""

    id: str
    ticket: str
    remedy: Remedy
    amount: int
    unit: str
    note: str
    stage: Stage
    proposed_by: str
    proposed_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    reason: str
    carried_out_by: str | None
    carried_out_at: Moment | None

    @classmethod
    def of(cls, item: Compensation) -> Self:
        return cls(
            id=item.id, ticket=item.ticket_id, remedy=item.remedy, amount=item.amount, unit=item.unit, note=item.note,
            stage=item.stage, proposed_by=item.proposed_by, proposed_at=item.proposed_at, decided_by=item.decided_by,
            decided_at=item.decided_at, reason=item.reason, carried_out_by=item.carried_out_by,
            carried_out_at=item.carried_out_at,
        )


class ProposalIn(BaseModel):
    remedy: Remedy
    amount: int = Field(0, ge=0)
    currency: str = Field("", max_length=3)
    note: str = Field("", max_length=1000)
    key: Key


class ReasonIn(BaseModel):
    reason: str = Field(min_length=1, max_length=1000)


class LimitShape(BaseModel):
    """What a role may give alone. `unit`: a currency (amount in minor units) or points."""

    role: Role
    unit: str
    amount: int = Field(ge=0)


class ImprovementOut(BaseModel):
    """Complaints of the cause in the `days` before and in as many days after."""

    id: str
    text: str
    ticket: str | None
    made_by: str
    made_at: Moment
    before: int
    after: int
    days: int

    @classmethod
    def of(cls, item: Improvement) -> Self:
        return cls(id=str(item.id), text=item.text, ticket=item.ticket_id, made_by=item.made_by, made_at=item.made_at,
                   before=item.before, after=item.after, days=item.days)


class CauseOut(BaseModel):
    """`complaints`: how many have it, ever."""

    id: str
    names: dict[str, str]
    active: bool
    complaints: int
    improvements: list[ImprovementOut]


class CauseIn(BaseModel):
    names: Names
    active: bool = True


class ImprovementIn(BaseModel):
    text: str = Field(min_length=1, max_length=2000)


class CategoryIn(BaseModel):
    names: Names
    parent: str | None = None


class CategoryNames(BaseModel):
    names: Names


@router.get("/tickets/{ticket_id}/compensations", tags=["compensation"])
async def list_of_ticket(services: Desk, ticket_id: str) -> Page[CompensationOut]:
    """Oldest first."""

    def read(tx: SqlTransaction) -> list[Compensation]:
        tx.tickets.get(ticket_id)
        return tx.compensations.list_of(ticket_id)

    return Page(items=[CompensationOut.of(item) for item in await services.store.read(read)])


@router.post("/tickets/{ticket_id}/compensations", tags=["compensation"], status_code=201)
async def propose(services: Desk, agent: Caller, ticket_id: str, body: ProposalIn) -> CompensationOut:
    """Within the limit of the caller's role it is approved at once; above it somebody else must approve."""
    unit = body.currency.upper()
    made = await Giving(services, agent).propose(ticket_id, body.remedy, body.amount, unit, body.note, body.key)
    return CompensationOut.of(made)


@router.get("/compensations", tags=["compensation"])
async def list_compensations(
    services: Desk, stage: Stage | None = None, cursor: str = "", limit: Limit = 50
) -> Page[CompensationOut]:
    """The ledger, newest first."""
    stages = [stage] if stage else []
    found = await services.store.read(lambda tx: tx.compensations.list_page(stages, cursor, limit + 1))
    items, more = cut(found, limit)
    return Page(items=[CompensationOut.of(item) for item in items], next=items[-1].id if more else None)


@router.post("/compensations/{compensation_id}/approve", tags=["compensation"])
async def approve(services: Desk, agent: Caller, compensation_id: str) -> CompensationOut:
    """409 for the one who proposed it, and above the limit of the caller's role."""
    return CompensationOut.of(await Giving(services, agent).approve(compensation_id))


@router.post("/compensations/{compensation_id}/refuse", tags=["compensation"], dependencies=[needs(Permission.LEAD)])
async def refuse(services: Desk, agent: Caller, compensation_id: str, body: ReasonIn) -> CompensationOut:
    """Needs a supervisor."""
    return CompensationOut.of(await Giving(services, agent).refuse(compensation_id, body.reason))


@router.post("/compensations/{compensation_id}/withdraw", tags=["compensation"])
async def withdraw(services: Desk, agent: Caller, compensation_id: str) -> CompensationOut:
    return CompensationOut.of(await Giving(services, agent).withdraw(compensation_id))


@router.post("/compensations/{compensation_id}/carry-out", tags=["compensation"])
async def carry_out(services: Desk, agent: Caller, compensation_id: str) -> CompensationOut:
    """It has been done: points are booked, and the customer is told."""
    return CompensationOut.of(await Giving(services, agent).carry_out(compensation_id))


@router.get("/compensation-limits", tags=["compensation"])
async def get_limits(services: Desk) -> Page[LimitShape]:
    limits = await services.store.read(lambda tx: tx.compensations.limits())
    return Page(items=[LimitShape(role=role, unit=unit, amount=amount) for (role, unit), amount in limits.items()])


@router.put("/compensation-limits", tags=["compensation"], dependencies=[needs(Permission.ADMINISTER)])
async def set_limits(services: Desk, agent: Caller, body: list[LimitShape]) -> Page[LimitShape]:
    """Replaces all of them. Needs an administrator."""
    limits = {(each.role, each.unit): each.amount for each in body}
    if len(limits) < len(body):
        raise Invalid("limits", "a role has one limit for each unit")
    await Giving(services, agent).set_limits(limits)
    return await get_limits(services)


@router.get("/causes", tags=["causes"])
async def list_causes(services: Desk) -> Page[CauseOut]:
    """Causes of complaints with their counts, and the improvements with the complaints before and after."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> list[CauseOut]:
        counts = tx.causes.counts()
        return [
            CauseOut(id=each.id, names=dict(each.names), active=each.active, complaints=counts.get(each.id, 0),
                     improvements=[ImprovementOut.of(one) for one in tx.causes.improvements_of(each.id, now)])
            for each in tx.causes.list_all()
        ]

    return Page(items=await services.store.read(read))


@router.post("/causes", tags=["causes"], status_code=201, dependencies=[needs(Permission.LEAD)])
async def add_cause(services: Desk, agent: Caller, body: CauseIn) -> CauseOut:
    """Needs a supervisor."""
    made = await Giving(services, agent).add_cause(body.names)
    return CauseOut(id=made.id, names=dict(made.names), active=made.active, complaints=0, improvements=[])


@router.put("/causes/{cause_id}", tags=["causes"], dependencies=[needs(Permission.LEAD)])
async def change_cause(services: Desk, agent: Caller, cause_id: str, body: CauseIn) -> Page[CauseOut]:
    """Needs a supervisor. A cause that is not active is kept in the counts but no longer offered."""
    await Giving(services, agent).change_cause(cause_id, body.names, active=body.active)
    return await list_causes(services)


@router.post("/causes/{cause_id}/improvements", tags=["causes"], status_code=201)
async def add_improvement(services: Desk, agent: Caller, cause_id: str, body: ImprovementIn) -> Page[CauseOut]:
    await Giving(services, agent).improve(cause_id, body.text)
    return await list_causes(services)


@router.get("/ticket-categories", tags=["tickets"])
async def list_categories(services: Desk) -> Page[CategoryOut]:
    found = await services.store.read(lambda tx: tx.categories.list_all())
    return Page(items=[CategoryOut.of(item) for item in found])


@router.post("/ticket-categories", tags=["tickets"], status_code=201, dependencies=[needs(Permission.LEAD)])
async def add_category(services: Desk, agent: Caller, body: CategoryIn) -> CategoryOut:
    """Needs a supervisor."""
    return CategoryOut.of(await Giving(services, agent).add_category(body.names, body.parent))


@router.put("/ticket-categories/{category_id}", tags=["tickets"], dependencies=[needs(Permission.LEAD)])
async def rename_category(services: Desk, agent: Caller, category_id: str, body: CategoryNames) -> CategoryOut:
    """Needs a supervisor."""
    return CategoryOut.of(await Giving(services, agent).rename_category(category_id, body.names))


@router.delete("/ticket-categories/{category_id}", tags=["tickets"], status_code=204,
               dependencies=[needs(Permission.LEAD)])
async def remove_category(services: Desk, agent: Caller, category_id: str) -> None:
    """Needs a supervisor. 409 while tickets or categories are in it."""
    await Giving(services, agent).remove_category(category_id)
