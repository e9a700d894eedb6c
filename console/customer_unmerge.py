"""A merge of two profiles that was a mistake: seen, what undoing it comes to, and undone by an administrator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.customer_merge import MOVED
from console.pages import PageRoute, render, see_other
from console.sightings import note_view
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.customer_merges import Apart, Merge, Obstacle
from desk.errors import NotFound, Refused
from desk.permissions import Permission
from wiring.services import Services

router = APIRouter(
    prefix="/console/customers/{customer_id}/merge/undo", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.ADMINISTER)],
)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a merge comes to: both profiles, how many of each thing (as in `MOVED`) the ended one takes along,
    and why it cannot be, if it cannot."""

    merge: Merge
    by: str
    apart: Apart
    takes: dict[str, int]
    obstacle: Obstacle | None


def preview(tx: SqlTransaction, customer_id: str, now: datetime) -> Undoing:
    """Nothing is changed. Raises NotFound when there is no merge to undo."""
    merge = tx.merges.find(customer_id, now)
    if merge is None:
        raise NotFound("no merge of this profile can be undone")
    apart, counts = tx.merges.preview(merge)
    return Undoing(merge, tx.agents.name_of(merge.by), apart, {name: counts[name] for name in MOVED},
                   tx.merges.obstacle(merge))


async def undo(services: Services, agent: Agent, customer_id: str) -> str:
    """Both profiles are there again; returns the id of the one that returns. Raises NotFound, Refused."""
    now = services.clock.now()

    def part(tx: SqlTransaction) -> str:
        ended = tx.merges.undo(customer_id, now).ended.id
        tx.audit.record(agent, "customer.unmerged", f"customer:{customer_id}", now, other=ended)
        return ended

    return await services.store.transact(part)


@router.get("")
async def show_undoing(request: Request, services: Desk, staff: Staff, customer_id: str) -> Response:
    page = await _page(request, services, customer_id)
    await note_view(services, staff.agent, f"customer:{customer_id}")
    return page


@router.post("")
async def undo_merge(
    request: Request, services: Desk, staff: Staff, customer_id: str, sure: Annotated[str, Form()] = ""
) -> Response:
    if sure != "yes":
        return await _page(request, services, customer_id, status=422, unsure=True)
    try:
        await undo(services, staff.agent, customer_id)
    except Refused:
        return await _page(request, services, customer_id, status=409)
    return see_other(request, f"/console/customers/{quote(customer_id, safe='')}?said=unmerged")


async def _page(
    request: Request, services: Services, customer_id: str, *, status: int = 200, unsure: bool = False
) -> Response:
    now = services.clock.now()

    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"undoing": preview(tx, customer_id, now), **reading.frame(tx)}

    values = {"customer_id": customer_id, "unsure": unsure}
    return render(request, "customer_unmerge.html", values | await services.store.read(read), status=status)
