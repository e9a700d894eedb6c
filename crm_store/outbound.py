"""Our messages on their way out: leased at the channel's pace, in order per customer, never sent twice blindly."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, func, literal_column, select, tuple_, update
from sqlalchemy.sql.dml import ReturningUpdate

from crm_store.campaign_gate import CampaignGate
from crm_store.codec import outbound_from_json
from crm_store.columns import Instant, one_of
from crm_store.limits import Buckets, Windows, channel_key
from crm_store.queue_rows import outbound
from crm_store.signals import Topic
from crm_store.unwritten import Unwritten
from desk.channels import Capabilities
from desk.conversations import DeliveryStatus
from desk.messages import Address, ChannelName, OutboundMessage
from desk.queue import Lane, LeasedOutbound, Outcome

# In the order of the indices over them.
_OPEN = (DeliveryStatus.QUEUED, DeliveryStatus.RETRY, DeliveryStatus.SENDING)
_DUE = (DeliveryStatus.QUEUED, DeliveryStatus.RETRY)
_LEASE_COLUMNS = (
    outbound.c.id, outbound.c.key, outbound.c.address, outbound.c.payload, outbound.c.attempts, outbound.c.created_at,
    outbound.c.sent_bubbles, outbound.c.conversation_id,
)


def _claim_statement(*lanes: Lane) -> ReturningUpdate[Any]:
    """Lease what may leave in these lanes: nothing whose customer has an earlier message open in the same or a faster
    lane."""
    earlier = outbound.alias()
    blocked = exists().where(
        earlier.c.address == outbound.c.address, earlier.c.id < outbound.c.id,
        earlier.c.lane <= outbound.c.lane, one_of(earlier.c.status, *_OPEN),
    )
    due = (
        select(outbound.c.id)
        .where(outbound.c.channel == bindparam("of"), one_of(outbound.c.status, *_DUE),
               outbound.c.lane.in_([literal_column(str(int(lane))) for lane in lanes]),
               outbound.c.due_at <= bindparam("now"), ~blocked)
        .order_by(outbound.c.lane, outbound.c.due_at, outbound.c.id)
        .limit(bindparam("most")).scalar_subquery()
    )
    return (
        update(outbound)
        .where(outbound.c.id.in_(due), one_of(outbound.c.status, *_DUE))
        .values(status=DeliveryStatus.SENDING, owner=bindparam("by"), lease_until=bindparam("until"),
                attempts=outbound.c.attempts + 1)
        .returning(*_LEASE_COLUMNS)
    )


def _held_statement() -> Select[tuple[int, bool]]:
    """Locks leases, given as (id, owner, attempts), and tells whether another message of the customer waits."""
    next_one = outbound.alias()
    waits = exists().where(next_one.c.address == outbound.c.address, one_of(next_one.c.status, *_OPEN),
                           one_of(next_one.c.status, *_DUE))
    lease = tuple_(outbound.c.id, outbound.c.owner, outbound.c.attempts)
    return (
        select(outbound.c.id, waits.label("waits"))
        .where(outbound.c.id.in_(bindparam("ids", expanding=True)), one_of(outbound.c.status, DeliveryStatus.SENDING),
               lease.in_(bindparam("leases", expanding=True)))
        .order_by(outbound.c.id).with_for_update(of=outbound)
    )


# Built once: building them takes longer than running them.
_HELD = _held_statement()
_SETTLE = update(outbound).where(outbound.c.id == bindparam("of")).values(
    status=bindparam("status"), lease_until=None, owner=None, last_error=bindparam("reason"),
    sent_bubbles=bindparam("bubbles"), platform_ids=bindparam("ids"),
    due_at=func.coalesce(bindparam("due_at", type_=Instant), outbound.c.due_at),
    sent_at=func.coalesce(bindparam("sent_at", type_=Instant), outbound.c.sent_at),
)
_DUE_BY_LANE = (
    select(outbound.c.lane, func.min(outbound.c.due_at).label("at"))
    .where(outbound.c.channel == bindparam("of"), one_of(outbound.c.status, *_DUE)).group_by(outbound.c.lane)
)
_CLAIM = _claim_statement(Lane.REPLY, Lane.NOTICE)
_CLAIM_CAMPAIGN = _claim_statement(Lane.CAMPAIGN)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of ours and what became of it."""

    id: int
    key: str
    conversation_id: str
    address: Address
    status: DeliveryStatus
    text: str
    error: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class PassiveAnswer:
    """What a turn answered, as far as the response of the platform's own request may still carry it."""

    ids: tuple[int, ...]
    messages: tuple[OutboundMessage, ...]
    repeated: bool  # an earlier response of the same message already carried it


