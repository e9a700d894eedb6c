"""Storing what webhooks bring: whatever arrives while one commit runs goes together into the next."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from crm_store.store import SqlStore
from desk.inbox import Settling, accept
from desk.messages import InboundMessage
from desk.ports import Clock


class Intake:
    """Accepts messages durably. `accept` returns only after the commit; a failed commit raises for all it held."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._settling = Settling()
        self._waiting: list[tuple[InboundMessage, datetime, asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def accept(self, messages: Sequence[InboundMessage]) -> None:
        """Raises crm_store's DatabaseDown when the messages could not be stored."""
        now = self._clock.now()
        loop = asyncio.get_running_loop()
        stored = [loop.create_future() for _ in messages]
        for message, future in zip(messages, stored, strict=True):
            self._waiting.append((message, self._settling.due(message, now), future))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await asyncio.gather(*stored)

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            now = self._clock.now()
            items = [(message, due) for message, due, _ in batch]
            try:
                await self._store.transact(lambda tx, items=items, now=now: accept(tx, items, now))  # type: ignore[misc]
            except Exception as error:  # everybody of this batch must hear of it
                for _, _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                for _, _, future in batch:
                    if not future.done():
                        future.set_result(None)
