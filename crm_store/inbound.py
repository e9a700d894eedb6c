"""Customers' messages on their way in: stored once, claimed in the platform's order, one worker a conversation."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from campaigns.recipients import OPEN_STAGES
from crm_store.campaign_rows import recipients
from crm_store.codec import inbound_from_json, inbound_to_json
from crm_store.columns import Instant, one_of
from crm_store.conversations import Conversations
from crm_store.customers import identity_of
from crm_store.menus import Menus, newest_menu
from crm_store.queue_rows import inbound
from crm_store.rows import identities, messages, ratings
from crm_store.signals import Topic
from desk.menus import FRESH_FOR
from desk.messages import InboundMessage
from desk.queue import Known, LeasedInbound, Offered, Standing
from desk.ratings import OPEN_STATES

_CLAIM_LOCK = 4_061_001  # PostgreSQL advisory lock: claims are short and must see each other's leases


_OPEN = ("queued", "leased")  # in the order of ix_inbound_open


def _next_due(queue: FromClause) -> Select[Any]:
    return select(func.min(queue.c.due_at)).where(one_of(queue.c.status, "queued"), queue.c.due_at > bindparam("now"))


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


def _standing_statement() -> Select[Any]:
    """What `Standing` says of some messages, and when the next one is due."""
    here, fresh = inbound.c.address, bindparam("fresh", type_=Instant)
    return select(
        inbound.c.id,
        exists().where(messages.c.source_key == inbound.c.key).label("heard"),
        newest_menu(here, fresh).label("offered"),
        exists().where(ratings.c.address == here, one_of(ratings.c.state, *OPEN_STATES)).label("rating"),
        exists().where(recipients.c.address == here, one_of(recipients.c.stage, *OPEN_STAGES)).label("survey"),
        _next_due(inbound.alias()).scalar_subquery().label("next_due"),
    ).where(inbound.c.id.in_(bindparam("ids", expanding=True)))


def _release_statement() -> ReturningUpdate[Any]:
    """Ends leases, given as (id, owner, attempts). What stays None is left as it was; returns the ids of those that
    were held, and whether another message of the customer waits."""
    next_one = inbound.alias()
    waits = exists().where(next_one.c.address == inbound.c.address, one_of(next_one.c.status, *_OPEN),
                           one_of(next_one.c.status, "queued"))
    lease = tuple_(inbound.c.id, inbound.c.owner, inbound.c.attempts)
    return (
        update(inbound)
        .where(inbound.c.id.in_(bindparam("ids", expanding=True)), one_of(inbound.c.status, "leased"),
               lease.in_(bindparam("leases", expanding=True)))
        .values(status=bindparam("status"), lease_until=None, owner=None, last_error=bindparam("reason"),
                due_at=func.coalesce(bindparam("due_at", type_=Instant), inbound.c.due_at),
                attempts=func.coalesce(bindparam("attempts", type_=inbound.c.attempts.type), inbound.c.attempts))
        .returning(inbound.c.id, waits.label("waits"))
    )


# Built once: building a statement takes longer than running it.
_CLAIM = _claim_statement()
_STANDING = _standing_statement()
_HERE = bindparam("here", type_=inbound.c.address.type, expanding=True)
_IDENTITIES = select(identities).where(identities.c.address.in_(_HERE))
_RELEASE = _release_statement()
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
_NEXT_DUE = _next_due(inbound)


# All rows travel as one parameter: the statement is the same however many they are, and the database reads them
# without Python in between. LIMIT 1 instead of EXISTS: for that PostgreSQL would first collect all open addresses.
_INSTANTS = bindparam("now", type_=Instant), bindparam("later", type_=Instant)
_ADD_ON_SQLITE = text("""
    INSERT INTO inbound (key, address, ord, status, due_at, received_at, payload)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), 'queued',
           CASE WHEN (SELECT 1 FROM inbound AS earlier WHERE earlier.address = json_extract(value, '$[1]')
                      AND earlier.status IN ('queued', 'leased') LIMIT 1) IS NULL THEN :now ELSE :later END,
           :now, json_extract(value, '$[3]')
    FROM json_each(:rows) WHERE true ON CONFLICT (key) DO NOTHING