class OutboundQueue:
    def __init__(
        self, connection: Connection, topics: set[Topic], unwritten: Unwritten,
        zone: Callable[[], ZoneInfo] = lambda: ZoneInfo("UTC"),
    ) -> None:
        """`zone`: the business's, asked for only when a campaign's message is about to leave."""
        self._db = connection
        self._topics = topics
        self._unwritten = unwritten
        self._gate = CampaignGate(connection, topics, zone)
        self._buckets = Buckets(connection)
        self._windows = Windows(connection)

    def claim(
        self, channel: str, can: Capabilities, owner: str, limit: int, now: datetime, lease: timedelta,
        *, campaigns: bool = True,
    ) -> list[LeasedOutbound]:
        """Lease what may leave now on this channel: within its rate, lane by lane, oldest first per customer.

        Campaigns come after everything else and at their own, slower pace. On channels with reply windows a message
        without one is parked instead. Where nothing due is left over, what this transaction queued wakes nobody.
        """
        self._unwritten.flush()
        # The bucket's row stays locked until the commit, so two claims of one account see each other's leases.
        allowed = min(limit, self._buckets.available(channel, can.rate, can.burst, now))
        if allowed <= 0:
            return []
        leases = self._lease(_CLAIM, channel, owner, allowed, now, lease)
        if len(leases) < allowed:
            self._topics.discard(Topic.outbound(ChannelName(channel.partition(":")[0])))
        if campaigns and len(leases) < allowed and self._has_campaign(channel, now):
            leases += self._lease_campaign(channel, can, owner, allowed - len(leases), now, lease)
        if can.windowed:
            leases = [each for each in leases if self._spend_window(each, now)]
        self._buckets.take(channel, len(leases), now)
        return leases

    def _lease(
        self, statement: ReturningUpdate[Any], channel: str, owner: str, most: int, now: datetime, lease: timedelta
    ) -> list[LeasedOutbound]:
        claimed = self._db.execute(
            statement, {"of": channel, "now": now, "most": most, "by": owner, "until": now + lease}
        ).all()
        return [_lease(row, owner) for row in sorted(claimed, key=lambda row: row.id)]

    def _lease_campaign(
        self, channel: str, can: Capabilities, owner: str, most: int, now: datetime, lease: timedelta
    ) -> list[LeasedOutbound]:
        slots = self._gate.slots(channel, can, now, most)
        if not slots:
            return []
        leases = self._lease(_CLAIM_CAMPAIGN, channel, owner, len(slots), now, lease)
        may, refused = self._gate.review(leases, now)
        for refusal in refused:
            put_off = {"due_at": refusal.until, "attempts": 0} if refusal.until else {}
            self._release(refusal.lease, refusal.status, last_error=refusal.reason, **put_off)
        if may:
            self._gate.take(channel, slots[len(may) - 1])
        return [replace(each, slot=slot) for each, slot in zip(may, slots, strict=False)]

    def _has_campaign(self, channel: str, now: datetime) -> bool:
        due = select(outbound.c.id).where(
            outbound.c.channel == channel, outbound.c.lane == int(Lane.CAMPAIGN), one_of(outbound.c.status, *_DUE),
            outbound.c.due_at <= now,
        )
        return self._db.execute(due.limit(1)).one_or_none() is not None

    def settle(self, ended: Sequence[tuple[LeasedOutbound, Outcome]], now: datetime) -> set[int]:
        """End attempts; returns the ids of those whose lease is still ours. Wakes the sender only where there is work:
        another message of such a customer, or the same one again."""
        held = self._held([lease for lease, _ in ended])
        rows = [
            {"of": lease.id, "status": outcome.status, "reason": outcome.reason[:300], "bubbles": outcome.sent_bubbles,
             "ids": list(outcome.platform_ids), "due_at": outcome.until,
             "sent_at": now if outcome.status is DeliveryStatus.SENT else None}
            for lease, outcome in ended if lease.id in held
        ]
        if rows:
            self._db.execute(_SETTLE, rows)
        self._topics |= {
            Topic.outbound(lease.address.channel)
            for lease, outcome in ended if held.get(lease.id) or (lease.id in held and outcome.status in _DUE)
        }
        return set(held)

    def block_channel(self, address: Address, until: datetime) -> None:
        """The platform asked the account behind this address to wait."""
        self._buckets.block(channel_key(address), until)

    def unpark(self, address: Address, now: datetime) -> int:
        self._topics.add(Topic.outbound(address.channel))
        parked = and_(outbound.c.address == address.key, one_of(outbound.c.status, DeliveryStatus.PARKED))
        return self._db.execute(
            update(outbound).where(parked).values(status=DeliveryStatus.QUEUED, due_at=now, last_error="")
        ).rowcount

    def send_again(self, delivery_id: int, now: datetime) -> bool:
        """A person decided: send a message that was in doubt or dead once more."""
        held = and_(outbound.c.id == delivery_id,
                    outbound.c.status.in_((DeliveryStatus.IN_DOUBT, DeliveryStatus.DEAD)))
        address = self._db.execute(
            update(outbound).where(held).values(status=DeliveryStatus.QUEUED, due_at=now, attempts=0, last_error="")
            .returning(outbound.c.address)
        ).scalar_one_or_none()
        if address is not None:
            self._topics.add(Topic.outbound(Address.from_key(address).channel))
        return address is not None

    def reap(self, now: datetime) -> int:
        """A sender vanished in the middle of sending: what it held may have arrived."""
        expired = and_(one_of(outbound.c.status, DeliveryStatus.SENDING), outbound.c.lease_until < now)
        return self._doubt(expired)

    def recover(self) -> int:
        """As `reap`, for every lease: only when no other process can be running."""
        return self._doubt(one_of(outbound.c.status, DeliveryStatus.SENDING))

    def find_passive(self, inbound_key: str) -> PassiveAnswer | None:
        """The answer to this message if nothing of it was sent by the platform's API; None while there is none."""
        rows = self._db.execute(
            select(outbound.c.id, outbound.c.status, outbound.c.passive, outbound.c.payload, outbound.c.attempts)
            .where(outbound.c.inbound_key == inbound_key).order_by(outbound.c.id).with_for_update()
        ).all()
        free = [row for row in rows if row.passive or (row.status == DeliveryStatus.QUEUED and row.attempts == 0)]
        if not rows or len(free) < len(rows):
            return None
        messages = tuple(outbound_from_json(row.payload) for row in free)
        return PassiveAnswer(tuple(row.id for row in free), messages, any(row.passive for row in free))

    def take_passive(self, answer: PassiveAnswer, lease_until: datetime) -> None:
        """The response is about to carry the answer; if it has not left by `lease_until`, the answer is in doubt."""
        self._db.execute(
            update(outbound).where(outbound.c.id.in_(answer.ids))
            .values(status=DeliveryStatus.SENDING, passive=True, lease_until=lease_until)
        )

    def settle_passive(self, answer: PassiveAnswer, *, rest: bool, now: datetime) -> None:
        """The response with the answer's first bubble has left; `rest`: more follows by the platform's API."""
        self._topics.add(Topic.OUTBOUND_WECHAT)  # the only platform that takes answers in a response
        carried = and_(outbound.c.id.in_(answer.ids),
                       outbound.c.status.in_((DeliveryStatus.SENDING, DeliveryStatus.IN_DOUBT)))
        status = DeliveryStatus.QUEUED if rest else DeliveryStatus.SENT
        self._db.execute(
            update(outbound).where(carried)
            .values(status=status, due_at=now, sent_bubbles=1, sent_at=now, lease_until=None, last_error="")
        )

    def list_troubled(self, limit: int = 100) -> list[Delivery]:
        """What staff should look at: in doubt and dead messages, newest first."""
        rows = self._db.execute(
            select(outbound).where(outbound.c.status.in_((DeliveryStatus.IN_DOUBT, DeliveryStatus.DEAD)))
            .order_by(outbound.c.id.desc()).limit(limit)
        )
        return [_delivery(row) for row in rows]

    def conversation_of(self, delivery_id: int) -> str | None:
        return self._db.scalar(select(outbound.c.conversation_id).where(outbound.c.id == delivery_id))

    def count_troubled(self) -> int:
        troubled = outbound.c.status.in_((DeliveryStatus.IN_DOUBT, DeliveryStatus.DEAD))
        return self._db.scalar(select(func.count()).select_from(outbound).where(troubled)) or 0

    def count_by_status(self) -> Mapping[str, int]:
        rows = self._db.execute(select(outbound.c.status, func.count()).group_by(outbound.c.status))
        return {row[0]: row[1] for row in rows}

    def next_due(self, channel: str, now: datetime) -> datetime | None:
        """When the next message of this channel may leave: its own time, or when its pace or the platform allows."""
        rows = self._db.execute(_DUE_BY_LANE, {"of": channel})
        dues: list[datetime] = [
            max(row.at, self._gate.next_claim(channel, now)) if row.lane == int(Lane.CAMPAIGN) else row.at
            for row in rows
        ]
        blocked = self._buckets.blocked_until(channel)
        due = min(dues, default=None)
        return max(due, blocked) if due and blocked else due

    def _spend_window(self, lease: LeasedOutbound, now: datetime) -> bool:
        if self._windows.spend(lease.address, now):
            return True
        self._release(lease, DeliveryStatus.PARKED, last_error="no open reply window")
        return False

    def _doubt(self, which: Any) -> int:
        return self._db.execute(
            update(outbound).where(which).values(
                status=DeliveryStatus.IN_DOUBT, lease_until=None, owner=None,
                last_error="the sender stopped while this was on its way: it may have arrived",
            )
        ).rowcount

    def _release(self, lease: LeasedOutbound, status: DeliveryStatus, **values: object) -> None:
        """Let go what this transaction has just leased."""
        let_go = update(outbound).where(outbound.c.id == lease.id)
        self._db.execute(let_go.values(status=status, lease_until=None, owner=None, **values))
        self._topics.add(Topic.outbound(lease.address.channel))

    def _held(self, leases: Sequence[LeasedOutbound]) -> dict[int, bool]:
        """Which of these are still leased as they were, now locked: by id, whether another message of the customer
        waits."""
        rows = self._db.execute(_HELD, {
            "ids": [each.id for each in leases], "leases": [(each.id, each.owner, each.attempts) for each in leases],
        })
        return {row.id: row.waits for row in rows}


def _lease(row: Row[Any], owner: str) -> LeasedOutbound:
    return LeasedOutbound(
        row.id, row.key, Address.from_key(row.address), outbound_from_json(row.payload), row.attempts, row.created_at,
        owner, row.sent_bubbles, row.conversation_id,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id, row.key, row.conversation_id, Address.from_key(row.address), DeliveryStatus(row.status),
        row.payload["text"], row.last_error, row.attempts, row.created_at, row.sent_at,
    )
