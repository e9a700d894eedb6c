"""The page beside the inbox: deliveries that need a decision."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading, service_desk
from console.access import Desk, Staff, signed_in
from console.pages import PageRoute, render, see_other
from console.refusals import why_undelivered
from crm_store.store import SqlTransaction
from desk.errors import Conflict
from wiring.services import Services

router = APIRouter(
    prefix="/console", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("/deliveries")
async def show_deliveries(request: Request, services: Desk) -> Response:
    return await _deliveries(request, services)


@router.post("/deliveries/{delivery_id}/send-again")
async def send_again(
    request: Request, services: Desk, staff: Staff, delivery_id: int, conversation: Annotated[str, Form()] = ""
) -> Response:
    try:
        await service_desk.send_again(services, delivery_id, staff.agent)
    except Conflict:
        return await _deliveries(request, services, status=409, notice="conflict.resend")
    return see_other(request, f"/console/conversations/{conversation}" if conversation else "/console/deliveries")


async def _deliveries(request: Request, services: Services, *, status: int = 200, notice: str = "") -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {
            "deliveries": tx.outbound.list_troubled(), "why_undelivered": why_undelivered, **reading.frame(tx),
        }

    return render(request, "deliveries.html", {"notice": notice, **await services.store.read(read)}, status=status)
