"""Inbox filters that an agent saves under a name, to come back to by one click."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console.access import Desk, Staff, needs, signed_in
from console.inbox import Look, Looking, page
from console.pages import PageRoute, see_other
from crm_store.saved_filters import SavedFilter
from desk.errors import Invalid
from desk.permissions import Permission

router = APIRouter(prefix="/console/inbox/filters", route_class=PageRoute, include_in_schema=False,
                   dependencies=[Depends(signed_in), needs(Permission.OWN)])


@router.post("")
async def save_filter(
    request: Request, services: Desk, staff: Staff, looking: Look, name: Annotated[str, Form()] = ""
) -> Response:
    """Save the list that the address tells; one by the same name is replaced."""
    now, wanted = services.clock.now(), _saved(looking, name)
    try:
        await services.store.transact(lambda tx: tx.saved_filters.put(staff.agent.id, wanted, now))
    except Invalid as error:
        return await page(request, services, staff, looking, "", status=422, problem=f"saved.{error.field}")
    return see_other(request, f"/console/inbox?{looking.address()}&said=filter_saved")


@router.post("/remove")
async def remove_filter(
    request: Request, services: Desk, staff: Staff, looking: Look, filter: Annotated[str, Form()]
) -> Response:
    await services.store.transact(lambda tx: tx.saved_filters.remove(staff.agent.id, filter))
    return see_other(request, f"/console/inbox?{looking.address()}&said=filter_removed")


def _saved(looking: Looking, name: str) -> SavedFilter:
    return SavedFilter("", name, looking.view, looking.channel, looking.label, looking.team, looking.topic, looking.q)
