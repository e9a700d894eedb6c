"""The senders: one loop a channel, at the pace its platform allows."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta

import structlog

from crm_store.database import DatabaseDown
from crm_store.limits import channel_key
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from desk.messages import Address
from desk.outbox import deliver, settle
from desk.ports import Channel
from desk.queue import LeasedOutbound, Outcome, Slot
from gateway.gathering import Gathering
from gateway.metrics import Metrics
from wiring.services import Services

IN_FLIGHT = 16
POLL_SECONDS = 1.0
CLOSEST = 0.5
"""Of the gap between campaign messages: where some are late, the next ones follow no closer than this."""
LATER_ON_THE_WIRE = 0.01
"""Seconds by which one message may reach the wire later than another after both were let go."""
log = structlog.get_logger()


class Sender:
    """Delivers what is due on one channel."""

    def __init__(self, services: Services, channel: Channel, owner: str, metrics: Metrics) -> None:
        self._services = services
        self._channel = channel
        self._key = channel_key(Address(channel.name, channel.account, "", ""))
        self._topic = Topic.outbound(channel.name)
        self._owner = owner
        self._metrics = metrics
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended_sends = Gathering(self._settle)
        self._let_go: deque[float] = deque()  # when the last campaign messages left, on the event loop's clock
        self._ahead = 0  # of these tasks, how many wait for their message's moment
        self._stopping = False

    async def run(self) -> None:
        """Until cancelled; what is on its way then is waited for, so that nothing is left in doubt."""
        try:
            while True:
                await self._round()
        finally:
            self._stopping = True
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=8)

    @property
    def key(self) -> str:
        """The account it sends for (crm_store's channel_key)."""
        return self._key

    def claim_answer(self, tx: SqlTransaction) -> list[LeasedOutbound]:
        """Lease what a turn has just queued, for `start` once its transaction is committed. What a response of the
        platform's own request may still carry, or what finds no room here, is left to the loop."""
        free = IN_FLIGHT - len(self._tasks)
        if self._stopping or free <= 0 or self._channel.capabilities.passive_within is not None:
            return []
        services = self._services
        return tx.outbound.claim(self._key, self._channel.capabilities, self._owner, free, services.clock.now(),
                                 services.settings.lease, campaigns=False)

    def hurry(self) -> None:
        """A customer wrote again: what they were told must be settled before the next answer can leave."""
        self._ended_sends.hurry()

    def lend_ended(self) -> AbstractContextManager[list[tuple[LeasedOutbound, Outcome]]]:
        """What is to be settled, for a transaction that is made anyway (see Gathering.lent)."""
        return self._ended_sends.lent(None)

    def start(self, leases: Iterable[LeasedOutbound]) -> None:
        """Send what was leased."""
        for lease in leases:
            task = asyncio.create_task(self._send(lease))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    async def _round(self) -> None:
        services = self._services
        mark = services.signals.mark(self._topic)
        pause = POLL_SECONDS
        free = IN_FLIGHT - len(self._tasks) + self._ahead
        try:
            if free > 0:
                pause = await self._until_due()
            if pause <= 0:
                pause = await self._claim(free)
        except DatabaseDown as error:
            log.error("claim_failed", channel=self._key, error=str(error))
            await asyncio.sleep(POLL_SECONDS)
        await services.signals.wait(self._topic, mark, pause)

    async def _until_due(self) -> float:
        """Seconds until something may leave. Looking writes nothing; a claim that finds nothing holds others up."""
        now = self._services.clock.now()
        due = await self._services.store.read(lambda tx: tx.outbound.next_due(self._key, now))
        return POLL_SECONDS if due is None else min(POLL_SECONDS, (due - now).total_seconds())

    async def _claim(self, free: int) -> float:
        """Send what may leave; returns after how many seconds to look again."""
        services, can, now = self._services, self._channel.capabilities, self._services.clock.now()
        leases = await services.store.transact(
            lambda tx: tx.outbound.claim(self._key, can, self._owner, free, now, services.settings.lease)
        )
        self.start(leases)
        # Something due may not leave yet (an earlier message, no token): look again when a token has grown.
        return 0 if leases else 1 / can.rate

    def _ended(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._tasks) - self._ahead >= IN_FLIGHT
        self._tasks.discard(task)
        if was_full:
            self._services.signals.publish((self._topic,))

    async def _await_slot(self, slot: Slot) -> None:
        """Wait for a campaign message's moment. Waking late shifts no other one's, as long as no second holds more than
        it may."""
        clock = asyncio.get_running_loop().time
        self._ahead += 1
        try:
            await asyncio.sleep((slot.at - self._services.clock.now()).total_seconds())
            while (early := self._free_at(slot) - clock()) > 0:  # noqa: ASYNC110 - a pace, nobody tells of it
                await asyncio.sleep(early)
            self._let_go.append(clock())
        finally:
            self._ahead -= 1

    def _free_at(self, slot: Slot) -> float:
        """Before that no campaign message leaves, on the event loop's clock."""
        left = self._let_go
        while len(left) > slot.most:
            left.popleft()
        closest = left[-1] + slot.gap.total_seconds() * CLOSEST if left else 0.0
        return max(closest, left[0] + 1 + LATER_ON_THE_WIRE) if len(left) == slot.most else closest

    async def _send(self, lease: LeasedOutbound) -> None:
        if lease.slot is not None:
            await self._await_slot(lease.slot)
        seconds = (self._services.settings.lease - timedelta(seconds=1)).total_seconds()
        try:
            async with asyncio.timeout(max(1.0, seconds)):
                outcome = await deliver(lease, self._channel, self._services.clock.now())
            await self._ended_sends.add((lease, outcome))
        except Exception as error:  # the lease runs out, and the message is then shown as in doubt
            log.error("delivery_unsettled", key=lease.key, why=type(error).__name__)
            self._metrics.deliveries.labels(self._channel.name, "unsettled").inc()
            return
        self._metrics.deliveries.labels(self._channel.name, outcome.status).inc()

    async def _settle(self, ended: Sequence[tuple[LeasedOutbound, Outcome]]) -> Sequence[None]:
        now = self._services.clock.now()
        await self._services.store.transact(lambda tx: settle(tx, ended, now))
        return [None] * len(ended)
