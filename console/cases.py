"""The pages beside the inbox: tickets, and deliveries that need a decision."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading, service_desk
from console.access import Desk, Staff, signed_in
from console.pages import PageRoute, render, see_other
from console.sightings import note_view
from crm_store.store import SqlTransaction
from desk.errors import Conflict
from desk.tickets import TicketKind, TicketStatus
from wiring.services import Services

PAGE = 50
UNSETTLED = (TicketStatus.OPEN, TicketStatus.IN_PROGRESS)

router = APIRouter(
    prefix="/console", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("/tickets")
async def show_tickets(
    request: Request, services: Desk, kind: str = "", status: str = "unsettled", before: str = ""
) -> Response:
    kinds = [TicketKind(kind)] if kind in set(TicketKind) else []
    statuses = UNSETTLED if status == "unsettled" else [TicketStatus(status)] if status in set(TicketStatus) else []

    def read(tx: SqlTransaction) -> dict[str, object]:
        found = tx.tickets.list_page(kinds, statuses, before, PAGE)
        return {
            "tickets": found, "names": tx.customers.names_of(item.customer_id for item in found),
            "agents": reading.agent_names(tx), **reading.frame(tx),
        }

    found = await services.store.read(read)
    filters = {"kind": kind, "status": status, "kinds": tuple(TicketKind), "statuses": tuple(TicketStatus)}
    return render(request, "tickets.html", {**filters, "page_length": PAGE, **found})


@router.get("/tickets/{ticket_id}")
async def show_ticket(request: Request, services: Desk, staff: Staff, ticket_id: str) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        ticket = tx.tickets.get(ticket_id)
        return {
            "ticket": ticket, "card": reading.card(tx, ticket.customer_id),
            "owner": tx.agents.name_of(ticket.owner_id or ""),
            "has_conversation": tx.conversations.find(ticket.conversation_id) is not None, **reading.frame(tx),
        }

    found = await services.store.read(read)
    await note_view(services, staff.agent, f"ticket:{ticket_id}")
    return render(request, "ticket.html", {"statuses": tuple(TicketStatus), **found})


@router.post("/tickets/{ticket_id}/take")
async def take_ticket(request: Request, services: Desk, staff: Staff, ticket_id: str) -> Response:
    await service_desk.update_ticket(services, ticket_id, status=TicketStatus.IN_PROGRESS, owner_id=staff.agent.id,
                                     keep_owner=False)
    return see_other(request, f"/console/tickets/{ticket_id}")


@router.post("/tickets/{ticket_id}/status")
async def set_ticket_status(
    request: Request, services: Desk, ticket_id: str, status: Annotated[TicketStatus, Form()]
) -> Response:
    await service_desk.update_ticket(services, ticket_id, status=status)
    return see_other(request, f"/console/tickets/{ticket_id}")


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
            "deliveries": tx.outbound.list_troubled(), **reading.frame(tx),
        }

    return render(request, "deliveries.html", {"notice": notice, **await services.store.read(read)}, status=status)
