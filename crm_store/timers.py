"""Durable timers: each runs once in a cluster, and after a restart."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, text, update

from crm_store.dialect import put
from crm_store.queue_rows import timers
from crm_store.signals import Topic
from desk.queue import LeasedTimer, TimerKind


class Timers:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics

    def set(self, key: str, kind: TimerKind, due_at: datetime, payload: dict[str, Any]) -> None:
        row = {"key": key, "kind": kind.value, "due_at": due_at, "payload": payload, "lease_until": None,
               "owner": None}
        put(self._db, timers, row, (timers.c.key,))
        self._topics.add(Topic.TIMER)

    def cancel(self, key: str) -> None:
        self._db.execute(delete(timers).where(timers.c.key == key))

    def claim(self, owner: str, limit: int, now: datetime, lease: timedelta) -> list[LeasedTimer]:
        if self._db.dialect.name == "postgresql":
            self._db.execute(text("SELECT pg_advisory_xact_lock(4061003)"))
        free = or_(timers.c.lease_until.is_(None), timers.c.lease_until < now)
        due = select(timers.c.id).where(timers.c.due_at <= now, free).order_by(timers.c.due_at).limit(limit)
        claimed = self._db.execute(
            update(timers).where(timers.c.id.in_(due.scalar_subquery())).values(owner=owner, lease_until=now + lease)
            .returning(timers.c.id, timers.c.key, timers.c.kind, timers.c.payload)
        )
        return [LeasedTimer(row.id, row.key, TimerKind(row.kind), row.payload, owner) for row in claimed]

    def finish(self, lease: LeasedTimer) -> bool:
        """Remove a timer that did its work. False when it was armed anew or taken by another meanwhile."""
        ours = and_(timers.c.id == lease.id, timers.c.owner == lease.owner)
        return self._db.execute(delete(timers).where(ours)).rowcount == 1
