"""The pages of customers: the list with its search, handing data over, and erasing it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import customers_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from crm_store.store import SqlTransaction
from desk.permissions import Permission

PAGE = 50

router = APIRouter(
    prefix="/console/customers", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("")
async def show_customers(request: Request, services: Desk, q: str = "", after: str = "") -> Response:
    """All, or those whose name, phone number, e-mail address, order or channel name fits."""
    query = q.strip()[:100]

    def read(tx: SqlTransaction) -> dict[str, object]:
        found = tx.customer_search.find(query, PAGE) if query else tx.customers.list_page(after, PAGE)
        return {"customers": found, "total": tx.customers.count(), **reading.frame(tx)}

    values = {"query": query, "page_length": PAGE, "after": after}
    return render(request, "customers.html", values | await services.store.read(read))


@router.post("/{customer_id}/export", dependencies=[needs(Permission.LEAD)])
async def export_customer(services: Desk, staff: Staff, customer_id: str) -> Response:
    """Everything that is kept, as a file."""
    content = await customers_desk.export(services, staff.agent, customer_id)
    return Response(content, media_type="application/zip", headers={
        "Content-Disposition": 'attachment; filename="customer.zip"'
    })


@router.get("/{customer_id}/erase", dependencies=[needs(Permission.ADMINISTER)])
async def show_erasure(request: Request, services: Desk, customer_id: str) -> Response:
    return await _erasure(request, services, customer_id)


@router.post("/{customer_id}/erase", dependencies=[needs(Permission.ADMINISTER)])
async def erase_customer(
    request: Request, services: Desk, staff: Staff, customer_id: str, sure: Annotated[str, Form()] = ""
) -> Response:
    if sure != "yes":
        return await _erasure(request, services, customer_id, status=422)
    await customers_desk.erase(services, staff.agent, customer_id)
    return see_other(request, "/console/customers?said=erased")


async def _erasure(request: Request, services: Desk, customer_id: str, *, status: int = 200) -> Response:
    preview = await customers_desk.preview_erasure(services, customer_id)

    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"customer": tx.customers.get(customer_id), **reading.frame(tx)}

    values = {"preview": preview, "unsure": status == 422}
    return render(request, "customer_erase.html", values | await services.store.read(read), status=status)
