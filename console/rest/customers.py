"""Customers with their orders, and the people who serve them."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from console.access import Caller, Desk, supervisor
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import AgentOut, CustomerOut, CustomerWhole, IdentityOut, OrderOut, Page, cut
from console.sightings import note_view
from crm_store.store import SqlTransaction
from desk.customers import Order
from desk.errors import Invalid

router = APIRouter(route_class=ApiRoute)


class MergeIn(BaseModel):
    """The profile whose everything moves over; it is gone afterwards."""

    other: str


@router.get("/customers", tags=["customers"])
async def list_customers(services: Desk, cursor: str = "", limit: Limit = 50) -> Page[CustomerOut]:
    found = await services.store.read(lambda tx: tx.customers.list_page(cursor, limit + 1))
    items, more = cut(found, limit)
    return Page(items=[CustomerOut.of(item) for item in items], next=items[-1].id if more else None)


@router.get("/customers/{customer_id}", tags=["customers"])
async def get_customer(services: Desk, agent: Caller, customer_id: str) -> CustomerWhole:
    whole = await services.store.read(lambda tx: _whole(tx, customer_id))
    await note_view(services, agent, f"customer:{customer_id}")
    return whole


@router.post("/customers/{customer_id}/merge", tags=["customers"], dependencies=[Depends(supervisor)])
async def merge_customers(services: Desk, agent: Caller, customer_id: str, body: MergeIn) -> CustomerWhole:
    """Two profiles turned out to be one person: everything of `other` moves to this one. Needs a supervisor."""
    if body.other == customer_id:
        raise Invalid("other", "a profile cannot be merged with itself")

    now = services.clock.now()

    def merge(tx: SqlTransaction) -> CustomerWhole:
        tx.customers.merge(customer_id, body.other)
        tx.audit.record(agent, "customer.merged", f"customer:{customer_id}", now, other=body.other)
        return _whole(tx, customer_id)

    return await services.store.transact(merge)


@router.get("/customers/{customer_id}/orders", tags=["customers"])
async def list_orders(services: Desk, agent: Caller, customer_id: str) -> Page[OrderOut]:
    """All of them, newest first."""

    def read(tx: SqlTransaction) -> list[Order]:
        tx.customers.get(customer_id)
        return tx.orders.list_of(customer_id)

    found = await services.store.read(read)
    await note_view(services, agent, f"customer:{customer_id}")
    return Page(items=[OrderOut.of(item) for item in found])


@router.get("/agents", tags=["agents"])
async def list_agents(services: Desk) -> Page[AgentOut]:
    now = services.clock.now()
    found = await services.store.read(lambda tx: tx.agents.list_all())
    return Page(items=[AgentOut.of(item, now) for item in found])


def _whole(tx: SqlTransaction, customer_id: str) -> CustomerWhole:
    return CustomerWhole(
        **CustomerOut.of(tx.customers.get(customer_id)).model_dump(),
        identities=[IdentityOut.of(item) for item in tx.customers.list_identities(customer_id)],
        orders=[OrderOut.of(item) for item in tx.orders.list_of(customer_id)],
    )
