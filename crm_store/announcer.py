"""Telling other processes on PostgreSQL what was committed, so that they look before their next poll.

In a transaction of its own after the commit, and at most once in `GAP`: told in the work's own, every commit
would wake every process, this one too, and wait for the others' commits. What gets lost costs a poll.
"""

import asyncio
from collections.abc import Iterable

from crm_store.database import Database, DatabaseDown
from crm_store.signals import Signals, Topic

NOTIFY_CHANNEL = "frontdesk"
GAP = 0.04
"""Seconds. What happens alone is told at once."""


class Announcer:
    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._untold: set[Topic] = set()
        self._telling: asyncio.Task[None] | None = None

    def tell(self, topics: Iterable[Topic]) -> None:
        """Returns at once; call it on the event loop."""
        if self._database.is_sqlite:  # one process has it to itself
            return
        self._untold.update(topics)
        if self._untold and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Tell what is still to be told."""
        if self._telling is not None:
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell(self) -> None:
        while self._untold:
            topics, self._untold = self._untold, set()
            try:
                await self._database.notify(NOTIFY_CHANNEL, f"{self._signals.origin}:{','.join(sorted(topics))}")
            except DatabaseDown:
                return  # others poll
            await asyncio.sleep(GAP)
