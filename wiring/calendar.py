"""The business calendar as this process knows it: read at the start, and again whenever it changes."""

import structlog

from crm_store.database import DatabaseDown
from crm_store.signals import Signals, Topic
from crm_store.store import SqlStore
from desk.hours import BusinessHours

POLL_SECONDS = 5.0
"""How late a change is seen where its wake-up was lost."""
log = structlog.get_logger()


class LiveCalendar:
    """Opening times without asking the database each time."""

    def __init__(self, store: SqlStore, signals: Signals, default: BusinessHours) -> None:
        self._store = store
        self._signals = signals
        self.hours = default

    async def refresh(self) -> None:
        """Read it now. Raises DatabaseDown; what was known stays."""
        self.hours = await self._store.read(lambda tx: tx.calendar.hours())

    async def watch(self) -> None:
        """Keep it current until cancelled."""
        while True:
            mark = self._signals.mark(Topic.CALENDAR)
            try:
                await self.refresh()
            except DatabaseDown as error:
                log.warning("calendar_not_read", error=str(error))
            await self._signals.wait(Topic.CALENDAR, mark, POLL_SECONDS)
