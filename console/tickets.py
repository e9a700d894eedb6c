"""The pages of tickets: the list with its filters, and opening one by hand."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.case_desk import Acting
from console.pages import PageRoute, render, see_other
from console.ticket_reading import category_tree, subtree, ticket_list
from crm_store.store import SqlTransaction
from crm_store.ticket_lists import SORTS, UNSETTLED, TicketFilter
from desk.casework import NewCase
from desk.complaints import Step
from desk.errors import Invalid, NotFound
from desk.permissions import Permission
from desk.tickets import TicketKind, TicketPriority, TicketStatus
from wiring.services import Services

PAGE = 50
router = APIRouter(
    prefix="/console/tickets", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("")
async def show_tickets(
    request: Request, services: Desk, staff: Staff, kind: str = "", status: str = "unsettled", step: str = "",
    priority: str = "", owner: str = "", category: str = "", overdue: str = "", watched: str = "", q: str = "",
    sort: str = "", before: str = "",
) -> Response:
    now = services.clock.now()
    chosen = {"kind": kind, "status": status, "step": step, "priority": priority, "owner": owner,
              "category": category, "overdue": overdue, "watched": watched, "q": q.strip()[:200]}
    if sort in SORTS:
        await services.store.transact(lambda tx: tx.ticket_sorts.keep(staff.agent.id, sort))

    def read(tx: SqlTransaction) -> dict[str, object]:
        order = sort if sort in SORTS else tx.ticket_sorts.of(staff.agent.id)
        wanted = TicketFilter(
            kinds=[TicketKind(kind)] if kind in set(TicketKind) else [],
            statuses=UNSETTLED if status == "unsettled" else [TicketStatus(status)] if status in set(TicketStatus)
            else [],
            steps=[Step(step)] if step in set(Step) else [],
            priorities=[TicketPriority.of(priority)] if priority else [],
            owner=staff.agent.id if owner == "me" else owner, watcher=staff.agent.id if watched else "",
            categories=subtree(tx, category) if category else [], overdue_at=now if overdue else None,
            text=chosen["q"],
        )
        return {"sort": order, **ticket_list(tx, wanted, order, before, PAGE, staff.agent, now)}

    query = urlencode({name: value for name, value in chosen.items() if value})
    lists = {"kinds": tuple(TicketKind), "statuses": tuple(TicketStatus), "steps": tuple(Step), "sorts": tuple(SORTS),
             "priorities": tuple(TicketPriority)}
    values = {"chosen": chosen, "query": query, "is_first": not before, **lists}
    return render(request, "tickets.html", values | await services.store.read(read))


@router.get("/bell")
async def show_bell(request: Request, services: Desk, staff: Staff) -> Response:
    """How many tickets and FAQ articles call for this agent, for the frame of every page."""
    def read(tx: SqlTransaction) -> dict[str, int]:
        return {"notices": tx.ticket_history.count_notices(staff.agent.id),
                "reviews": tx.faq_reviews.count_due(staff.agent.id)}

    return render(request, "_ticket_bell.html", await services.store.read(read))


@router.post("/notices", dependencies=[needs(Permission.OWN)])
async def see_notices(request: Request, services: Desk, staff: Staff) -> Response:
    now = services.clock.now()
    await services.store.transact(lambda tx: tx.ticket_history.see_notices(staff.agent.id, now))
    return see_other(request, "/console/tickets")


@router.get("/new", dependencies=[needs(Permission.SERVE)])
async def show_new(
    request: Request, services: Desk, customer: str = "", conversation: str = "", find: str = ""
) -> Response:
    return await _new(request, services, {"customer": customer, "conversation": conversation}, find=find)


@router.post("/new")
async def open_ticket(
    request: Request, services: Desk, staff: Staff, customer: Annotated[str, Form()],
    kind: Annotated[TicketKind, Form()], key: Annotated[str, Form()], conversation: Annotated[str, Form()] = "",
    subject: Annotated[str, Form()] = "", detail: Annotated[str, Form()] = "", order: Annotated[str, Form()] = "",
    wished_remedy: Annotated[str, Form()] = "", contact: Annotated[str, Form()] = "",
    priority: Annotated[str, Form()] = "normal", tells: Annotated[str, Form()] = "",
) -> Response:
    case = NewCase(kind, customer, conversation, subject.strip(), detail.strip(), order.strip(), wished_remedy.strip(),
                   contact.strip())
    try:
        made = await Acting(services, staff.agent).open(
            case, TicketPriority.of(priority), tells=bool(tells), key=key
        )
    except Invalid as error:
        kept = {"customer": customer, "conversation": conversation, "kind": kind.value, "subject": subject,
                "detail": detail, "order": order, "wished_remedy": wished_remedy, "contact": contact,
                "priority": priority, "tells": tells}
        return await _new(request, services, kept, wrong=error.field, status=422)
    return see_other(request, f"/console/tickets/{made.id}?said=ticket.opened")


async def _new(
    request: Request, services: Services, kept: dict[str, str], *, find: str = "", wrong: str = "", status: int = 200
) -> Response:
    """The form; who the ticket is for comes from the page before, or is found by an order's or ticket's number."""
    empty = {"customer": "", "conversation": "", "kind": "inquiry", "subject": "", "detail": "", "order": "",
             "wished_remedy": "", "contact": "", "priority": "normal", "tells": "1"}

    def read(tx: SqlTransaction) -> dict[str, object]:
        whose = kept["customer"] or _whose(tx, kept["conversation"], find.strip().upper())
        try:
            card = reading.card(tx, whose) if whose else None
        except NotFound:
            card = None
        return {"card": card, "form": empty | kept | {"customer": whose}, "categories": category_tree(tx),
                **reading.frame(tx)}

    lists = {"kinds": tuple(TicketKind), "priorities": tuple(TicketPriority)}
    values = {"find": find, "wrong": wrong, "key": uuid4().hex, **lists}
    return render(request, "ticket_new.html", values | await services.store.read(read), status=status)


def _whose(tx: SqlTransaction, conversation_id: str, number: str) -> str:
    conversation = tx.conversations.find(conversation_id) if conversation_id else None
    if conversation is not None:
        return conversation.customer_id
    if not number:
        return ""
    order, ticket = tx.orders.find(number), tx.tickets.find_by_number(number)
    return order.customer_id if order else ticket.customer_id if ticket else ""
