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
        self._waiting: list[tuple[Sequence[InboundMessage], asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def accept(self, messages: Sequence[InboundMessage]) -> None:
        """Raises crm_store's DatabaseDown when the messages could not be stored."""
        if not messages:
            return
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((messages, stored))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await stored

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            now = self._clock.now()
            messages = [message for delivery, _ in batch for message in delivery]
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
