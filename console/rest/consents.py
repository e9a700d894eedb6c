"""What customers agreed to, with the proof."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from campaigns.campaigns import Purpose
from console import consent_log
from console.access import Caller, Desk, needs
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from crm_store.store import SqlTransaction
from desk.permissions import Permission

router = APIRouter(route_class=ApiRoute, tags=["consents"])


class ConsentIn(BaseModel):
    """`words`: what the customer said or signed, and where; it is kept as the proof. `purpose` left out: everything
    they did not ask for."""

    purpose: Purpose | None = None
    allowed: bool
    words: Annotated[str, Field(min_length=1, max_length=500)]


class ProofOut(BaseModel):
    """`purpose` "all": every message that was not asked for."""

    id: str
    customer: str
    purpose: str
    allowed: bool
    words: str
    channel: str
    at: Moment


@router.get("/customers/{customer_id}/consents")
async def get_consents(services: Desk, customer_id: str) -> dict[Purpose, bool | None]:
    """What holds now; null: nothing was said (surveys may be sent, marketing may not)."""

    def read(tx: SqlTransaction) -> dict[Purpose, bool | None]:
        tx.customers.get(customer_id)
        return tx.consents.of(customer_id)

    return await services.store.read(read)


@router.post("/customers/{customer_id}/consents", status_code=201)
async def record_consent(
    services: Desk, caller: Caller, customer_id: str, body: ConsentIn
) -> dict[Purpose, bool | None]:
    """A refusal takes effect before the next message leaves."""
    return await consent_log.record(services, caller, customer_id, body.purpose, body.allowed, body.words)


@router.get("/consents")
async def list_log(services: Desk, customer: str = "", cursor: str = "", limit: Limit = 50) -> Page[ProofOut]:
    """The log, newest first."""
    before = int(cursor) if cursor.isdecimal() else 0
    found = await services.store.read(lambda tx: tx.consents.list_log(customer, before, limit + 1))
    items, more = cut(found, limit)
    return Page(
        items=[ProofOut(id=str(item.id), customer=item.customer_id, purpose=item.purpose or "all",
                        allowed=item.allowed, words=item.words, channel=item.channel, at=item.at) for item in items],
        next=str(items[-1].id) if more else None,
    )


@router.get("/consents.csv", response_class=StreamingResponse, dependencies=[needs(Permission.INSPECT)],
            responses={200: {"description": "The file", "content": {"text/csv": {}}}})
async def export_log(services: Desk, caller: Caller) -> StreamingResponse:
    """The whole log as CSV, oldest first."""
    lines: AsyncIterator[str] = consent_log.export(services, caller)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8",
                             headers={"Content-Disposition": 'attachment; filename="consents.csv"'})
