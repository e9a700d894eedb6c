"""Measuring the search's curve in the background: one at a time, followed on the page, kept when it is done."""

import asyncio
from collections import deque
from contextlib import suppress

import structlog

from crm_store.database import DatabaseDown
from crm_store.store import SqlTransaction
from desk.errors import Conflict
from desk.faq_tuning import CalibrationCurve
from wiring.services import Services

_NOTES_EVERY = 1.0  # seconds between two looks at how far it is
log = structlog.get_logger()


async def begin_measuring(services: Services) -> None:
    """Note that it runs, for every process to see. Raises Conflict while another one does."""
    now = services.clock.now()
    if not await services.store.transact(lambda tx: tx.faq_measuring.begin(now)):
        raise Conflict("the curve is being measured already")


async def finish_measuring_unattended(services: Services, outside_share: float) -> None:
    """What `begin_measuring` began, where nobody waits: what goes wrong is in the log and on the page. Never raises."""
    reached = deque([0.0], maxlen=1)  # the last word of the thread that measures
    noting = asyncio.create_task(_note(services, reached))
    curve: CalibrationCurve | None = None
    try:
        await services.faq.refresh()
        curve = await services.faq.curve(outside_share, done=reached.append)
    except Exception as error:
        log.error("faq_measuring_failed", error=type(error).__name__)
    finally:
        noting.cancel()
        with suppress(asyncio.CancelledError):
            await noting
        with suppress(DatabaseDown):  # then it counts as lost soon: nobody notes that it lives
            now = services.clock.now()
            await services.store.transact(lambda tx: tx.faq_measuring.end(curve, outside_share, now))


async def _note(services: Services, reached: deque[float]) -> None:
    """Tell every process how far it is, until cancelled."""

    def note(tx: SqlTransaction) -> None:
        tx.faq_measuring.note(reached[-1], services.clock.now())

    while True:
        await asyncio.sleep(_NOTES_EVERY)
        with suppress(DatabaseDown):
            await services.store.transact(note)
