"""The stream that keeps open pages true: what changed, as server-sent events.

Events tell the page which part to fetch again: `inbox` (anything), `customer-<mark>` (something of this customer),
`ticket`, and `signed-out`. A page asks from the event it was made at, a reconnect from the last it heard.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from console.access import IDLE, LONGEST, Desk, Staff, session_token
from console.pages import PageRoute
from console.reading import customer_mark
from crm_store.database import DatabaseDown
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from wiring.services import Services

BEAT = 15.0
"""Seconds between signs of life; each also marks the agent as present."""
POLL = 1.0

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/events")
async def stream(request: Request, services: Desk, staff: Staff, after: int = 0) -> Response:
    heard = request.headers.get("last-event-id", "")
    first = int(heard) if heard.isdigit() else after
    lines = _follow(services, staff.agent.id, session_token(request, services), first)
    return StreamingResponse(
        lines, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


@dataclass(frozen=True, slots=True)
class _News:
    """What happened since the last look; `is_signed_in` is false once the session was ended."""

    newest: int
    names: tuple[str, ...]
    is_signed_in: bool


async def _follow(services: Services, agent_id: str, token: str, after: int) -> AsyncIterator[str]:
    clock = services.clock
    last_beat: datetime | None = None
    yield "retry: 1000\n\n"
    while True:
        mark = services.signals.mark(Topic.EVENT)
        now = clock.now()
        try:
            if last_beat is None or (now - last_beat).total_seconds() >= BEAT:
                last_beat = now
                await services.store.transact(partial(_mark_present, agent_id=agent_id, now=now))
                yield ": alive\n\n"
            news = await services.store.read(partial(_look, token=token, after=after, now=now))
        except DatabaseDown:
            news = _News(after, (), True)
        if not news.is_signed_in:
            yield "event: signed-out\ndata: \n\n"
            return
        after = news.newest
        for name in news.names:
            yield f"id: {after}\nevent: {name}\ndata: \n\n"
        await services.signals.wait(Topic.EVENT, mark, POLL)


def _mark_present(tx: SqlTransaction, *, agent_id: str, now: datetime) -> None:
    tx.agents.seen(agent_id, now)


def _look(tx: SqlTransaction, *, token: str, after: int, now: datetime) -> _News:
    if tx.agents.find_session(token, idle_since=now - IDLE, made_since=now - LONGEST) is None:
        return _News(after, (), False)
    events = tx.events.list_after(after)
    if not events:
        return _News(after, (), True)
    customers = {
        found.customer_id
        for event in events
        if event.conversation_id and (found := tx.conversations.find(event.conversation_id))
    }
    names = [f"customer-{customer_mark(customer)}" for customer in sorted(customers)]
    if any(event.ticket_id for event in events):
        names.append("ticket")
    return _News(events[-1].id, (*names, "inbox"), True)
