"""The buttons of a conversation: each does one thing, and shows the conversation again as it is then."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from starlette.responses import Response

from console import service_desk
from console.access import Desk, Staff, needs, signed_in
from console.composing import Written
from console.conversation_page import composer, conversation_values
from console.inbox import Looking, page
from console.pages import PageRoute, is_htmx, render, see_other, words_for
from console.refusals import Refusal, of_invalid
from crm_store.agents import Session
from crm_store.inbox_lists import InboxView
from crm_store.store import SqlTransaction
from desk.conversations import Conversation, Holder
from desk.errors import Conflict, Invalid
from desk.permissions import Permission
from wiring.services import Services

REPLIED = {"HX-Trigger": "reply-sent"}
"""Tells the page's script that what was written is said."""

router = APIRouter(
    prefix="/console/conversations/{conversation_id}", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in)],
)


@router.post("/claim")
async def claim(request: Request, services: Desk, staff: Staff, conversation_id: str) -> Response:
    try:
        await service_desk.claim(services, conversation_id, staff.agent)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id)
    return await _pane(request, services, staff, conversation_id)


@router.post("/reply")
async def reply(request: Request, services: Desk, staff: Staff, conversation_id: str) -> Response:
    """A reply, or (`kind` is "note") a private note."""
    form = await request.form()
    kind = "note" if form.get("kind") == "note" else "reply"
    kept = {"text": str(form.get("text", "")), "kind": kind, "choices": str(form.get("choices", ""))}
    try:
        if kind == "note":
            await service_desk.note(services, conversation_id, staff.agent, kept["text"], str(form.get("key", "")))
        else:
            await service_desk.reply(services, conversation_id, staff.agent, await Written.of(form))
    except Conflict:
        return await _refuse(request, services, staff, conversation_id, **kept)
    except Invalid as error:
        return await _pane(request, services, staff, conversation_id, refusal=of_invalid(error), **kept)
    response = await _pane(request, services, staff, conversation_id, kind=kind)
    response.headers.update(REPLIED)
    return response


@router.post("/release")
async def release(
    request: Request, services: Desk, staff: Staff, conversation_id: str, later: BackgroundTasks
) -> Response:
    try:
        released = await service_desk.release(services, conversation_id, staff.agent)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id)
    later.add_task(service_desk.tell_bot, services, released)
    return await _pane(request, services, staff, conversation_id)


@router.post("/close")
async def close(request: Request, services: Desk, staff: Staff, conversation_id: str) -> Response:
    try:
        await service_desk.close(services, conversation_id, staff.agent)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id)
    return await _pane(request, services, staff, conversation_id)


@router.post("/transfer")
async def transfer(
    request: Request, services: Desk, staff: Staff, conversation_id: str, to: Annotated[str, Form()] = ""
) -> Response:
    """`to` is "agent:<id>" or "team:<id>"."""
    kind, _, target = to.partition(":")
    try:
        if kind == "team":
            await service_desk.transfer_to_team(services, conversation_id, staff.agent, target)
        else:
            await service_desk.transfer(services, conversation_id, staff.agent, target)
    except Conflict:
        return await _refuse(request, services, staff, conversation_id)
    return await _pane(request, services, staff, conversation_id)


@router.post("/labels")
async def add_label(
    request: Request, services: Desk, staff: Staff, conversation_id: str, name: Annotated[str, Form()] = ""
) -> Response:
    try:
        await service_desk.add_label(services, conversation_id, name)
    except Invalid as error:
        return await _pane(request, services, staff, conversation_id, refusal=of_invalid(error))
    return await _pane(request, services, staff, conversation_id)


@router.post("/labels/{label_id}/remove")
async def remove_label(
    request: Request, services: Desk, staff: Staff, conversation_id: str, label_id: str
) -> Response:
    await service_desk.remove_label(services, conversation_id, label_id)
    return await _pane(request, services, staff, conversation_id)


@router.post("/draft", dependencies=[needs(Permission.SERVE)])
async def keep_draft(
    services: Desk, staff: Staff, conversation_id: str, text: Annotated[str, Form(max_length=20_000)] = "",
    key: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    await service_desk.keep_draft(services, conversation_id, staff.agent, text, key)
    return Response(status_code=204)


@router.post("/looking", dependencies=[needs(Permission.SERVE)])
async def look(
    services: Desk, staff: Staff, conversation_id: str, typing: Annotated[bool, Form()] = False,
    leaving: Annotated[bool, Form()] = False,
) -> Response:
    await service_desk.look(services, conversation_id, staff.agent, typing=typing, leaving=leaving)
    return Response(status_code=204)


async def _pane(
    request: Request, services: Services, staff: Session, conversation_id: str, *, kind: str = "reply",
    text: str | None = None, choices: str = "", refusal: Refusal | None = None,
) -> Response:
    """The conversation after a button: only its part of the page for a script, else back to the page."""
    status = refusal.status if refusal else 200
    if not is_htmx(request) and refusal is None:
        return see_other(request, f"/console/conversations/{conversation_id}?view=mine")
    if not is_htmx(request):
        return await page(request, services, staff, Looking(InboxView.ALL), conversation_id, status=status, kind=kind,
                          text=text, choices=choices, refusal=refusal)
    now, words = services.clock.now(), words_for(request)
    found = await services.store.read(lambda tx: conversation_values(tx, conversation_id, staff.agent, words, now))
    shown = composer(str(found["draft"]), kind=kind, text=text, choices=choices, refusal=refusal)
    return render(request, "_conversation.html", found | shown, status=status)


async def _refuse(
    request: Request, services: Services, staff: Session, conversation_id: str, *, text: str | None = None,
    kind: str = "reply", choices: str = "",
) -> Response:
    """Somebody was first: say who, and keep what was written."""

    def read(tx: SqlTransaction) -> tuple[Conversation | None, str]:
        found = tx.conversations.find(conversation_id)
        return found, tx.agents.name_of(found.agent_id or "") if found else ""

    found, name = await services.store.read(read)
    holder = found.holder if found else Holder.NOBODY
    key = {Holder.AGENT: "conflict.taken", Holder.NOBODY: "conflict.closed"}.get(holder, "conflict.unclaimed")
    return await _pane(request, services, staff, conversation_id, kind=kind, text=text, choices=choices,
                       refusal=Refusal(409, key, {"name": name}))
