"""What staff see of a campaign: every recipient's state, and the counts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from campaigns.answers import Answer
from campaigns.recipients import Recipient, RecipientState, Stage, state_of
from crm_store.campaign_rows import recipients, survey_answers
from crm_store.queue_rows import outbound
from crm_store.recipients import recipient_of
from desk.conversations import DeliveryStatus

_TROUBLED = (RecipientState.FAILED, RecipientState.IN_DOUBT, RecipientState.PARKED)


@dataclass(frozen=True, slots=True)
class Listed:
    """A recipient as the list shows them; `why` is the reason of an exclusion or of a failure."""

    recipient: Recipient
    state: RecipientState
    why: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    question_id: str
    answer: Answer
    at: datetime


class RecipientViews:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def count_stages(self, campaign_id: str) -> dict[Stage, int]:
        rows = self._db.execute(
            select(recipients.c.stage, func.count()).where(recipients.c.campaign_id == campaign_id,
                                                          ~recipients.c.is_test).group_by(recipients.c.stage)
        )
        return {Stage(row[0]): row[1] for row in rows}

    def count_states(self, campaign_id: str) -> dict[RecipientState, int]:
        """How many recipients are in which state, dry runs left out."""
        counts: dict[RecipientState, int] = {}
        query = (
            select(recipients.c.stage, outbound.c.status, func.count().label("many"))
            .outerjoin(outbound, outbound.c.key == recipients.c.outbound_key)
            .where(recipients.c.campaign_id == campaign_id, ~recipients.c.is_test)
            .group_by(recipients.c.stage, outbound.c.status)
        )
        for row in self._db.execute(query):
            state = state_of(Stage(row.stage), DeliveryStatus(row.status) if row.status else None)
            counts[state] = counts.get(state, 0) + row.many
        return counts

    def count_exclusions(self, campaign_id: str) -> dict[str, int]:
        """Who is left out, by reason."""
        rows = self._db.execute(
            select(recipients.c.reason, func.count())
            .where(recipients.c.campaign_id == campaign_id, recipients.c.stage == Stage.EXCLUDED)
            .group_by(recipients.c.reason).order_by(func.count().desc())
        )
        return {row[0]: row[1] for row in rows}

    def list_page(
        self, campaign_id: str, states: Collection[RecipientState] = (), after: int = 0, limit: int = 50
    ) -> list[Listed]:
        """Recipients with their state and what went wrong, in the order they were planned."""
        query: Select[Any] = (
            select(recipients, outbound.c.status, outbound.c.last_error)
            .outerjoin(outbound, outbound.c.key == recipients.c.outbound_key)
            .where(recipients.c.campaign_id == campaign_id, recipients.c.id > after)
            .order_by(recipients.c.id)
        )
        if states:
            query = query.where(_in_states(states))
        found = []
        for row in self._db.execute(query.limit(limit)):
            status = DeliveryStatus(row.status) if row.status else None
            state = state_of(Stage(row.stage), status)
            why = row.reason or (row.last_error or "" if state in _TROUBLED else "")
            found.append(Listed(recipient_of(row), state, why))
        return found

    def list_answers(self, recipient_id: int) -> list[GivenAnswer]:
        """What one recipient answered, in the order they did."""
        rows = self._db.execute(
            select(survey_answers).where(survey_answers.c.recipient_id == recipient_id)
            .order_by(survey_answers.c.answered_at)
        )
        return [
            GivenAnswer(row.question_id, Answer(row.number, tuple(row.options), row.text, row.skipped), row.answered_at)
            for row in rows
        ]

    def count_sent_since(self, campaign_id: str, since: datetime) -> int:
        """How many messages of the campaign left since this moment."""
        query = (
            select(func.count()).select_from(recipients)
            .join(outbound, outbound.c.key == recipients.c.outbound_key)
            .where(recipients.c.campaign_id == campaign_id, outbound.c.sent_at >= since)
        )
        return self._db.scalar(query) or 0

    def count_waiting_by_account(self, campaign_id: str) -> dict[str, int]:
        """Who is still to be asked, by the account they are asked from."""
        rows = self._db.execute(
            select(recipients.c.account, func.count())
            .where(recipients.c.campaign_id == campaign_id, recipients.c.stage == Stage.WAITING)
            .group_by(recipients.c.account)
        )
        return {row[0]: row[1] for row in rows}


def _in_states(states: Collection[RecipientState]) -> Any:
    """The states as conditions on stage and delivery, by trying every pair."""
    pairs = [
        (stage, status) for stage in Stage for status in (None, *DeliveryStatus) if state_of(stage, status) in states
    ]
    conditions = []
    for stage in {stage for stage, _ in pairs}:
        statuses = [status for each, status in pairs if each is stage]
        if stage is not Stage.ASKED:
            conditions.append(recipients.c.stage == stage)
            continue
        known = outbound.c.status.in_([status for status in statuses if status is not None])
        fits = or_(known, outbound.c.status.is_(None)) if None in statuses else known
        conditions.append(and_(recipients.c.stage == stage, fits))
    return or_(*conditions)