""").bindparams(*_INSTANTS)
_ADD_ON_POSTGRESQL = text("""
    INSERT INTO inbound (key, address, ord, status, due_at, received_at, payload)
    SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS bigint), 'queued',
           CASE WHEN (SELECT 1 FROM inbound AS earlier WHERE earlier.address = value ->> 1
                      AND earlier.status IN ('queued', 'leased') LIMIT 1) IS NULL THEN :now ELSE :later END,
           :now, value -> 3
    FROM json_array_elements(CAST(:rows AS json)) ON CONFLICT (key) DO NOTHING
""").bindparams(*_INSTANTS)


def store_key(message: InboundMessage) -> str:
    """The key of a delivery over all channels and accounts."""
    return f"{message.address.channel.value}:{message.address.account}:{message.key}"


class InboundQueue:
    def __init__(self, connection: Connection, topics: set[Topic], menus: Menus, conversations: Conversations) -> None:
        self._db = connection
        self._topics = topics
        self._menus = menus
        self._conversations = conversations

    def add(self, messages: Iterable[InboundMessage], now: datetime, pause: timedelta = timedelta()) -> int:
        rows = [(store_key(each), each.address.key, each.order, inbound_to_json(each)) for each in messages]
        self._topics.add(Topic.INBOUND)
        add = _ADD_ON_POSTGRESQL if self._db.dialect.name == "postgresql" else _ADD_ON_SQLITE
        return self._db.execute(add, {"now": now, "later": now + pause, "rows": json.dumps(rows)}).rowcount

    def has(self, message: InboundMessage) -> bool:
        """Whether this delivery is here, or was dealt with in the last days."""
        here = select(inbound.c.id).where(inbound.c.key == store_key(message))
        return self._db.execute(here).first() is not None

    def claim(self, owner: str, limit: int, now: datetime, lease: timedelta) -> list[LeasedInbound]:
        """Lease due messages whose conversation nobody works on and that have no earlier open one."""
        if self._db.dialect.name == "postgresql":
            self._db.execute(_LOCK, {"lock": _CLAIM_LOCK})
        claimed = self._db.execute(_CLAIM, {"now": now, "most": limit, "by": owner, "until": now + lease}).all()
        return [
            LeasedInbound(row.id, row.key, inbound_from_json(row.payload), row.received_at, row.attempts, owner)
            for row in claimed
        ]

    def standing(self, leases: Sequence[LeasedInbound], now: datetime) -> tuple[list[Standing], datetime | None]:
        """What waits for each of these messages, just claimed here; and when the next one is due that may not be worked
        on yet. Open conversations stay locked until the transaction ends."""
        if not leases:
            return [], self._db.execute(_NEXT_DUE, {"now": now}).scalar_one()
        asked = {"ids": [each.id for each in leases], "fresh": now - FRESH_FOR, "now": now}
        rows = {row.id: row for row in self._db.execute(_STANDING, asked)}
        here = {"here": [each.message.address.key for each in leases]}
        offered = self._menus.offered([row.offered for row in rows.values() if row.offered is not None])
        people = {row.address: identity_of(row) for row in self._db.execute(_IDENTITIES, here)}
        talks = self._conversations.find_all_open([each.message.address for each in leases])
        found = [(rows[each.id], each.message.address.key) for each in leases]
        standing = [
            Standing(row.heard, row.rating, row.survey,
                     Known(people.get(at), talks.get(at), offered.get(row.offered, Offered())))
            for row, at in found
        ]
        return standing, found[0][0].next_due

    def finish(self, leases: Sequence[LeasedInbound]) -> set[int]:
        return self._release(leases, "done")

    def give_up(self, lease: LeasedInbound, reason: str) -> bool:
        return bool(self._release([lease], "dead", reason))

    def postpone(self, lease: LeasedInbound, until: datetime, reason: str, *, counts: bool) -> bool:
        attempts = lease.attempts if counts else lease.attempts - 1
        return bool(self._release([lease], "queued", reason, until=until, attempts=attempts))

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
        self, leases: Sequence[LeasedInbound], status: str, reason: str = "", *, until: datetime | None = None,
        attempts: int | None = None,
    ) -> set[int]:
        """End leases; returns the ids of those that were held. Wakes the workers only where there is work: another
        message of such a customer, or the same one again."""
        released = self._db.execute(_RELEASE, {
            "ids": [each.id for each in leases], "leases": [(each.id, each.owner, each.attempts) for each in leases],
            "status": status, "due_at": until, "attempts": attempts, "reason": reason[:200],
        }).all()
        self._topics.add(Topic.TURN_DONE)
        if any(row.waits or status == "queued" for row in released):
            self._topics.add(Topic.INBOUND)
        return {row.id for row in released}
