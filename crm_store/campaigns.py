"""Campaigns: their plans and states, the uploaded audiences, and how fast accounts may send."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from campaigns.campaigns import Campaign, CampaignState, Plan, Trigger
from campaigns.plan_json import plan_from_json, plan_to_json
from crm_store.campaign_rows import campaign_lists, campaign_rates, campaigns
from crm_store.dialect import put
from crm_store.rows import customers
from crm_store.signals import Topic
from desk.errors import NotFound
from desk.webhooks import Happened, nobody_listens


class Campaigns:
    def __init__(
        self, connection: Connection, topics: set[Topic], happened: Happened = nobody_listens
    ) -> None:
        self._db = connection
        self._happened = happened
        self._topics = topics

    def add(self, name: str, plan: Plan, owner_id: str, now: datetime) -> Campaign:
        campaign = Campaign(uuid4().hex, name, CampaignState.DRAFT, plan, owner_id, now)
        self._db.execute(insert(campaigns).values(_row(campaign)))
        return campaign

    def get(self, campaign_id: str) -> Campaign:
        """On PostgreSQL nobody else changes it until this transaction ends (SQLite has one writer)."""
        row = self._db.execute(
            select(campaigns).where(campaigns.c.id == campaign_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound("no such campaign")
        return _campaign(row)

    def take(self, campaign_id: str) -> Campaign | None:
        """As `get`; None when it is gone or another worker is at it just now."""
        row = self._db.execute(
            select(campaigns).where(campaigns.c.id == campaign_id).with_for_update(skip_locked=True)
        ).one_or_none()
        return _campaign(row) if row else None

    def save(self, campaign: Campaign) -> None:
        self._db.execute(update(campaigns).where(campaigns.c.id == campaign.id).values(_row(campaign)))
        self._topics.add(Topic.CAMPAIGN)
        self._happened("campaign.changed", {"campaign": campaign.id, "state": campaign.state})

    def list_page(
        self, states: Collection[CampaignState] = (), before: str = "", limit: int = 50
    ) -> list[Campaign]:
        """Newest first; `before` is the id of the last campaign of the page before."""
        query = select(campaigns)
        if states:
            query = query.where(campaigns.c.state.in_(list(states)))
        if before:
            last = self.get(before)
            earlier = campaigns.c.created_at < last.created_at
            query = query.where(earlier | ((campaigns.c.created_at == last.created_at) & (campaigns.c.id > last.id)))
        rows = self._db.execute(query.order_by(campaigns.c.created_at.desc(), campaigns.c.id).limit(limit))
        return [_campaign(row) for row in rows]

    def list_triggered_by(self, trigger: Trigger) -> list[Campaign]:
        rows = self._db.execute(
            select(campaigns).where(campaigns.c.state == CampaignState.RUNNING, campaigns.c.trigger == trigger)
            .order_by(campaigns.c.started_at, campaigns.c.id)
        )
        return [_campaign(row) for row in rows]

    def list_at_work(self) -> list[str]:
        """The ids of those that may have something to do by themselves."""
        at_work = or_(
            campaigns.c.state == CampaignState.SCHEDULED, campaigns.c.state == CampaignState.RUNNING,
            campaigns.c.state == CampaignState.PAUSED,
        )
        return list(self._db.scalars(select(campaigns.c.id).where(at_work).order_by(campaigns.c.created_at)))

    def put_list(self, campaign_id: str, customer_ids: Iterable[str]) -> int:
        """The uploaded audience, in place of an earlier one; returns how many customers it holds."""
        self._db.execute(delete(campaign_lists).where(campaign_lists.c.campaign_id == campaign_id))
        rows = [{"campaign_id": campaign_id, "customer_id": name} for name in dict.fromkeys(customer_ids)]
        for start in range(0, len(rows), 1000):
            self._db.execute(insert(campaign_lists), rows[start : start + 1000])
        return len(rows)

    def count_list(self, campaign_id: str) -> int:
        query = select(func.count()).select_from(campaign_lists).where(campaign_lists.c.campaign_id == campaign_id)
        return self._db.scalar(query) or 0

    def known_customers(self, customer_ids: Collection[str]) -> set[str]:
        """Those of the ids that are customers."""
        return set(self._db.scalars(select(customers.c.id).where(customers.c.id.in_(list(customer_ids)))))

    def chosen_rates(self) -> dict[str, float]:
        """Messages a second by account, where somebody chose less than the most that is allowed."""
        return {row.account: row.per_second for row in self._db.execute(select(campaign_rates))}

    def choose_rate(self, account: str, per_second: float | None) -> None:
        """None: as fast as is allowed."""
        if per_second is None:
            self._db.execute(delete(campaign_rates).where(campaign_rates.c.account == account))
        else:
            put(self._db, campaign_rates, {"account": account, "per_second": per_second}, (campaign_rates.c.account,))


def _row(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id, "name": campaign.name, "state": campaign.state, "trigger": campaign.plan.trigger,
        "purpose": campaign.plan.purpose,
        "survey_id": campaign.plan.survey_id, "version": campaign.version, "plan": plan_to_json(campaign.plan),
        "owner_id": campaign.owner_id, "wave": campaign.wave, "planned": campaign.planned, "cursor": campaign.cursor,
        "created_at": campaign.created_at, "started_at": campaign.started_at, "finished_at": campaign.finished_at,
        "next_wave_at": campaign.next_wave_at,
    }


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        row.id, row.name, CampaignState(row.state), plan_from_json(row.plan), row.owner_id, row.created_at,
        row.version, row.wave, row.planned, row.cursor, row.started_at, row.finished_at, row.next_wave_at,
    )
