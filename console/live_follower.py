"""Reading what changed once for all open streams of a process."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from console.reading import customer_mark
from crm_store.database import DatabaseDown
from crm_store.events import Event
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from wiring.services import Services

POLL = 1.0
TURN = 0.08
"""Seconds from one open page's fetching its lists to the next one's."""
TURNS_AT_ONCE = 4
"""So many pages may fetch their lists together after a pause: a small desk never waits."""
LATE = 200
"""On PostgreSQL an event may be committed after others with higher numbers, but not after this many."""
_CACHED = 5000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as the streams tell it. `agent_id`: only this agent hears of it ("": everybody). `in_order` is false
    for one that was committed after later ones."""

    id: int
    names: tuple[str, ...]
    changes_lists: bool
    agent_id: str = ""
    in_order: bool = True


class Turns:
    """When each open page fetches its lists: one after another, not all at the moment something changed. Fifty pages
    that fetched together would keep the server busy for most of a second, and the next message waiting as long."""

    def __init__(self) -> None:
        self._next = float("-inf")

    def take(self, now: float) -> float:
        """The moment of the turn after all that were taken; `now` where few of them are still to come."""
        turn = max(self._next, now - (TURNS_AT_ONCE - 1) * TURN)
        self._next = turn + TURN
        return max(now, turn)


class Ear:
    """What one stream has still to tell."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Heard] = asyncio.Queue()

    def put(self, heard: Heard) -> None:
        self._queue.put_nowait(heard)

    async def next(self, patience: float) -> list[Heard]:
        """What was heard, waiting for the first of it at most this many seconds."""
        found: list[Heard] = []
        if self._queue.empty():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    found.append(await self._queue.get())
        while not self._queue.empty():
            found.append(self._queue.get_nowait())
        return found


class Follower:
    """Reads events as they are committed, as long as anybody listens."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ears: set[Ear] = set()
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._customers: dict[str, str] = {}
        self.turns = Turns()

    @contextlib.contextmanager
    def listen(self) -> Iterator[Ear]:
        ear = Ear()
        self._ears.add(ear)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        try:
            yield ear
        finally:
            self._ears.discard(ear)
            if not self._ears and self._task is not None:
                self._task.cancel()
                self._task = None
                self._started.clear()

    async def since(self, after: int) -> list[Heard]:
        """What was committed after this event and before this follower began to listen, and perhaps a little more."""
        await self._started.wait()
        return await self._services.store.read(lambda tx: self._read(tx, tx.events.list_after(after)))

    async def _follow(self) -> None:
        signals = self._services.signals
        newest: int | None = None
        told: set[int] = set()
        while True:
            mark = signals.mark(Topic.EVENT)
            try:
                if newest is None:
                    newest = await self._services.store.read(lambda tx: tx.events.newest_id())
                    told = set(range(newest - LATE, newest + 1))
                    self._started.set()
                for heard in await self._fresh(newest, told):
                    newest = max(newest, heard.id)
                    for ear in self._ears:
                        ear.put(heard)
                told = {number for number in told if number > newest - 2 * LATE}
            except DatabaseDown as error:
                _log.warning("events_not_read", error=str(error))
            await signals.wait(Topic.EVENT, mark, POLL)

    async def _fresh(self, newest: int, told: set[int]) -> list[Heard]:
        def look(tx: SqlTransaction) -> list[Heard]:
            events = [one for one in tx.events.list_after(newest - LATE, 2 * LATE + 200) if one.id not in told]
            told.update(one.id for one in events)
            return self._read(tx, events, newest)

        return await self._services.store.read(look)

    def _read(self, tx: SqlTransaction, events: list[Event], newest: int = 0) -> list[Heard]:
        return [self._heard(tx, event, newest) for event in events]

    def _heard(self, tx: SqlTransaction, event: Event, newest: int) -> Heard:
        in_order = event.id > newest
        if event.kind == "presence":
            return Heard(event.id, (f"presence-{event.conversation_id}",), False, in_order=in_order)
        if event.kind.startswith("alert:"):
            return Heard(event.id, ("alert",), True, event.kind.removeprefix("alert:"), in_order)
        names = [f"customer-{mark}"] if (mark := self._mark(tx, event.conversation_id)) else []
        if event.ticket_id:
            names.append("ticket")
        return Heard(event.id, tuple(names), True, in_order=in_order)

    def _mark(self, tx: SqlTransaction, conversation_id: str | None) -> str:
        if conversation_id is None:
            return ""
        if conversation_id not in self._customers:
            found = tx.conversations.find(conversation_id)
            if len(self._customers) >= _CACHED:
                self._customers.clear()
            self._customers[conversation_id] = customer_mark(found.customer_id) if found else ""
        return self._customers[conversation_id]
