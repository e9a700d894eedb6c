"""Recipients: planned once, however often a slice is repeated; then asked, and heard."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, exists, insert, literal, or_, select, update

from campaigns.answers import Answer
from campaigns.audience import Exclusion
from campaigns.campaigns import Campaign, Plan
from campaigns.planner import Placement, Timing, arm_of, place, zone_of
from campaigns.progress_json import progress_from_json, progress_to_json
from campaigns.recipients import OPEN_STAGES, Recipient, Stage
from campaigns.surveys import Question, Survey, asked_in
from crm_store.audiences import Audiences, Candidate
from crm_store.campaign_rows import campaign_lists, consents, recipients, survey_answers
from crm_store.columns import one_of
from crm_store.dialect import add_new, put
from crm_store.limits import channel_key
from crm_store.queue_rows import outbound
from crm_store.reaches import Reaches
from crm_store.rows import conversations, tickets
from desk.conversations import DeliveryStatus, Holder
from desk.errors import NotFound
from desk.messages import Address, Language
from desk.tickets import TicketStatus

SETTLED_LATELY = timedelta(days=2)
"""Tickets closed longer ago, while no worker ran, are left alone."""
AT_ONCE = 50
SLICE = 500
"""Customers in one transaction of the fan-out."""


_TALKING = (  # built once: every turn asks it
    select(recipients)
    .where(recipients.c.address == bindparam("at"), one_of(recipients.c.stage, *OPEN_STAGES),
           recipients.c.touched_at.is_not(None))
    .order_by(recipients.c.touched_at.desc(), recipients.c.id.desc()).limit(1)
)


class Recipients:
    """`zone` is the business's, for customers whose own is not known; asked for only then."""

    def __init__(self, connection: Connection, zone: Callable[[], ZoneInfo]) -> None:
        self._db = connection
        self._find_zone = zone
        self._audiences = Audiences(connection)
        self._reaches = Reaches(connection)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return self._find_zone()

    def get(self, recipient_id: int) -> Recipient:
        row = self._db.execute(
            select(recipients).where(recipients.c.id == recipient_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound("no such recipient")
        return recipient_of(row)

    def find_talking(self, address: Address) -> Recipient | None:
        row = self._db.execute(_TALKING, {"at": address.key}).one_or_none()
        return recipient_of(row) if row else None

    def save(self, recipient: Recipient) -> None:
        self._db.execute(update(recipients).where(recipients.c.id == recipient.id).values(
            stage=recipient.stage, reason=recipient.reason, ticket_id=recipient.ticket_id,
            progress=progress_to_json(recipient.progress) if recipient.progress else None,
            conversation_id=recipient.conversation_id or None, due_at=recipient.due_at, asked_at=recipient.asked_at,
            touched_at=recipient.touched_at, answered_at=recipient.answered_at, finished_at=recipient.finished_at,
            reminded_at=recipient.reminded_at,
        ))

    def keep_answer(self, recipient: Recipient, question: Question, answer: Answer, now: datetime) -> None:
        put(self._db, survey_answers, {
            "recipient_id": recipient.id, "question_id": question.id, "campaign_id": recipient.campaign_id,
            "survey_id": recipient.survey_id, "version": recipient.version, "kind": question.kind,
            "number": answer.number, "options": list(answer.options), "text": answer.text, "skipped": answer.skipped,
            "is_test": recipient.is_test, "answered_at": now,
        }, (survey_answers.c.recipient_id, survey_answers.c.question_id))

    def plan_slice(
        self, campaign: Campaign, survey: Survey, now: datetime, accounts: Collection[str], limit: int = SLICE
    ) -> Campaign:
        """Plan the next customers of the audience; returns the campaign with its cursor moved, `planned` at the end.

        A slice that is repeated (the process died before it was stored whole) adds nobody twice.
        """
        found = self._audiences.slice(campaign.id, campaign.plan, campaign.cursor, limit, now)
        occasion = f"wave:{campaign.wave}" if campaign.plan.every_days else ""
        self._insert(campaign, survey, found, occasion, now, accounts)
        return replace(campaign, cursor=found[-1].id if found else campaign.cursor, planned=len(found) < limit)

    def add_triggered(
        self, campaign: Campaign, customer_id: str, occasion: str, now: datetime, accounts: Collection[str], *,
        survey: Survey, agent_id: str | None = None, address: Address | None = None,
    ) -> bool:
        """Plan one customer for one occasion; the same occasion again adds nothing. True when they will be asked."""
        candidate = self._audiences.one(campaign.id, campaign.plan, customer_id, now)
        if candidate is None:
            return False
        due = now + campaign.plan.delay
        return self._insert(campaign, survey, [candidate], occasion, due, accounts, agent_id=agent_id,
                            only=address) == 1

    def plan_settled(
        self, campaign: Campaign, survey: Survey, now: datetime, accounts: Collection[str]
    ) -> None:
        """Plan the customers of the tickets that were closed since the campaign began, each ticket once."""
        occasion = literal("ticket:") + tickets.c.id
        known = exists().where(recipients.c.campaign_id == campaign.id, recipients.c.occasion == occasion)
        since = max(campaign.started_at or now, now - SETTLED_LATELY)
        settled = self._db.execute(
            select(tickets.c.id, tickets.c.customer_id, tickets.c.owner_id)
            .where(tickets.c.status == TicketStatus.CLOSED, tickets.c.closed_at >= since,
                   tickets.c.merged_into.is_(None), ~known)
            .order_by(tickets.c.closed_at).limit(AT_ONCE)
        ).all()
        for ticket in settled:
            self.add_triggered(campaign, ticket.customer_id, f"ticket:{ticket.id}", now, accounts, survey=survey,
                               agent_id=ticket.owner_id)

    def add_test(
        self, campaign: Campaign, survey: Survey, customer_id: str, address: Address, language: Language, arm: int,
        now: datetime,
    ) -> Recipient:
        """Somebody for a dry run, which is counted nowhere."""
        made = self._db.execute(insert(recipients).values({
            **_planned(campaign, survey, customer_id, f"test:{now.timestamp():.6f}", now), "stage": Stage.WAITING,
            "address": address.key, "channel": address.channel, "account": channel_key(address),
            "language": asked_in(survey, language), "arm": arm, "is_test": True, "due_at": None,
        }).returning(recipients.c.id))
        return self.get(made.scalar_one())

    def list_due(self, campaign_id: str, account: str, now: datetime, limit: int) -> list[Recipient]:
        """Who is to be asked now from this account, longest due first; locked, so that no other worker takes them."""
        query = (
            select(recipients)
            .where(recipients.c.campaign_id == campaign_id, recipients.c.stage == Stage.WAITING,
                   recipients.c.account == account, recipients.c.due_at <= now)
            .order_by(recipients.c.due_at, recipients.c.id).limit(limit).with_for_update(skip_locked=True)
        )
        return [recipient_of(row) for row in self._db.execute(query)]

    def check_again(
        self, campaign: Campaign, due: Sequence[Recipient], now: datetime, held_again_in: timedelta
    ) -> list[Recipient]:
        """Those who may be asked at this moment; the others are put off, or left out for a reason that is new."""
        known = self._audiences.some(campaign.id, campaign.plan, [one.customer_id for one in due], now)
        held = self._held([one.address.key for one in due if one.address])
        ready = []
        for one in due:
            candidate = known.get(one.customer_id)
            if candidate is None or one.address is None:
                continue
            local = now.astimezone(zone_of(candidate.time_zone, self._zone))
            if candidate.exclusion is not None and one.asked_at is None:
                self._exclude(one, candidate.exclusion, now)
            elif candidate.exclusion in (Exclusion.OPTED_OUT, Exclusion.OPEN_COMPLAINT):
                self.save(replace(one, reminded_at=now))  # they were asked, and are not reminded
            elif campaign.plan.quiet.covers(local):
                self._put_off(one, campaign.plan.quiet.over_at(local))
            elif one.address.key in held:
                self._put_off(one, now + held_again_in)
            else:
                ready.append(one)
        return ready

    def list_silent(self, campaign_id: str, sent_before: datetime, limit: int) -> list[Recipient]:
        query = (
            select(recipients).join(outbound, outbound.c.key == recipients.c.outbound_key)
            .where(recipients.c.campaign_id == campaign_id, recipients.c.stage == Stage.ASKED,
                   recipients.c.reminded_at.is_(None), outbound.c.status == DeliveryStatus.SENT,
                   outbound.c.sent_at <= sent_before)
            .order_by(recipients.c.id).limit(limit)
        )
        return [recipient_of(row) for row in self._db.execute(query)]

    def is_done(self, campaign_id: str, asked_before: datetime) -> bool:
        mine = recipients.c.campaign_id == campaign_id
        waits = or_(
            recipients.c.stage == Stage.WAITING,
            and_(recipients.c.stage.in_(OPEN_STAGES), recipients.c.touched_at > asked_before),
        )
        return self._db.execute(select(recipients.c.id).where(mine, waits).limit(1)).one_or_none() is None

    def end_all(self, campaign_id: str, stage: Stage, now: datetime) -> None:
        mine = recipients.c.campaign_id == campaign_id
        self._db.execute(
            update(recipients).where(mine, recipients.c.stage == Stage.WAITING).values(stage=stage, finished_at=now)
        )
        sent = select(outbound.c.key).where(outbound.c.status == DeliveryStatus.SENT)
        over = or_(
            recipients.c.stage == Stage.ANSWERING,
            and_(recipients.c.stage == Stage.ASKED, recipients.c.outbound_key.in_(sent)),
        )
        self._db.execute(update(recipients).where(mine, over).values(stage=Stage.EXPIRED, finished_at=now))

    def _exclude(self, recipient: Recipient, why: Exclusion, now: datetime) -> None:
        stage = Stage.OPTED_OUT if why is Exclusion.OPTED_OUT else Stage.EXCLUDED
        self._db.execute(update(recipients).where(recipients.c.id == recipient.id).values(
            stage=stage, reason=why, finished_at=now,
        ))

    def _put_off(self, recipient: Recipient, until: datetime) -> None:
        """A reminder is looked at again anyway; only a first message has a date of its own."""
        if recipient.asked_at is None:
            self._db.execute(update(recipients).where(recipients.c.id == recipient.id).values(due_at=until))

    def _held(self, addresses: Collection[str]) -> set[str]:
        """Those of the addresses where a person has, or is to take, the conversation."""
        busy = conversations.c.holder.in_((Holder.QUEUE, Holder.AGENT))
        return set(self._db.scalars(
            select(conversations.c.address).where(conversations.c.address.in_(list(addresses)), busy)
        ))

    def place_slice(
        self, campaign_id: str, plan: Plan, after: str, now: datetime, accounts: Collection[str], limit: int = SLICE
    ) -> list[tuple[Candidate, Placement | None]]:
        """Where and when the next customers of an audience would be asked; None for who is excluded. Stores nothing."""
        found = self._audiences.slice(campaign_id, plan, after, limit, now)
        return self._places(plan, found, now, accounts, None)

    def _places(
        self, plan: Plan, found: Sequence[Candidate], due: datetime, accounts: Collection[str], only: Address | None
    ) -> list[tuple[Candidate, Placement | None]]:
        asked = [candidate.id for candidate in found if candidate.exclusion is None]
        reaches = self._reaches.of(asked, accounts, due)
        places: list[tuple[Candidate, Placement | None]] = []
        for candidate in found:
            placement = None
            if candidate.exclusion is None:
                ways = [reach for reach in reaches.get(candidate.id, ()) if only is None or reach.address == only]
                zone = zone_of(candidate.time_zone, self._zone)
                placement = place(ways, plan.channels, plan.quiet, zone, due)
            places.append((candidate, placement))
        return places

    def _insert(
        self, campaign: Campaign, survey: Survey, found: Sequence[Candidate], occasion: str, due: datetime,
        accounts: Collection[str], *, agent_id: str | None = None, only: Address | None = None,
    ) -> int:
        """Store these candidates, excluded ones with their reason; returns how many new ones will be asked."""
        rows = []
        for candidate, placement in self._places(campaign.plan, found, due, accounts, only):
            row = {**_planned(campaign, survey, candidate.id, occasion, due), "agent_id": agent_id}
            known = Language(candidate.language) if candidate.language else None
            row["language"] = asked_in(survey, known)
            row["arm"] = arm_of(campaign.id, candidate.id, len(campaign.plan.openings))
            rows.append(row | _placed(placement, candidate.exclusion))
        added = add_new(self._db, recipients, rows, (
            recipients.c.campaign_id, recipients.c.customer_id, recipients.c.occasion,
        ), recipients.c.stage)
        return sum(1 for stage in added if stage == Stage.WAITING)


_UNSENT = (DeliveryStatus.QUEUED, DeliveryStatus.RETRY, DeliveryStatus.PARKED)


def merge_recipients(db: Connection, winner_id: str, loser_id: str) -> None:
    """Two profiles were one person: what was asked of either was asked of them; lists and consents move along."""
    twice = select(recipients.c.campaign_id).where(recipients.c.customer_id == winner_id)
    unsent = and_(recipients.c.stage == Stage.ASKED, recipients.c.outbound_key.in_(
        select(outbound.c.key).where(outbound.c.status.in_(_UNSENT), outbound.c.sent_bubbles == 0)
    ))
    db.execute(
        update(recipients).where(recipients.c.customer_id == loser_id, recipients.c.campaign_id.in_(twice))
        .values(occasion=recipients.c.occasion + f"~{loser_id}", stage=case(
            (or_(recipients.c.stage == Stage.WAITING, unsent), Stage.CANCELLED), else_=recipients.c.stage
        ))
    )
    db.execute(update(recipients).where(recipients.c.customer_id == loser_id).values(customer_id=winner_id))
    for table, key in ((campaign_lists, campaign_lists.c.campaign_id), (consents, consents.c.purpose)):
        had = select(key).where(table.c.customer_id == winner_id)
        db.execute(delete(table).where(table.c.customer_id == loser_id, key.in_(had)))
        db.execute(update(table).where(table.c.customer_id == loser_id).values(customer_id=winner_id))


def _planned(
    campaign: Campaign, survey: Survey, customer_id: str, occasion: str, now: datetime
) -> dict[str, Any]:
    return {
        "campaign_id": campaign.id, "customer_id": customer_id, "occasion": occasion[:120],
        "survey_id": campaign.plan.survey_id, "version": campaign.version, "created_at": now,
        "language": survey.languages[0],
    }


def _placed(placement: Placement | None, exclusion: Exclusion | None) -> dict[str, Any]:
    if placement is None or placement.address is None or placement.timing is Timing.NEVER:
        why = exclusion.value if exclusion else placement.obstacle.value if placement and placement.obstacle else ""
        return {"stage": Stage.EXCLUDED, "reason": why, "address": None, "channel": None, "account": None,
                "due_at": None}
    address = placement.address
    return {"stage": Stage.WAITING, "reason": "", "address": address.key, "channel": address.channel,
            "account": channel_key(address), "due_at": placement.due_at}


def recipient_of(row: Row[Any]) -> Recipient:
    return Recipient(
        id=row.id, campaign_id=row.campaign_id, customer_id=row.customer_id, occasion=row.occasion,
        stage=Stage(row.stage), address=Address.from_key(row.address) if row.address else None,
        language=Language(row.language), arm=row.arm,
        progress=progress_from_json(row.progress) if row.progress else None,
        conversation_id=row.conversation_id or "", reason=row.reason, survey_id=row.survey_id, version=row.version,
        agent_id=row.agent_id, ticket_id=row.ticket_id, is_test=row.is_test, due_at=row.due_at, asked_at=row.asked_at,
        touched_at=row.touched_at, answered_at=row.answered_at, finished_at=row.finished_at,
        reminded_at=row.reminded_at,
    )
