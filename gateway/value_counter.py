"""Keeps customers' value counted: each night, and when somebody asks."""

import structlog

from crm_store.database import DatabaseDown
from crm_store.signals import Topic
from wiring.services import Services
from wiring.valuing import count_values

EVERY_SECONDS = 60.0
log = structlog.get_logger()


async def count_when_due(services: Services) -> None:
    """Until cancelled. Any number of workers may do so."""
    signals = services.signals
    while True:
        mark = signals.mark(Topic.VALUE)
        now, zone = services.clock.now(), services.calendar.hours.zone
        try:
            if await services.store.read(lambda tx: tx.values.is_due(now, zone)):  # noqa: B023 - used at once
                await count_values(services)
        except DatabaseDown as error:
            log.error("counting_values_failed", error=str(error))
        await signals.wait(Topic.VALUE, mark, EVERY_SECONDS)
