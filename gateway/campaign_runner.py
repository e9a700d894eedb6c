"""Runs the campaigns: one small transaction after the other, as long as there is something to do."""

from functools import partial

import structlog

from campaigns.running import Lanes, Step, step
from crm_store.database import DatabaseDown
from crm_store.signals import Topic
from crm_store.store import SqlTransaction
from desk.errors import DeskError
from wiring.lanes import lanes_of
from wiring.services import Services

EVERY_SECONDS = 0.5
log = structlog.get_logger()


class CampaignRunner:
    """Any number may run: a campaign is locked while a step of it is done, and each step may be repeated."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Until cancelled."""
        signals = self._services.signals
        while True:
            mark = signals.mark(Topic.CAMPAIGN)
            try:
                busy = await self.round()
            except DatabaseDown as error:
                log.error("campaigns_failed", error=str(error))
                busy = False
            if not busy:
                await signals.wait(Topic.CAMPAIGN, mark, EVERY_SECONDS)

    async def round(self) -> bool:
        """One step of every campaign; returns whether any has more to do at once."""
        ids, lanes = await self._services.store.read(self._look)
        busy = False
        for campaign_id in ids:
            now = self._services.clock.now()
            try:
                done = await self._services.store.transact(
                    partial(step, campaign_id=campaign_id, lanes=lanes, now=now)
                )
            except DeskError as error:  # one campaign that cannot go on must not stop the others
                log.error("campaign_step_failed", campaign=campaign_id, why=type(error).__name__)
                continue
            busy = busy or done is Step.MORE
        return busy

    def _look(self, tx: SqlTransaction) -> tuple[list[str], Lanes]:
        return tx.campaigns.list_at_work(), lanes_of(self._services, tx)
