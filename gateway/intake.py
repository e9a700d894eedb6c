"""Storing what webhooks bring: whatever arrives while one commit runs goes together into the next."""

import asyncio
from collections.abc import Sequence

from crm_store.store import SqlStore
from desk.inbox import accept
from desk.messages import InboundMessage
from desk.ports import Clock


class Intake:
    """Accepts messages durably. `accept` returns only after the commit; a failed commit raises for all it held."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[tuple[InboundMessage, asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def accept(self, messages: Sequence[InboundMessage]) -> None:
        """Raises crm_store's DatabaseDown when the messages could not be stored."""
        loop = asyncio.get_running_loop()
        stored = [loop.create_future() for _ in messages]
        self._waiting += zip(messages, stored, strict=True)
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await asyncio.gather(*stored)

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            now = self._clock.now()
            messages = [message for message, _ in batch]
            try:
                await self._store.transact(lambda tx, held=messages, now=now: accept(tx, held, now))  # type: ignore[misc]
            except Exception as error:  # everybody of this batch must hear of it
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                for _, future in batch:
                    if not future.done():
                        future.set_result(None)
