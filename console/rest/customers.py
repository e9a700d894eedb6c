"""Customers with their orders."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from console import customer_merge, customer_unmerge, customers_desk
from console.access import Caller, Desk, needs, supervisor
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import CustomerOut, CustomerWhole, IdentityOut, OrderOut, Page, cut
from console.sightings import note_view
from crm_store.store import SqlTransaction
from desk.customer_value import AbcClass, CustomerValue, Risk, Segment
from desk.customers import Customer, Order
from desk.permissions import Permission
from insights.value_report import Worth

router = APIRouter(route_class=ApiRoute)


class MergeIn(BaseModel):
    """The profile whose everything moves over; it is gone afterwards."""

    other: str


class MergeOut(BaseModel):
    """`together` is the profile that would stay, as it would be; `brings` counts what the other one brings."""

    together: CustomerOut
    brings: dict[str, int]


class CustomerIn(BaseModel):
    """`time_zone`: an IANA name, such as Asia/Taipei; empty: the business's."""

    time_zone: str


class EraseIn(BaseModel):
    confirm: bool = False


class ErasedOut(BaseModel):
    """Rows by table. `assistant_events` is null when the assistant's own database was not looked at."""

    erased: bool
    rows: dict[str, int]
    files: int
    assistant_events: int | None


@router.get("/customers", tags=["customers"])
async def list_customers(
    services: Desk, cursor: str = "", limit: Limit = 50, segment: Segment | None = None, abc: AbcClass | None = None,
    risk: Risk | None = None,
) -> Page[CustomerOut]:
    """All, or those of a segment, a revenue class, a churn risk; in the order of their ids."""
    worth = Worth(segment, abc, risk)

    def read(tx: SqlTransaction) -> tuple[list[Customer], dict[str, CustomerValue]]:
        found = (tx.customers.list_page(cursor, limit + 1) if worth.is_any
                 else tx.values.list_customers(worth, cursor, limit + 1))
        return found, tx.values.of([each.id for each in found])

    found, values = await services.store.read(read)
    items, more = cut(found, limit)
    return Page(items=[CustomerOut.of(item, values.get(item.id)) for item in items],
                next=items[-1].id if more else None)


@router.get("/customers/{customer_id}", tags=["customers"])
async def get_customer(services: Desk, agent: Caller, customer_id: str) -> CustomerWhole:
    whole = await services.store.read(lambda tx: _whole(tx, customer_id))
    await note_view(services, agent, f"customer:{customer_id}")
    return whole


@router.patch("/customers/{customer_id}", tags=["customers"], dependencies=[needs(Permission.SERVE)])
async def change_customer(services: Desk, agent: Caller, customer_id: str, body: CustomerIn) -> CustomerWhole:
    """Where the customer is: quiet hours of campaigns are theirs."""
    await customers_desk.set_time_zone(services, agent, customer_id, body.time_zone)
    return await services.store.read(lambda tx: _whole(tx, customer_id))


@router.post("/customers/{customer_id}/merge", tags=["customers"], dependencies=[Depends(supervisor)])
async def merge_customers(services: Desk, agent: Caller, customer_id: str, body: MergeIn) -> CustomerWhole:
    """Two profiles turned out to be one person: everything of `other` moves to this one. Needs a supervisor; an
    administrator can undo it for 30 days."""
    await customer_merge.merge(services, agent, customer_id, body.other)
    return await services.store.read(lambda tx: _whole(tx, customer_id))


@router.get("/customers/{customer_id}/merge", tags=["customers"], dependencies=[needs(Permission.LEAD)])
async def preview_merge(services: Desk, customer_id: str, other: str) -> MergeOut:
    """What merging would come to; nothing is changed. Needs a supervisor."""
    found = await services.store.read(lambda tx: customer_merge.preview(tx, customer_id, other))
    brings = {name: count for name, (_, count) in found.brought.items()}
    return MergeOut(together=CustomerOut.of(found.both, None), brings=brings)


@router.post("/customers/{customer_id}/merge/undo", tags=["customers"], dependencies=[needs(Permission.ADMINISTER)])
async def undo_merge(services: Desk, agent: Caller, customer_id: str) -> CustomerWhole:
    """Take the newest merge of the last 30 days into this profile back; answers with the profile that is there again.
    404 when there is none, 409 when later events made its parts inseparable. Needs an administrator."""
    returned = await customer_unmerge.undo(services, agent, customer_id)
    return await services.store.read(lambda tx: _whole(tx, returned))


@router.post("/customers/{customer_id}/export", tags=["customers"], dependencies=[needs(Permission.LEAD)],
             response_class=Response, responses={200: {"description": "The file", "content": {"application/zip": {}}}})
async def export_customer(services: Desk, agent: Caller, customer_id: str) -> Response:
    """Everything that is kept, as a zip of JSON, CSV and files. Needs a supervisor; the audit log notes it."""
    return Response(await customers_desk.export(services, agent, customer_id), media_type="application/zip")


@router.post("/customers/{customer_id}/erase", tags=["customers"], dependencies=[needs(Permission.ADMINISTER)])
async def erase_customer(services: Desk, agent: Caller, customer_id: str, body: EraseIn) -> ErasedOut:
    """Without `confirm` only say what would go; with it, erase everything for good. Needs an administrator."""
    done = await (customers_desk.erase(services, agent, customer_id) if body.confirm
                  else customers_desk.preview_erasure(services, customer_id))
    return ErasedOut(erased=body.confirm, rows=done.rows, files=done.files, assistant_events=done.assistant_events)


@router.get("/customers/{customer_id}/orders", tags=["customers"])
async def list_orders(services: Desk, agent: Caller, customer_id: str) -> Page[OrderOut]:
    """All of them, newest first."""

    def read(tx: SqlTransaction) -> list[Order]:
        tx.customers.get(customer_id)
        return tx.orders.list_of(customer_id)

    found = await services.store.read(read)
    await note_view(services, agent, f"customer:{customer_id}")
    return Page(items=[OrderOut.of(item) for item in found])


def _whole(tx: SqlTransaction, customer_id: str) -> CustomerWhole:
    return CustomerWhole(
        **CustomerOut.of(tx.customers.get(customer_id), tx.values.find(customer_id)).model_dump(),
        identities=[IdentityOut.of(item) for item in tx.customers.list_identities(customer_id)],
        orders=[OrderOut.of(item) for item in tx.orders.list_of(customer_id)],
    )
