"""Customers' value for programs: all together, the care list, each customer's, and how it is counted."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from console import value_desk
from console.access import Caller, Desk, needs
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, ValueOut, cut
from crm_store.store import SqlTransaction
from desk.customer_value import AbcClass, CustomerValue, Risk, Segment
from desk.permissions import Permission
from insights.value_report import Group, Worth, by_class, by_risk, by_segment
from insights.value_rules import rules_from_json, rules_to_json

router = APIRouter(
    prefix="/reports/value", route_class=ApiRoute, tags=["reports"], dependencies=[needs(Permission.INSPECT)]
)


class GroupOut(BaseModel):
    """Money in minor units. `churn`: the mean likelihood that a customer has left; `share`: of all revenue."""

    group: str
    customers: int
    revenue: int
    margin: int
    lifetime: int
    churn: float
    share: float | None


class ValueReportOut(BaseModel):
    """`every_days`: days between orders of the middle customer; `unpriced`: orders by currency that has no rate."""

    counted_at: Moment | None
    under_way: bool
    currency: str
    every_days: float | None
    retention: float | None
    own_retention: bool
    unpriced: dict[str, int]
    segments: list[GroupOut]
    classes: list[GroupOut]
    risks: list[GroupOut]


class CareOut(BaseModel):
    customer: str
    name: str
    value: ValueOut
    last_contact_at: Moment | None
    open_complaints: int


class ValueLineOut(BaseModel):
    customer: str
    value: ValueOut


class RulesIn(BaseModel):
    """`rates`: what one unit of a currency is worth; shares 0 to 1; `…_cuts`: four rising numbers, or none: fifths."""

    currency: str = ""
    rates: dict[str, float] = {}
    margin: float = 0.3
    discount: float = 0.1
    years: int = 3
    retention: float = 0.5
    recency_cuts: list[float] = []
    frequency_cuts: list[float] = []
    money_cuts: list[float] = []


@router.get("")
async def get_value_report(services: Desk) -> ValueReportOut:
    """All customers' values by segment, class and risk, as last counted."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> ValueReportOut:
        counting, sums = tx.values.counting(now), tx.value_reports.sums()
        basis = counting.basis
        return ValueReportOut(
            counted_at=counting.counted_at, under_way=counting.is_under_way, currency=basis.currency if basis else "",
            every_days=basis.every_days if basis else None, retention=basis.retention if basis else None,
            own_retention=basis.is_own_retention if basis else False, unpriced=dict(basis.unpriced) if basis else {},
            segments=[_group(name, group) for name, group in by_segment(sums).items()],
            classes=[_group(name, group) for name, group in by_class(sums).items()],
            risks=[_group(name, group) for name, group in by_risk(sums).items()],
        )

    return await services.store.read(read)


@router.get("/care")
async def list_care(services: Desk, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Page[CareOut]:
    """Valuable customers (class A or B) who are at least 40 % likely gone, most revenue at stake first."""
    found = await services.store.read(lambda tx: tx.value_reports.care(limit))
    return Page(items=[
        CareOut(customer=each.value.customer_id, name=each.name, value=ValueOut.of(each.value),
                last_contact_at=each.last_contact_at, open_complaints=each.open_complaints)
        for each in found
    ])


@router.get("/customers")
async def list_values(
    services: Desk, segment: Segment | None = None, abc: AbcClass | None = None, risk: Risk | None = None,
    cursor: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[ValueLineOut]:
    """Every customer with a value, in the order of their ids."""
    worth = Worth(segment, abc, risk)

    def read(tx: SqlTransaction) -> list[CustomerValue]:
        return tx.values.list_page(worth, cursor, limit + 1)

    items, more = cut(await services.store.read(read), limit)
    return Page(items=[ValueLineOut(customer=each.customer_id, value=ValueOut.of(each)) for each in items],
                next=items[-1].customer_id if more else None)


@router.post("/count", status_code=202, dependencies=[needs(Permission.LEAD)])
async def count_again(services: Desk, agent: Caller) -> dict[str, bool]:
    """Have everybody counted again; a worker begins at once. Needs a supervisor."""
    await value_desk.ask(services, agent)
    return {"asked": True}


@router.get("/rules")
async def get_rules(services: Desk) -> dict[str, Any]:
    """How values are counted."""
    now = services.clock.now()
    return rules_to_json((await services.store.read(lambda tx: tx.values.counting(now))).rules)


@router.put("/rules", dependencies=[needs(Permission.ADMINISTER)])
async def put_rules(services: Desk, agent: Caller, body: RulesIn) -> dict[str, Any]:
    """Change how values are counted, and count again. Needs an administrator."""
    rules = rules_from_json(body.model_dump())
    await value_desk.save(services, agent, rules)
    return rules_to_json(rules)


def _group(name: str, group: Group) -> GroupOut:
    return GroupOut(group=name, customers=group.customers, revenue=group.revenue, margin=group.margin,
                    lifetime=group.lifetime, churn=group.churn, share=group.share)
