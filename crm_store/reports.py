"""What the reports read: narrow rows of a period, from which insights/ counts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from crm_store.rows import conversations


class Reports:
    """Reads only; every question is about start <= moment < end."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def opened(self, start: datetime, end: datetime) -> Sequence[tuple[datetime, str]]:
        """When conversations of the period began, and on which channel."""
        rows = self._db.execute(
            select(conversations.c.opened_at, conversations.c.channel)
            .where(conversations.c.opened_at >= start, conversations.c.opened_at < end)
        )
        return [(row[0], row[1]) for row in rows]
