"""Customers' messages on their way in: stored once, claimed in the platform's order, one worker a conversation."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from crm_store.codec import inbound_from_json, inbound_to_json
from crm_store.columns import Instant, one_of
from crm_store.queue_rows import inbound
from crm_store.signals import Topic
from desk.messages import Address, InboundMessage
from desk.queue import LeasedInbound

_CLAIM_LOCK = 4_061_001  # PostgreSQL advisory lock: claims are short and must see each other's leases


_OPEN = ("queued", "leased")  # in the order of ix_inbound_open


def _claim_statement() -> ReturningUpdate[Any]:
    other = inbound.alias()
    blocked = exists().where(
        other.c.address == inbound.c.address, one_of(other.c.status, *_OPEN),
        or_(
            one_of(other.c.status, "leased"), other.c.ord < inbound.c.ord,
            and_(other.c.ord == inbound.c.ord, other.c.id < inbound.c.id),
        ),
    )
    due = (
        select(inbound.c.id)
        .where(one_of(inbound.c.status, "queued"), inbound.c.due_at <= bindparam("now"), ~blocked)
        .order_by(inbound.c.due_at, inbound.c.id)
        .limit(bindparam("most"))
    )
    return (
        update(inbound)
        .where(inbound.c.id.in_(due.scalar_subquery()), one_of(inbound.c.status, "queued"))
        .values(status="leased", owner=bindparam("by"), lease_until=bindparam("until"), attempts=inbound.c.attempts + 1)
        .returning(inbound.c.id, inbound.c.key, inbound.c.payload, inbound.c.received_at, inbound.c.attempts)
    )


def _release_statement() -> ReturningUpdate[Any]:
    """What stays None is left as it was; returns whether another message of the customer waits."""
    next_one = inbound.alias()
    waits = exists().where(next_one.c.address == bindparam("at"), one_of(next_one.c.status, *_OPEN),
                           one_of(next_one.c.status, "queued"))
    return (
        update(inbound)
        .where(inbound.c.id == bindparam("of"), inbound.c.owner == bindparam("by"), one_of(inbound.c.status, "leased"),
               inbound.c.attempts == bindparam("attempt"))
        .values(status=bindparam("status"), lease_until=None, owner=None, last_error=bindparam("reason"),
                due_at=func.coalesce(bindparam("due_at", type_=Instant), inbound.c.due_at),
                attempts=func.coalesce(bindparam("attempts", type_=inbound.c.attempts.type), inbound.c.attempts))
        .returning(waits.label("waits"))
    )


# Built once: building a statement takes longer than running it.
_CLAIM = _claim_statement()
_RELEASE = _release_statement()
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
_NEXT_DUE = select(func.min(inbound.c.due_at)).where(one_of(inbound.c.status, "queued"))


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
            inbound.c.address.in_(list(keys)), one_of(inbound.c.status, *_OPEN)
        )
        return {keys[row.address] for row in self._db.execute(working)}

    def claim(self, owner: str, limit: int, now: datetime, lease: timedelta) -> list[LeasedInbound]:
        """Lease due messages whose conversation nobody works on and that have no earlier open one."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(_LOCK, {"lock": _CLAIM_LOCK})
        claimed = self._db.execute(_CLAIM, {"now": now, "most": limit, "by": owner, "until": now + lease})
        return [
            LeasedInbound(row.id, row.key, inbound_from_json(row.payload), row.received_at, row.attempts, owner)
            for row in claimed
        ]

    def next_due(self) -> datetime | None:
        """When the next queued message may be worked on."""
        due: datetime | None = self._db.scalar(_NEXT_DUE)
        return due

    def finish(self, lease: LeasedInbound) -> bool:
        return self._release(lease, "done")

    def give_up(self, lease: LeasedInbound, reason: str) -> bool:
        return self._release(lease, "dead", reason)

    def postpone(self, lease: LeasedInbound, until: datetime, reason: str, *, counts: bool) -> bool:
        attempts = lease.attempts if counts else lease.attempts - 1
        return self._release(lease, "queued", reason, until=until, attempts=attempts)

    def reap(self, now: datetime) -> int:
        """Give back what a vanished worker had leased."""
        expired = and_(one_of(inbound.c.status, "leased"), inbound.c.lease_until < now)
        return self._db.execute(
            update(inbound).where(expired).values(status="queued", lease_until=None, owner=None, due_at=now)
        ).rowcount

    def recover(self, now: datetime) -> int:
        """Give back every lease: only when no other process can be running."""
        return self._db.execute(
            update(inbound).where(one_of(inbound.c.status, "leased"))
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
        waiting = one_of(inbound.c.status, *_OPEN)
        oldest: datetime | None = self._db.scalar(select(func.min(inbound.c.received_at)).where(waiting))
        return oldest

    def _release(
        self, lease: LeasedInbound, status: str, reason: str = "", *, until: datetime | None = None,
        attempts: int | None = None,
    ) -> bool:
        """End a lease. Wakes the workers only where there is work: another message of this customer, or this one."""
        released = self._db.execute(_RELEASE, {
            "of": lease.id, "by": lease.owner, "attempt": lease.attempts, "at": lease.message.address.key,
            "status": status, "due_at": until, "attempts": attempts, "reason": reason[:200],
        }).one_or_none()
        self._topics.add(Topic.TURN_DONE)
        if released is not None and (released.waits or status == "queued"):
            self._topics.add(Topic.INBOUND)
        return released is not None
