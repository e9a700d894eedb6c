"""Timers, lost leases, idle conversations, old rows: what must happen without anybody asking."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog

from console.service_desk import tell_bot
from crm_store.database import DatabaseDown
from crm_store.store import SqlTransaction
from desk import service_levels
from desk.audit import AuditFilter
from desk.case_hearing import settled_silently
from desk.conversations import Conversation
from desk.escalation import escalate, fell_silent, unanswered
from desk.handoff import waited_too_long
from desk.queue import LeasedTimer, TimerKind
from gateway.metrics import Metrics
from wiring.anchors import Anchors
from wiring.services import Services, today

IDLE_AFTER = timedelta(hours=24)
KEEP_QUEUE_ROWS = timedelta(days=7)  # a platform's latest repeat comes long before
KEEP_WEBHOOK_LOG = timedelta(days=30)
KEEP_EVENTS = timedelta(days=1)
ANCHOR_EVERY = timedelta(hours=1)
EVERY_SECONDS = 1.0
SWEEP_SECONDS = 60.0
log = structlog.get_logger()


class Housekeeper:
    """Runs in every worker; what it does is claimed or repeatable, so several do no harm."""

    def __init__(self, services: Services, owner: str, metrics: Metrics) -> None:
        self._services = services
        self._owner = owner
        self._metrics = metrics
        self._anchored: datetime | None = None

    async def run(self) -> None:
        """Until cancelled."""
        clock = asyncio.get_running_loop().time
        swept = clock() - SWEEP_SECONDS
        while True:
            try:
                await self.reap()
                await self.ring()
                if clock() - swept >= SWEEP_SECONDS:
                    swept = clock()
                    await self.sweep()
            except DatabaseDown as error:
                log.error("housekeeping_failed", error=str(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def reap(self) -> None:
        """Take back what vanished workers had leased."""
        now = self._services.clock.now()

        def take(tx: SqlTransaction) -> tuple[int, int]:
            return tx.inbound.reap(now), tx.outbound.reap(now)

        inbound, outbound = await self._services.store.transact(take)
        if inbound or outbound:
            log.warning("leases_reaped", inbound=inbound, outbound=outbound)
            self._metrics.reaped.labels("inbound").inc(inbound)
            self._metrics.reaped.labels("outbound").inc(outbound)

    async def ring(self) -> None:
        """Carry out the timers that are due, each in a transaction of its own."""
        now = self._services.clock.now()
        leases = await self._services.store.transact(
            lambda tx: tx.timers.claim(self._owner, 50, now, timedelta(seconds=30))
        )
        for lease in leases:
            released = await self._services.store.transact(partial(self._carry_out, lease=lease))
            if released is not None:
                await tell_bot(self._services, released)

    async def sweep(self) -> None:
        """Close what fell silent, forget what nobody can need any more."""
        now = self._services.clock.now()

        def clean(tx: SqlTransaction) -> None:
            tx.conversations.close_idle(now - IDLE_AFTER, now)
            tx.inbound.forget(now - KEEP_QUEUE_ROWS)
            tx.events.forget_before(now - KEEP_EVENTS)
            tx.webhooks.forget(now - KEEP_WEBHOOK_LOG)
            tx.keys.forget_sessions(now - KEEP_QUEUE_ROWS)
            day = today(self._services.clock, self._services.settings)
            tx.articles.day_came(day)
            for agent_id in tx.faq_reviews.call(day, tx.staffing.supervisors(), now):
                tx.announce(f"alert:{agent_id}")
            tx.attention.forget_viewers(now - KEEP_EVENTS)
            tx.merges.forget(now)

        await self._services.store.transact(clean)
        await self._services.uploads.sweep(now)
        head = await self._services.store.read(lambda tx: tx.audit.list_page(AuditFilter(), limit=1))
        if head and (self._anchored is None or now - self._anchored >= ANCHOR_EVERY):
            self._anchored = now
            Anchors(self._services.settings.home).add(head[0].number, head[0].seal, now)
            log.info("audit_anchor", number=head[0].number, seal=head[0].seal)  # whoever collects logs keeps it, too

    def _carry_out(self, tx: SqlTransaction, lease: LeasedTimer) -> Conversation | None:
        """Returns a conversation that went back to the bot, which is then to be told."""
        now = self._services.clock.now()
        if not tx.timers.finish(lease):
            return None
        match lease.kind:
            case TimerKind.UNCLAIMED:
                waited_too_long(tx, lease.payload["conversation"], self._services.rules, now)
            case TimerKind.UNANSWERED:
                unanswered(tx, lease.payload["conversation"], self._services.rules, now)
            case TimerKind.ESCALATION:
                escalate(tx, lease.payload["conversation"], now)
            case TimerKind.SILENCE:
                return fell_silent(tx, lease.payload["conversation"], now)
            case TimerKind.SLA_WARNING:
                service_levels.warn(tx, lease.payload["clock"], now)
            case TimerKind.SLA_BREACH:
                service_levels.breach(tx, lease.payload["clock"], now)
            case TimerKind.UNANSWERED_SETTLEMENT:
                settled_silently(tx, lease.payload["ticket"], lease.payload["resolved_at"], now)
        return None
