"""The wallboard: how things stand right now, kept true by a stream that carries the board itself.

The stream marks nobody as present: a screen on the wall serves no customer.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from console import reading
from console.access import IDLE, LONGEST, Desk, Staff, session_token, signed_in
from console.figures import duration
from console.pages import PageRoute, render, words_for
from crm_store.database import DatabaseDown
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from insights import periods
from insights.periods import Preset
from insights.wallboard import Board
from wiring.services import Services

AT_MOST_EVERY = 1.0
"""Seconds between two boards, however much happens."""
AT_LEAST_EVERY = 5.0
"""Seconds: waiting times grow without anything happening."""

router = APIRouter(
    prefix="/console/wallboard", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


@router.get("")
async def show_wallboard(request: Request, services: Desk) -> Response:
    def read(tx: SqlTransaction) -> tuple[Board, reading.Counts]:
        return _board(tx, services), reading.counts(tx)

    board, counts = await services.store.read(read)
    return render(request, "wallboard.html", {"counts": counts, **_values(request, services, board)})


@router.get("/events")
async def stream_board(request: Request, services: Desk, _staff: Staff) -> Response:
    return StreamingResponse(
        _follow(request, services), media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _follow(request: Request, services: Services) -> AsyncIterator[str]:
    token = session_token(request, services)
    yield "retry: 1000\n\n"
    while True:
        mark, now = services.signals.mark(Topic.EVENT), services.clock.now()

        def look(tx: SqlTransaction) -> Board | None:
            session = tx.agents.find_session(token, idle_since=now - IDLE, made_since=now - LONGEST)  # noqa: B023
            return _board(tx, services) if session else None

        try:
            board = await services.store.read(look)
            if board is None:
                yield "event: signed-out\ndata: \n\n"
                return
            page = render(request, "_board.html", _values(request, services, board)).body
            lines = bytes(page).decode().splitlines()
            yield "event: board\n" + "".join(f"data: {line}\n" for line in lines) + "\n"
        except DatabaseDown:
            yield ": the database is away\n\n"
        await asyncio.sleep(AT_MOST_EVERY)
        await services.signals.wait(Topic.EVENT, mark, AT_LEAST_EVERY - AT_MOST_EVERY)


def _board(tx: SqlTransaction, services: Services) -> Board:
    now = services.clock.now()
    today = periods.named(Preset.TODAY, now, services.calendar.hours.zone)
    return tx.wallboard.board(now, today.start, tx.staffing.rules())


def _values(request: Request, services: Services, board: Board) -> dict[str, object]:
    now, patience = services.clock.now(), services.rules.unclaimed_after
    longest = board.longest_wait(now)
    return {
        "board": board, "longest": duration(longest.total_seconds(), words_for(request)), "now": now,
        "is_late": longest >= patience, "patience": patience // timedelta(minutes=1),
    }
