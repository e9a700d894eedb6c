"""Two profiles of one person: found, laid side by side with what they come to together, and merged."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, render, see_other
from console.sightings import note_view
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.customers import Customer, together
from desk.errors import Invalid
from desk.permissions import Permission
from wiring.services import Services

MOVED = ("identities", "conversations", "tickets", "orders", "ratings")
_FOUND = 20
router = APIRouter(
    prefix="/console/customers/{customer_id}/merge", route_class=PageRoute, include_in_schema=False,
    dependencies=[Depends(signed_in), needs(Permission.LEAD)],
)


@dataclass(frozen=True, slots=True)
class Merge:
    """What merging comes to: the profile that stays, the one that ends, both in one, and how many of each thing (as in
    `MOVED`) either brings."""

    stays: Customer
    ends: Customer
    both: Customer
    brought: dict[str, tuple[int, int]]


def preview(tx: SqlTransaction, customer_id: str, other_id: str) -> Merge:
    """Nothing is changed. Raises NotFound, Invalid for one and the same profile."""
    if customer_id == other_id:
        raise Invalid("other", "a profile cannot be merged with itself")
    stays, ends = tx.customers.get(customer_id), tx.customers.get(other_id)
    own, others = tx.dossier.count(customer_id), tx.dossier.count(other_id)
    return Merge(stays, ends, together(stays, ends), {name: (own.get(name, 0), others.get(name, 0)) for name in MOVED})


async def merge(services: Services, agent: Agent, customer_id: str, other_id: str) -> None:
    """Everything of the other profile moves to this one. Raises NotFound, Invalid."""
    now = services.clock.now()

    def join(tx: SqlTransaction) -> None:
        preview(tx, customer_id, other_id)
        tx.merges.merge(customer_id, other_id, agent.id, now)
        tx.audit.record(agent, "customer.merged", f"customer:{customer_id}", now, other=other_id)

    await services.store.transact(join)


@router.get("")
async def show_merge(
    request: Request, services: Desk, staff: Staff, customer_id: str, q: str = "", other: str = ""
) -> Response:
    """Look for the other profile, or, with `other`, see what merging would come to."""
    page = await _page(request, services, customer_id, q.strip()[:100], other)
    for seen in filter(None, (customer_id, other)):
        await note_view(services, staff.agent, f"customer:{seen}")
    return page


@router.post("")
async def merge_profiles(
    request: Request, services: Desk, staff: Staff, customer_id: str, other: Annotated[str, Form()],
    sure: Annotated[str, Form()] = "",
) -> Response:
    if sure != "yes":
        return await _page(request, services, customer_id, "", other, status=422)
    await merge(services, staff.agent, customer_id, other)
    return see_other(request, f"/console/customers/{quote(customer_id, safe='')}?said=merged")


async def _page(
    request: Request, services: Services, customer_id: str, query: str, other: str, *, status: int = 200
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        found = [each for each in tx.customer_search.find(query, _FOUND) if each.id != customer_id] if query else []
        return {"customer": tx.customers.get(customer_id), "found": found,
                "merge": preview(tx, customer_id, other) if other else None, **reading.frame(tx)}

    values = {"query": query, "unsure": status == 422}
    return render(request, "customer_merge.html", values | await services.store.read(read), status=status)
