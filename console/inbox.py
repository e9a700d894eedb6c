"""The inbox: who waits, what was said, and the buttons of a conversation."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from starlette.responses import Response

from console import reading, service_desk
from console.access import Desk, Staff, signed_in
from console.pages import PageRoute, is_htmx, render, see_other
from console.sightings import note_view
from crm_store.agents import Session
from crm_store.inbox_lists import InboxView
from crm_store.store import SqlTransaction
from desk.conversations import Conversation, Holder
from desk.errors import Conflict, Invalid
from wiring.services import Services

VIEWS = (InboxView.WAITING, InboxView.MINE, InboxView.ALL, InboxView.CLOSED)
REPLIED = {"HX-Trigger": "reply-sent"}
"""Tells the page's script that the draft was sent."""

router = APIRouter(
    prefix="/console", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("/inbox")
async def show_inbox(
    request: Request, services: Desk, staff: Staff, view: InboxView = InboxView.WAITING
) -> Response:
    return await _page(request, services, staff, view, None)


@router.get("/inbox/list")
async def show_list(
    request: Request, services: Desk, staff: Staff, view: InboxView = InboxView.WAITING, open: str = ""
) -> Response:
    items = await services.store.read(lambda tx: reading.inbox(tx, view, staff.agent))
    return render(request, "_list_items.html", {"items": items, "view": view, "open_id": open})


@router.get("/bell")
async def show_bell(request: Request, services: Desk) -> Response:
    return render(request, "_bell.html", {"counts": await services.store.read(reading.counts)})


@router.get("/conversations/{conversation_id}")
async def show_conversation(
    request: Request, services: Desk, staff: Staff, conversation_id: str, view: InboxView = InboxView.ALL
) -> Response:
    page = await _page(request, services, staff, view, conversation_id)
    await note_view(services, staff.agent, f"conversation:{conversation_id}")
    return page


@router.get("/conversations/{conversation_id}/live")
async def show_live(request: Request, services: Desk, conversation_id: str) -> Response:
    """What changes while the page is open: who holds it, and what was said."""
    now = services.clock.now()
    shown = await services.store.read(lambda tx: reading.conversation(tx, conversation_id, now))
    return render(request, "_live.html", {"shown": shown})


@router.get("/customers/{customer_id}")
async def show_customer(request: Request, services: Desk, staff: Staff, customer_id: str) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {
            "card": reading.card(tx, customer_id), "conversations": tx.conversations.list_of_customer(customer_id),
            **reading.frame(tx),
        }

    found = await services.store.read(read)
    await note_view(services, staff.agent, f"customer:{customer_id}")
    return render(request, "customer.html", found)


@router.get("/customers/{customer_id}/card")
async def show_card(request: Request, services: Desk, customer_id: str) -> Response:
    card = await services.store.read(lambda tx: reading.card(tx, customer_id))
    return render(request, "_card.html", {"card": card})


@router.post("/conversations/{conversation_id}/claim")
async def claim(request: Request, services: Desk, staff: Staff, conversation_id: str) -> Response:
    try:
        await service_desk.claim(services, conversation_id, staff.agent)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id)
    return await _pane(request, services, staff, conversation_id)


@router.post("/conversations/{conversation_id}/reply")
async def reply(
    request: Request, services: Desk, staff: Staff, conversation_id: str, text: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
) -> Response:
    try:
        await service_desk.reply(services, conversation_id, staff.agent, text, key)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id, text=text)
    except Invalid as error:
        name = "invalid.key" if error.field == "key" else "invalid.long" if text.strip() else "invalid.empty"
        return await _pane(request, services, staff, conversation_id, status=422, text=text, notice=name)
    response = await _pane(request, services, staff, conversation_id)
    response.headers.update(REPLIED)
    return response


@router.post("/conversations/{conversation_id}/release")
async def release(
    request: Request, services: Desk, staff: Staff, conversation_id: str, later: BackgroundTasks
) -> Response:
    try:
        released = await service_desk.release(services, conversation_id, staff.agent)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id)
    later.add_task(service_desk.tell_bot, services, released)
    return await _pane(request, services, staff, conversation_id)


@router.post("/conversations/{conversation_id}/close")
async def close(request: Request, services: Desk, staff: Staff, conversation_id: str) -> Response:
    try:
        await service_desk.close(services, conversation_id, staff.agent)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id)
    return await _pane(request, services, staff, conversation_id)


async def _page(
    request: Request, services: Services, staff: Session, view: InboxView, conversation_id: str | None, *,
    status: int = 200, text: str = "", notice: str = "", holder_name: str = "",
) -> Response:
    now = services.clock.now()

    def read(tx: SqlTransaction) -> dict[str, object]:
        shown = reading.conversation(tx, conversation_id, now) if conversation_id else None
        return {
            "items": reading.inbox(tx, view, staff.agent), "shown": shown,
            "card": reading.card(tx, shown.conversation.customer_id) if shown else None, **reading.frame(tx),
        }

    found = await services.store.read(read)
    values = {"view": view, "views": VIEWS, "open_id": conversation_id or "", **found}
    return render(request, "inbox.html", values | _composer(text, notice, holder_name), status=status)


async def _pane(
    request: Request, services: Services, staff: Session, conversation_id: str, *, status: int = 200, text: str = "",
    notice: str = "", holder_name: str = "",
) -> Response:
    """The conversation after a button: only its part of the page for a script, else back to the page."""
    if not is_htmx(request):
        if status == 200:
            return see_other(request, f"/console/conversations/{conversation_id}?view=mine")
        return await _page(request, services, staff, InboxView.ALL, conversation_id, status=status, text=text,
                           notice=notice, holder_name=holder_name)
    now = services.clock.now()
    shown = await services.store.read(lambda tx: reading.conversation(tx, conversation_id, now))
    return render(request, "_conversation.html", {"shown": shown} | _composer(text, notice, holder_name), status=status)


def _composer(text: str, notice: str, holder_name: str) -> dict[str, object]:
    """What the reply form shows; each form has a key of its own, so that sending it twice says it once."""
    return {"text": text, "notice": notice, "holder_name": holder_name, "key": uuid4().hex}


async def _refuse(
    request: Request, services: Services, staff: Session, conversation_id: str, *, text: str = ""
) -> Response:
    """Somebody was first: say who, and keep what was written."""

    def read(tx: SqlTransaction) -> tuple[Conversation | None, str]:
        found = tx.conversations.find(conversation_id)
        return found, tx.agents.name_of(found.agent_id or "") if found else ""

    found, name = await services.store.read(read)
    holder = found.holder if found else Holder.NOBODY
    notice = {Holder.AGENT: "conflict.taken", Holder.NOBODY: "conflict.closed"}.get(holder, "conflict.unclaimed")
    return await _pane(request, services, staff, conversation_id, status=409, text=text, notice=notice,
                       holder_name=name)
