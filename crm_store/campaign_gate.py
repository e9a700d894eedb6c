"""The last look at a campaign's message before it leaves: its pace, and whether it still may."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select

from campaigns.campaigns import CampaignState
from campaigns.plan_json import plan_from_json
from campaigns.planner import limit_of, most_in_a_second, spacing, zone_of
from campaigns.recipients import OPEN_STAGES
from crm_store.campaign_rows import campaign_rates, campaigns, consents, recipients
from crm_store.dialect import put
from crm_store.postbox import REMINDER, Postbox
from crm_store.queue_rows import buckets
from crm_store.rows import conversations, customers
from crm_store.signals import Topic
from desk.channels import Capabilities
from desk.conversations import DeliveryStatus, Holder
from desk.queue import LeasedOutbound, Slot

HELD_AGAIN_IN = timedelta(minutes=10)
AHEAD = timedelta(seconds=0.2)
"""How far ahead messages are leased: one claim serves several, and who comes a little late loses no moment."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that does not leave now: what becomes of it, and, where it is only put off, until when."""

    lease: LeasedOutbound
    status: DeliveryStatus
    reason: str
    until: datetime | None = None


class CampaignGate:
    """Messages of campaigns leave evenly spaced, each account with a pace below its own, so that replies have room.

    The row of an account's pace is a bucket of its own, whose `updated_at` is the next moment that is free.
    """

    def __init__(self, connection: Connection, topics: set[Topic], zone: Callable[[], ZoneInfo]) -> None:
        self._db = connection
        self._zone = zone
        self._post = Postbox(connection, topics)

    def slots(self, channel: str, can: Capabilities, now: datetime, most: int) -> list[Slot]:
        """When the next messages may leave, as far as that is to be said now."""
        limit, first = self._limit(channel, can), max(now, self._free_from(channel) or now)
        gap, highest = spacing(limit), most_in_a_second(limit)
        return [Slot(first + n * gap, gap, highest) for n in range(most) if first + n * gap <= now + AHEAD]

    def take(self, channel: str, last: Slot) -> None:
        """The slots until this one are taken."""
        put(self._db, buckets, {"channel": _key(channel), "tokens": 0.0, "updated_at": last.at + last.gap},
            (buckets.c.channel,))

    def next_claim(self, channel: str, now: datetime) -> datetime:
        """When to claim again: before the last slot that was taken has passed."""
        free = self._free_from(channel)
        return now if free is None else free - AHEAD / 2

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

    def _free_from(self, channel: str) -> datetime | None:
        free: datetime | None = self._db.scalar(
            select(buckets.c.updated_at).where(buckets.c.channel == _key(channel)).with_for_update()
        )
        return free

    def _limit(self, channel: str, can: Capabilities) -> float:
        chosen = self._db.scalar(select(campaign_rates.c.per_second).where(campaign_rates.c.account == channel))
        return limit_of(can.rate, chosen)


def _key(channel: str) -> str:
    return f"{channel}#campaigns"
