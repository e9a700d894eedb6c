"""The pages of customers: the list with its search, one with their card, handing data over, and erasing it."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import customers_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from console.sightings import note_view
from crm_store.agents import Session
from crm_store.store import SqlTransaction
from desk.customer_value import AbcClass, Risk, Segment
from desk.errors import Invalid
from desk.permissions import Permission
from insights.value_report import Worth
from wiring.services import Services

PAGE = 50

router = APIRouter(
    prefix="/console/customers", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("")
async def show_customers(request: Request, services: Desk, q: str = "", after: str = "") -> Response:
    """All, or those whose name, phone number, e-mail address, order or channel name fits; or those of some worth."""
    query, worth = q.strip()[:100], worth_of(request)

    def read(tx: SqlTransaction) -> dict[str, object]:
        if query:
            found = tx.customer_search.find(query, PAGE)
        elif worth.is_any:
            found = tx.customers.list_page(after, PAGE)
        else:
            found = tx.values.list_customers(worth, after, PAGE)
        fit = None if worth.is_any or query else tx.values.count(worth)
        return {"customers": found, "values": tx.values.of([each.id for each in found]), "fit": fit,
                "total": tx.customers.count(), **reading.frame(tx)}

    chosen = {name: str(found) for name, found in
              (("segment", worth.segment), ("abc", worth.abc), ("risk", worth.risk)) if found}
    values = {"query": query, "page_length": PAGE, "after": after, "worth": worth, "chosen": urlencode(chosen),
              "segments": tuple(Segment), "classes": tuple(AbcClass), "risks": tuple(Risk)}
    return render(request, "customers.html", values | await services.store.read(read))


def worth_of(request: Request) -> Worth:
    """The filters of the address; what is none is left out."""
    given = request.query_params
    segment, abc, risk = (given.get(name, "") for name in ("segment", "abc", "risk"))
    return Worth(
        Segment(segment) if segment in set(Segment) else None, AbcClass(abc) if abc in set(AbcClass) else None,
        Risk(risk) if risk in set(Risk) else None,
    )


@router.post("/{customer_id}/time-zone", dependencies=[needs(Permission.SERVE)])
async def set_time_zone(
    request: Request, services: Desk, staff: Staff, customer_id: str, time_zone: Annotated[str, Form()] = ""
) -> Response:
    """Where the customer is: quiet hours are theirs. What is no time zone is refused where it was written."""
    try:
        await customers_desk.set_time_zone(services, staff.agent, customer_id, time_zone)
    except Invalid:
        return await show_customer(request, services, staff, customer_id, status=422, zone=time_zone)
    return see_other(request, f"/console/customers/{quote(customer_id, safe='')}?said=saved")


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


@router.get("/{customer_id}")
async def show_page(request: Request, services: Desk, staff: Staff, customer_id: str) -> Response:
    return await show_customer(request, services, staff, customer_id)


@router.get("/{customer_id}/card")
async def show_card(request: Request, services: Desk, customer_id: str) -> Response:
    card = await services.store.read(lambda tx: reading.card(tx, customer_id))
    return render(request, "_card.html", {"card": card})


async def show_customer(
    request: Request, services: Services, staff: Session, customer_id: str, *, status: int = 200,
    zone: str | None = None,
) -> Response:
    """The page; `zone` is a time zone that was written and refused."""
    def read(tx: SqlTransaction) -> dict[str, object]:
        card = reading.card(tx, customer_id)
        return {
            "card": card, "conversations": tx.conversations.list_of_customer(customer_id),
            "zone": card.customer.time_zone if zone is None else zone,
            "undoable": tx.merges.find(customer_id, services.clock.now()), **reading.frame(tx),
        }

    found = await services.store.read(read)
    await note_view(services, staff.agent, f"customer:{customer_id}")
    values = {"zone_wrong": zone is not None, "zones": customers_desk.TIME_ZONES,
              "own_zone": services.calendar.hours.zone.key}
    return render(request, "customer.html", {**found, **values}, status=status)


async def _erasure(request: Request, services: Desk, customer_id: str, *, status: int = 200) -> Response:
    preview = await customers_desk.preview_erasure(services, customer_id)

    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"customer": tx.customers.get(customer_id), **reading.frame(tx)}

    values = {"preview": preview, "unsure": status == 422}
    return render(request, "customer_erase.html", values | await services.store.read(read), status=status)
