"""Where Rasa keeps its conversations: its own SQL store, on an SQLite file with a write-ahead log.

As it comes, Rasa opens the file anew for every read and save and lets SQLite keep a rollback journal: a save then holds
up every customer for several flushes of the disk, where a log on an open connection takes one. What was saved stays
saved in both.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.pool import QueuePool


class DialogueMemory(SQLTrackerStore):
    """The `tracker_store` of endpoints.yml; `db` is the file."""

    def __init__(self, db: str, **given: Any) -> None:
        super().__init__(dialect="sqlite", db=db, **given)
        url = self.engine.url
        self.engine.dispose()
        self.engine = sa.create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})
        sa.event.listen(self.engine, "connect", _write_ahead)
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)


def _write_ahead(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
