"""The last look at a campaign's message before it leaves: its pace, and whether it still may."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from campaigns.campaigns import CampaignState
from campaigns.plan_json import plan_from_json
from campaigns.planner import Pace, limit_of, pace, zone_of
from campaigns.recipients import OPEN_STAGES
from crm_store.campaign_rows import campaign_rates, campaigns, consents, recipients
from crm_store.limits import Buckets
from crm_store.postbox import REMINDER, Postbox
from crm_store.rows import conversations, customers
from crm_store.signals import Topic
from desk.channels import Capabilities
from desk.conversations import DeliveryStatus, Holder
from desk.queue import LeasedOutbound

HELD_AGAIN_IN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that does not leave now: what becomes of it, and, where it is only put off, until when."""

    lease: LeasedOutbound
    status: DeliveryStatus
    reason: str
    until: datetime | None = None


class CampaignGate:
    """One bucket beside each account's own, smaller than it, so that campaigns leave room for replies."""

    def __init__(self, connection: Connection, topics: set[Topic], zone: Callable[[], ZoneInfo]) -> None:
        self._db = connection
        self._zone = zone
        self._buckets = Buckets(connection)
        self._post = Postbox(connection, topics)

    def available(self, channel: str, can: Capabilities, now: datetime) -> int:
        """How many campaign messages may leave now."""
        own = self._pace(channel, can)
        return self._buckets.available(_key(channel), own.rate, own.burst, now)

    def take(self, channel: str, count: int, now: datetime) -> None:
        self._buckets.take(_key(channel), count, now)

    def next_token(self, channel: str, can: Capabilities, now: datetime) -> datetime:
        """When the next campaign message may leave."""
        held, own = self._buckets.tokens(_key(channel)), self._pace(channel, can)
        if held is None or held[0] >= 1:
            return now
        return held[1] + timedelta(seconds=(1 - held[0]) / own.rate)

    def review(self, leases: Sequence[LeasedOutbound], now: datetime) -> tuple[list[LeasedOutbound], list[Refusal]]:
        """Who may still be written to; a paused campaign's messages are unmade, as if they had never been queued."""
        known = self._load([lease.key.removesuffix(REMINDER) for lease in leases])
        may: list[LeasedOutbound] = []
        refused: list[Refusal] = []
        paused: list[str] = []
        for lease in leases:
            row = known.get(lease.key.removesuffix(REMINDER))
            if row is None:
                refused.append(Refusal(lease, DeliveryStatus.CANCELLED, "no recipient"))
            elif row.state == CampaignState.PAUSED and not row.is_test:
                paused.append(lease.key)
            else:
                refusal = self._refusal(lease, row, now)
                may, refused = ([*may, lease], refused) if refusal is None else (may, [*refused, refusal])
        self._post.unmake(paused)
        return may, refused

    def _refusal(self, lease: LeasedOutbound, row: Any, now: datetime) -> Refusal | None:
        if row.is_test:
            return None
        plan = plan_from_json(row.plan)
        if CampaignState(row.state).is_over or (plan.ends_at is not None and plan.ends_at <= now):
            return Refusal(lease, DeliveryStatus.CANCELLED, "the campaign is over")
        if not row.consent or row.allowed is False or row.stage not in OPEN_STAGES:
            return Refusal(lease, DeliveryStatus.SUPPRESSED, "no consent")
        local = now.astimezone(zone_of(row.time_zone, self._zone()))
        if plan.quiet.covers(local):
            return Refusal(lease, DeliveryStatus.QUEUED, "quiet hours", plan.quiet.over_at(local))
        if row.holder in (Holder.QUEUE, Holder.AGENT):
            return Refusal(lease, DeliveryStatus.QUEUED, "a person has the conversation", now + HELD_AGAIN_IN)
        return None

    def _load(self, keys: Sequence[str]) -> dict[str, Any]:
        busy = and_(conversations.c.address == recipients.c.address, conversations.c.holder != Holder.NOBODY)
        rows = self._db.execute(
            select(recipients.c.outbound_key, recipients.c.stage, recipients.c.is_test, campaigns.c.state,
                   campaigns.c.plan, customers.c.consent, customers.c.time_zone, consents.c.allowed,
                   conversations.c.holder)
            .join(campaigns, campaigns.c.id == recipients.c.campaign_id)
            .join(customers, customers.c.id == recipients.c.customer_id)
            .outerjoin(consents, and_(consents.c.customer_id == customers.c.id,
                                      consents.c.purpose == campaigns.c.purpose))
            .outerjoin(conversations, busy)
            .where(recipients.c.outbound_key.in_(list(keys)))
        )
        return {row.outbound_key: row for row in rows}

    def _pace(self, channel: str, can: Capabilities) -> Pace:
        chosen = self._db.scalar(select(campaign_rates.c.per_second).where(campaign_rates.c.account == channel))
        return pace(limit_of(can.rate, chosen))


def _key(channel: str) -> str:
    return f"{channel}#campaigns"
