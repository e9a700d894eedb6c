"""The stream that keeps open pages true: what changed, as server-sent events.

Events tell the page which part to fetch again: `inbox` (anything), `customer-<mark>` (something of this customer),
`presence-<conversation>` (who looks at it), `alert` (something calls for this very agent), `ticket`, and `signed-out`.
A page asks from the event it was made at, a reconnect from the last it heard.

One follower a process reads the events and hands them to every open stream, so that fifty open pages ask the database
no more often than one. `inbox` goes round the pages by turns: lists that were fetched by all of them at once would keep
the messages waiting.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from console.access import IDLE, LONGEST, Desk, Staff, session_token
from console.live_follower import Follower, Heard
from console.pages import PageRoute
from crm_store.database import DatabaseDown
from crm_store.store import SqlTransaction
from desk.dispatch import assign_waiting
from wiring.services import Services

BEAT = 15.0
"""Seconds between signs of life, at most; each also marks the agent as present, and gives waiting customers to who is
there."""
LOOK = 2.0
"""Seconds between looks whether the session has ended, at most."""

router = APIRouter(prefix="/console", route_class=PageRoute, include_in_schema=False)


@router.get("/events")
async def stream(request: Request, services: Desk, staff: Staff, after: int = 0) -> Response:
    heard = request.headers.get("last-event-id", "")
    first = int(heard) if heard.isdigit() else after
    lines = _Stream(services, request.state.follower, staff.agent.id, session_token(request, services))
    return StreamingResponse(
        lines.run(first), media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class _Stream:
    """One open page."""

    def __init__(self, services: Services, follower: Follower, agent_id: str, token: str) -> None:
        self._services = services
        self._follower = follower
        self._agent_id = agent_id
        self._token = token
        self._clock = asyncio.get_running_loop().time
        self._beat_due = self._look_due = self._inbox_due = 0.0
        self._inbox_waits = False

    async def run(self, after: int) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        with self._follower.listen() as ear:
            try:
                missed = await self._follower.since(after)
            except DatabaseDown:
                missed = []
            newest = after
            pending = missed
            while True:
                fresh = [heard for heard in pending if heard.id > newest or not heard.in_order]
                newest = max((heard.id for heard in fresh), default=newest)
                for name in self._names(fresh):
                    yield f"id: {newest}\nevent: {name}\ndata: \n\n"
                if await self._beat_if_due():
                    yield ": alive\n\n"
                if not await self._is_signed_in():
                    yield "event: signed-out\ndata: \n\n"
                    return
                pending = await ear.next(self._until_due())

    def _names(self, fresh: list[Heard]) -> list[str]:
        """The events to tell now; `inbox` where it is due, else it waits."""
        names = list(dict.fromkeys(
            name for heard in fresh for name in heard.names if heard.agent_id in ("", self._agent_id)
        ))
        if not self._inbox_waits and any(heard.changes_lists for heard in fresh):
            self._inbox_waits = True
            self._inbox_due = self._follower.turns.take(self._clock())
        if self._inbox_waits and self._clock() >= self._inbox_due:
            self._inbox_waits = False
            names.append("inbox")
        return names

    def _until_due(self) -> float:
        due = [self._beat_due, self._look_due, *([self._inbox_due] if self._inbox_waits else [])]
        return max(0.0, min(due) - self._clock())

    async def _beat_if_due(self) -> bool:
        if self._clock() < self._beat_due:
            return False
        self._beat_due = self._clock() + BEAT * _apart()
        try:
            await self._services.store.transact(partial(_mark_present, services=self._services, id=self._agent_id))
        except DatabaseDown:
            return False
        return True

    async def _is_signed_in(self) -> bool:
        if self._clock() < self._look_due:
            return True
        self._look_due = self._clock() + LOOK * _apart()
        now = self._services.clock.now()
        try:
            found = await self._services.store.read(lambda tx: tx.agents.find_session(
                self._token, idle_since=now - IDLE, made_since=now - LONGEST
            ))
        except DatabaseDown:
            return True
        return found is not None


def _apart() -> float:
    """After a start all pages connect at the same moment; what they do now and then must not stay together."""
    return random.uniform(0.7, 1.0)


def _mark_present(tx: SqlTransaction, *, services: Services, id: str) -> None:
    now = services.clock.now()
    tx.agents.seen(id, now)
    assign_waiting(tx, now)
