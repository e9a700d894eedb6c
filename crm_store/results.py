"""What the results of campaigns are counted from: who was reached, and what they answered. Dry runs are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from campaigns.recipients import Stage
from crm_store.campaign_rows import campaigns, recipients, survey_answers
from crm_store.queue_rows import outbound
from crm_store.rows import customers
from crm_store.value_rows import customer_values
from desk.conversations import DeliveryStatus
from insights.results import Given, Invited

_WAVE = "wave:"


@dataclass(frozen=True, slots=True)
class Wave:
    """One round of asking with the same survey: a campaign, or one round of a campaign on a schedule."""

    campaign_id: str
    name: str
    number: int
    began: datetime
    marks: tuple[int, ...]


class Results:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def count_planned(self, campaign_id: str) -> int:
        """Everybody whom the campaign means to ask, reached or not."""
        query = select(func.count()).where(
            recipients.c.campaign_id == campaign_id, ~recipients.c.is_test, recipients.c.stage != Stage.EXCLUDED
        )
        return self._db.scalar(query) or 0

    def invited(self, campaign_id: str) -> list[Invited]:
        """Whom the question reached: its message was sent, or they answered it."""
        rows = self._rows(_reached(select(*_INVITED), recipients.c.campaign_id == campaign_id))
        return [_invited(row) for row in rows]

    def given(self, campaign_id: str, invited: Sequence[Invited]) -> list[Given]:
        """Their answers, oldest first."""
        known = {each.id: each for each in invited}
        rows = self._rows(
            select(survey_answers).where(survey_answers.c.campaign_id == campaign_id, ~survey_answers.c.is_test)
            .order_by(survey_answers.c.answered_at, survey_answers.c.recipient_id)
        )
        return [
            Given(known[row.recipient_id], row.question_id, row.answered_at, row.number, tuple(row.options), row.text,
                  row.skipped)
            for row in rows if row.recipient_id in known
        ]

    def waves(self, survey_id: str, question_id: str) -> list[Wave]:
        """The marks that a question of this survey got in each round, oldest round first."""
        query = (
            select(campaigns.c.id, campaigns.c.name, recipients.c.occasion, recipients.c.asked_at,
                   survey_answers.c.number)
            .join(recipients, recipients.c.campaign_id == campaigns.c.id)
            .join(survey_answers, and_(survey_answers.c.recipient_id == recipients.c.id,
                                       survey_answers.c.question_id == question_id))
            .where(survey_answers.c.survey_id == survey_id, ~survey_answers.c.is_test,
                   survey_answers.c.number.is_not(None), recipients.c.asked_at.is_not(None))
        )
        rounds: dict[tuple[str, int], list[Any]] = {}
        for row in self._rows(query):
            rounds.setdefault((row.id, _wave_of(row.occasion)), []).append(row)
        found = [
            Wave(campaign_id, rows[0].name, number, min(row.asked_at for row in rows),
                 tuple(row.number for row in rows))
            for (campaign_id, number), rows in rounds.items()
        ]
        return sorted(found, key=lambda wave: (wave.began, wave.campaign_id))

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        return self._db.execute(query).all()


_INVITED = (
    recipients.c.id, recipients.c.channel, recipients.c.language, customer_values.c.segment, customers.c.tier,
    recipients.c.agent_id, recipients.c.occasion, recipients.c.asked_at, recipients.c.answered_at,
    recipients.c.finished_at, recipients.c.stage, recipients.c.ticket_id,
)


def _reached(query: Select[Any], which: ColumnElement[bool]) -> Select[Any]:
    # A delivered message's row is forgotten after a while: who was asked and has none was sent to.
    sent = or_(outbound.c.status == DeliveryStatus.SENT, outbound.c.id.is_(None))
    return (
        query.select_from(recipients).join(customers, customers.c.id == recipients.c.customer_id)
        .outerjoin(customer_values, customer_values.c.customer_id == recipients.c.customer_id)
        .outerjoin(outbound, outbound.c.key == recipients.c.outbound_key)
        .where(which, ~recipients.c.is_test, recipients.c.asked_at.is_not(None),
               or_(recipients.c.answered_at.is_not(None), sent))
    )


def _invited(row: Any) -> Invited:
    return Invited(
        row.id, row.channel or "", row.language, row.segment or "", row.tier, row.agent_id or "",
        _wave_of(row.occasion), row.asked_at, row.answered_at, row.finished_at, row.stage == Stage.OPTED_OUT,
        row.ticket_id,
    )


def _wave_of(occasion: str) -> int:
    number = occasion.removeprefix(_WAVE)
    return int(number) if occasion.startswith(_WAVE) and number.isdigit() else 1
