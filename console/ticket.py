"""The page of one ticket, where staff work it."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.case_desk import Acting
from console.form_files import files_of
from console.pages import PageRoute, render, see_other
from console.remedy_desk import Giving
from console.sightings import note_view
from console.ticket_reading import ticket_view
from crm_store.store import SqlTransaction
from desk.attachments import OFFERED
from desk.compensation import POINTS, Remedy
from desk.complaints import Step
from desk.errors import Conflict, Invalid, Refused
from desk.money import read_money
from desk.permissions import Permission
from desk.tickets import LinkKind, TicketKind, TicketPriority, TicketStatus
from wiring.services import Services

router = APIRouter(
    prefix="/console/tickets/{ticket_id}", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in)],
)
Text = Annotated[str, Form()]


@router.get("")
async def show_ticket(request: Request, services: Desk, staff: Staff, ticket_id: str) -> Response:
    now = services.clock.now()
    page = await _page(request, services, ticket_id)
    await services.store.transact(lambda tx: tx.ticket_history.see_notices(staff.agent.id, now, [ticket_id]))
    await note_view(services, staff.agent, f"ticket:{ticket_id}")
    return page


@router.post("/take")
async def take(request: Request, services: Desk, staff: Staff, ticket_id: str) -> Response:
    return await _do(request, services, ticket_id, "take", Acting(services, staff.agent).take(ticket_id))


@router.post("/properties")
async def change(
    request: Request, services: Desk, staff: Staff, ticket_id: str, owner: Text = "", priority: Text = "normal",
    category: Text = "", due_at: Text = "", cause: Text = "",
) -> Response:
    kept = {"due_at": due_at}
    try:
        changes: dict[str, Any] = {
            "owner_id": owner or None, "priority": TicketPriority.of(priority), "category_id": category or None,
            "due_at": _moment(due_at, services), "cause_id": cause or None,
        }
    except ValueError:
        return await _page(request, services, ticket_id, "properties", "due_at", status=422, **kept)
    doing = Acting(services, staff.agent).change(ticket_id, changes)
    return await _do(request, services, ticket_id, "properties", doing, said="saved", **kept)


@router.post("/facts")
async def change_facts(
    request: Request, services: Desk, staff: Staff, ticket_id: str, subject: Text = "", detail: Text = "",
    order: Text = "", wished_remedy: Text = "", contact: Text = "",
) -> Response:
    changes = {"subject": subject.strip(), "detail": detail.strip(), "order_number": order.strip(),
               "wished_remedy": wished_remedy.strip(), "contact": contact.strip()}
    doing = Acting(services, staff.agent).change(ticket_id, changes)
    return await _do(request, services, ticket_id, "facts", doing, said="saved", subject=subject,
                     detail=detail, order=order, wished_remedy=wished_remedy, contact=contact)


@router.post("/status")
async def set_status(
    request: Request, services: Desk, staff: Staff, ticket_id: str, status: Annotated[TicketStatus, Form()],
    note: Text = "",
) -> Response:
    doing = Acting(services, staff.agent).set_status(ticket_id, status, note)
    return await _do(request, services, ticket_id, "move", doing, said="ticket.moved", note=note)


@router.post("/step")
async def move_on(
    request: Request, services: Desk, staff: Staff, ticket_id: str, to: Annotated[Step, Form()], note: Text = ""
) -> Response:
    doing = Acting(services, staff.agent).advance(ticket_id, to, note)
    return await _do(request, services, ticket_id, "move", doing, said="ticket.moved", note=note)


@router.post("/write")
async def write(
    request: Request, services: Desk, staff: Staff, ticket_id: str, to: Text = "staff", text: Text = ""
) -> Response:
    """A comment among staff, with files if there are any, or a message to the customer."""
    said = "ticket.sent" if to == "customer" else "ticket.noted"
    doing = _write(Acting(services, staff.agent), ticket_id, await request.form())
    return await _do(request, services, ticket_id, "write", doing, said=said, text=text, to=to)


async def _write(acting: Acting, ticket_id: str, form: FormData) -> bool:
    text, key, files = str(form.get("text", "")), str(form.get("key", "")), await files_of(form)
    if form.get("to") != "customer":
        return await acting.comment(ticket_id, text, key, files)
    if files:
        raise Invalid("file.note", "files go with a note; send them to the customer in the conversation")
    return await acting.write(ticket_id, text, key)


@router.post("/watch")
async def watch(
    request: Request, services: Desk, staff: Staff, ticket_id: str, agent: Text = "", on: Text = ""
) -> Response:
    doing = Acting(services, staff.agent).watch(ticket_id, agent or staff.agent.id, on=bool(on))
    return await _do(request, services, ticket_id, "watch", doing)


@router.post("/link")
async def link(
    request: Request, services: Desk, staff: Staff, ticket_id: str, kind: Annotated[LinkKind, Form()],
    target: Text = "", on: Text = "",
) -> Response:
    doing = Acting(services, staff.agent).link(ticket_id, kind, target, on=bool(on))
    return await _do(request, services, ticket_id, "link", doing, target=target)


@router.post("/merge")
async def merge(request: Request, services: Desk, staff: Staff, ticket_id: str, into: Text = "") -> Response:
    try:
        goes_on = await Acting(services, staff.agent).merge(ticket_id, into)
    except (Conflict, Invalid) as error:
        return await _refuse(request, services, ticket_id, "merge", error, into=into)
    return see_other(request, f"/console/tickets/{goes_on.id}?said=ticket.merged")


@router.post("/split")
async def split(
    request: Request, services: Desk, staff: Staff, ticket_id: str, kind: Annotated[TicketKind, Form()],
    subject: Text = "", detail: Text = "",
) -> Response:
    try:
        made = await Acting(services, staff.agent).split(ticket_id, subject, detail, kind)
    except (Conflict, Invalid) as error:
        return await _refuse(request, services, ticket_id, "split", error, split_subject=subject,
                             split_detail=detail)
    return see_other(request, f"/console/tickets/{made.id}?said=ticket.split")


@router.post("/compensations")
async def propose(
    request: Request, services: Desk, staff: Staff, ticket_id: str, remedy: Annotated[Remedy, Form()],
    amount: Text = "", currency: Text = "", note: Text = "", key: Text = "",
) -> Response:
    kept = {"remedy": remedy.value, "amount": amount, "currency": currency, "note": note}
    unit = POINTS if remedy is Remedy.POINTS else currency.strip().upper()
    try:
        worth = 0 if remedy is Remedy.APOLOGY else read_money(amount, "JPY" if unit == POINTS else unit)
    except ValueError:
        return await _page(request, services, ticket_id, "compensation", "amount", status=422, **kept)
    doing = Giving(services, staff.agent).propose(ticket_id, remedy, worth, unit, note, key)
    return await _do(request, services, ticket_id, "compensation", doing, said="saved", **kept)


@router.post("/compensations/{compensation_id}/refuse", dependencies=[needs(Permission.LEAD)])
async def refuse(
    request: Request, services: Desk, staff: Staff, ticket_id: str, compensation_id: str, reason: Text = ""
) -> Response:
    doing = Giving(services, staff.agent).refuse(compensation_id, reason)
    return await _do(request, services, ticket_id, "compensation", doing, said="saved")


@router.post("/compensations/{compensation_id}/{verb}")
async def decide(
    request: Request, services: Desk, staff: Staff, ticket_id: str, compensation_id: str,
    verb: Literal["approve", "withdraw", "carry-out"],
) -> Response:
    giving = Giving(services, staff.agent)
    flow = {"approve": giving.approve, "withdraw": giving.withdraw, "carry-out": giving.carry_out}[verb]
    return await _do(request, services, ticket_id, "compensation", flow(compensation_id), said="saved")


async def _do(
    request: Request, services: Services, ticket_id: str, form: str, doing: Awaitable[object], *,
    said: str = "", **kept: str,
) -> Response:
    """Do it and show the ticket again; what is refused is said at its form, and what was written stays there."""
    try:
        await doing
    except (Conflict, Invalid) as error:
        return await _refuse(request, services, ticket_id, form, error, **kept)
    return see_other(request, f"/console/tickets/{ticket_id}" + (f"?said={said}" if said else ""))


async def _refuse(
    request: Request, services: Services, ticket_id: str, form: str, error: Conflict | Invalid,
    **kept: str,
) -> Response:
    why = error.name if isinstance(error, Refused) else error.field if isinstance(error, Invalid) else "conflict"
    status = 422 if isinstance(error, Invalid) else 409
    return await _page(request, services, ticket_id, form, why, status=status, **kept)


async def _page(
    request: Request, services: Services, ticket_id: str, form: str = "", why: str = "", *,
    status: int = 200, **kept: str,
) -> Response:
    """`form` is the form whose input was refused, `why` the reason (a word of the texts), `kept` what was written."""

    now = services.clock.now()

    def read(tx: SqlTransaction) -> dict[str, object]:
        view = ticket_view(tx, ticket_id, now)
        card = reading.card(tx, view.ticket.customer_id)
        return {"view": view, "clocks": view.clocks, "card": card, **reading.frame(tx)}

    values = {
        "key": uuid4().hex, "wrong": (form, why), "kept": kept, "zone": services.calendar.hours.zone,
        "priorities": tuple(TicketPriority), "remedies": tuple(Remedy), "kinds": tuple(TicketKind),
        "offered": OFFERED,
    }
    return render(request, "ticket.html", values | await services.store.read(read), status=status)


def _moment(written: str, services: Services) -> datetime | None:
    """A date and time as a browser sends it, in the business's time zone. Raises ValueError."""
    if not written:
        return None
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=services.calendar.hours.zone)
