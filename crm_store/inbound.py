"""Customers' messages on their way in: stored once, claimed in the platform's order, one worker a conversation."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from crm_store.codec import inbound_from_json, inbound_to_json
from crm_store.columns import Instant
from crm_store.queue_rows import inbound
from crm_store.signals import Topic
from desk.messages import Address, InboundMessage
from desk.queue import LeasedInbound

_CLAIM_LOCK = 4_061_001  # PostgreSQL advisory lock: claims are short and must see each other's leases


def _claim_statement() -> ReturningUpdate[Any]:
    other = inbound.alias()
    blocked = exists().where(
        other.c.address == inbound.c.address,
        or_(
            other.c.status == "leased",
            and_(
                other.c.status == "queued",
                or_(other.c.ord < inbound.c.ord, and_(other.c.ord == inbound.c.ord, other.c.id < inbound.c.id)),
            ),
        ),
    )
    due = (
        select(inbound.c.id)
        .where(inbound.c.status == "queued", inbound.c.due_at <= bindparam("now"), ~blocked)
        .order_by(inbound.c.due_at, inbound.c.id)
        .limit(bindparam("most"))
    )
    return (
        update(inbound)
        .where(inbound.c.id.in_(due.scalar_subquery()), inbound.c.status == "queued")
        .values(status="leased", owner=bindparam("by"), lease_until=bindparam("until"), attempts=inbound.c.attempts + 1)
        .returning(inbound.c.id, inbound.c.key, inbound.c.payload, inbound.c.received_at, inbound.c.attempts)
    )


_CLAIM = _claim_statement()  # built once: building it takes longer than running it


# All rows travel as one parameter: the statement is the same however many they are, and the database reads them
# without Python in between.
_ADD_ON_SQLITE = text("""
    INSERT INTO inbound (key, address, ord, status, due_at, received_at, payload)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), 'queued', :due_at,
           :received_at, json_extract(value, '$[3]')
    FROM json_each(:rows) WHERE true ON CONFLICT (key) DO NOTHING
""").bindparams(bindparam("due_at", type_=Instant), bindparam("received_at", type_=Instant))
_ADD_ON_POSTGRESQL = text("""
    INSERT INTO inbound (key, address, ord, status, due_at, received_at, payload)
    SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS bigint), 'queued', :due_at, :received_at, value -> 3
    FROM json_array_elements(CAST(:rows AS json)) ON CONFLICT (key) DO NOTHING
""").bindparams(bindparam("due_at", type_=Instant), bindparam("received_at", type_=Instant))


def store_key(message: InboundMessage) -> str:
    """The key of a delivery over all channels and accounts."""
    return f"{message.address.channel.value}:{message.address.account}:{message.key}"


class InboundQueue:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics

    def add(self, items: Iterable[tuple[InboundMessage, datetime]], received_at: datetime) -> int:
        due: dict[datetime, list[tuple[str, str, int, dict[str, Any]]]] = defaultdict(list)
        for message, due_at in items:
            row = store_key(message), message.address.key, message.order, inbound_to_json(message)
            due[due_at].append(row)
        self._topics.add(Topic.INBOUND)
        add = _ADD_ON_POSTGRESQL if self._db.dialect.name == "postgresql" else _ADD_ON_SQLITE
        return sum(
            self._db.execute(add, {"due_at": due_at, "received_at": received_at, "rows": json.dumps(rows)}).rowcount
            for due_at, rows in due.items()
        )

    def busy(self, addresses: Collection[Address]) -> set[Address]:
        keys = {address.key: address for address in addresses}
        working = select(inbound.c.address).where(
            inbound.c.address.in_(list(keys)), inbound.c.status.in_(("queued", "leased"))
        )
        return {keys[row.address] for row in self._db.execute(working)}

    def claim(self, owner: str, limit: int, now: datetime, lease: timedelta) -> list[LeasedInbound]:
        """Lease due messages whose conversation nobody works on and that have no earlier open one."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
        claimed = self._db.execute(_CLAIM, {"now": now, "most": limit, "by": owner, "until": now + lease})
        return [
            LeasedInbound(row.id, row.key, inbound_from_json(row.payload), row.received_at, row.attempts, owner)
            for row in claimed
        ]

    def next_due(self) -> datetime | None:
        """When the next queued message may be worked on."""
        due: datetime | None = self._db.scalar(select(func.min(inbound.c.due_at)).where(inbound.c.status == "queued"))
        return due

    def finish(self, lease: LeasedInbound) -> bool:
        return self._release(lease, status="done", last_error="")

    def give_up(self, lease: LeasedInbound, reason: str) -> bool:
        return self._release(lease, status="dead", last_error=reason[:200])

    def postpone(self, lease: LeasedInbound, until: datetime, reason: str, *, counts: bool) -> bool:
        attempts = lease.attempts if counts else lease.attempts - 1
        return self._release(lease, status="queued", due_at=until, attempts=attempts, last_error=reason[:200])

    def reap(self, now: datetime) -> int:
        """Give back what a vanished worker had leased."""
        expired = and_(inbound.c.status == "leased", inbound.c.lease_until < now)
        return self._db.execute(
            update(inbound).where(expired).values(status="queued", lease_until=None, owner=None, due_at=now)
        ).rowcount

    def recover(self, now: datetime) -> int:
        """Give back every lease: only when no other process can be running."""
        return self._db.execute(
            update(inbound).where(inbound.c.status == "leased")
            .values(status="queued", lease_until=None, owner=None, due_at=now)
        ).rowcount

    def forget(self, received_before: datetime) -> int:
        """Drop what was dealt with so long ago that no platform will repeat it."""
        old = and_(inbound.c.status.in_(("done", "dead")), inbound.c.received_at < received_before)
        return self._db.execute(delete(inbound).where(old)).rowcount

    def find_status(self, key: str) -> str | None:
        return self._db.scalar(select(inbound.c.status).where(inbound.c.key == key))

    def count_by_status(self) -> dict[str, int]:
        rows = self._db.execute(select(inbound.c.status, func.count()).group_by(inbound.c.status))
        return {row[0]: row[1] for row in rows}

    def oldest_waiting(self) -> datetime | None:
        waiting = inbound.c.status.in_(("queued", "leased"))
        oldest: datetime | None = self._db.scalar(select(func.min(inbound.c.received_at)).where(waiting))
        return oldest

    def _release(self, lease: LeasedInbound, **values: object) -> bool:
        ours = and_(inbound.c.id == lease.id, inbound.c.owner == lease.owner, inbound.c.status == "leased",
                    inbound.c.attempts == lease.attempts)
        self._topics.update((Topic.INBOUND, Topic.TURN_DONE))
        done = self._db.execute(update(inbound).where(ours).values(lease_until=None, owner=None, **values))
        return done.rowcount == 1
