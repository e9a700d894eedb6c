"""The page of consents: the log with its proof, a customer's standing, and the whole log as a file."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response, StreamingResponse

from campaigns.campaigns import Purpose
from console import consent_log, reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from crm_store.store import SqlTransaction
from desk.errors import Invalid, NotFound
from desk.permissions import Permission
from wiring.services import Services

HERE = "/console/consents"
PAGE = 50
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get("")
async def show_consents(request: Request, services: Desk, customer: str = "", before: int = 0) -> Response:
    return await _page(request, services, customer.strip(), before)


@router.get("/export", dependencies=[needs(Permission.INSPECT)])
async def export_consents(services: Desk, staff: Staff) -> Response:
    name = f"consents-{services.clock.now():%Y-%m-%d}.csv"
    return StreamingResponse(consent_log.export(services, staff.agent), media_type="text/csv; charset=utf-8",
                             headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("")
async def record_consent(
    request: Request, services: Desk, staff: Staff, customer: Annotated[str, Form()] = "",
    purpose: Annotated[str, Form()] = "", allowed: Annotated[str, Form()] = "", words: Annotated[str, Form()] = "",
) -> Response:
    what = Purpose(purpose) if purpose in set(Purpose) else None
    try:
        await consent_log.record(services, staff.agent, customer.strip(), what, allowed == "yes", words)
    except (Invalid, NotFound) as error:
        wrong = "words" if isinstance(error, Invalid) else "customer"
        return await _page(request, services, customer.strip(), 0, status=422, wrong=wrong, words=words)
    return see_other(request, f"{HERE}?customer={customer.strip()}&said=saved")


async def _page(
    request: Request, services: Services, customer: str, before: int, *, status: int = 200, wrong: str = "",
    words: str = "",
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        proofs = tx.consents.list_log(customer, before, PAGE)
        known = bool(tx.campaigns.known_customers([customer])) if customer else False
        return {
            "proofs": proofs, "names": tx.customers.names_of([*(proof.customer_id for proof in proofs), customer]),
            "known": known, "standing": tx.consents.of(customer) if known else {}, "counts": reading.counts(tx),
            "newest_event": tx.events.newest_id(),
        }

    values = {"customer": customer, "wrong": wrong, "words": words, "purposes": tuple(Purpose), "page_length": PAGE}
    return render(request, "consents.html", {**values, **await services.store.read(read)}, status=status)
