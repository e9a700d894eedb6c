"""Storing what webhooks bring: whatever arrives while one commit runs goes together into the next."""

from collections.abc import Sequence

from crm_store.store import SqlStore
from desk.inbox import accept
from desk.messages import InboundMessage
from desk.ports import Clock
from gateway.gathering import Gathering

MOST = 200
"""Deliveries in one transaction: one statement stores them all."""


class Intake:
    """Accepts messages durably. `accept` returns only after the commit."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._deliveries: Gathering[Sequence[InboundMessage], None] = Gathering(self._keep, gap=0, most=MOST)

    async def accept(self, messages: Sequence[InboundMessage]) -> None:
        """Raises crm_store's DatabaseDown when the messages could not be stored."""
        if messages:
            await self._deliveries.add(messages)

    async def _keep(self, deliveries: Sequence[Sequence[InboundMessage]]) -> list[None]:
        now = self._clock.now()
        messages = [message for delivery in deliveries for message in delivery]
        await self._store.transact(lambda tx: accept(tx, messages, now), single=True)
        return [None] * len(deliveries)
