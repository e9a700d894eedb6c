"""The satisfaction programme: indicators, their plans, and the marks of a survey in a cycle."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from crm_store.campaign_rows import survey_answers
from crm_store.programme_rows import improvement_plans, programme_indicators
from desk.errors import Conflict, NotFound
from insights.periods import Period
from insights.programme import Cycle, ImprovementPlan, ProgrammeIndicator, Source


class Programme:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, indicator: ProgrammeIndicator) -> ProgrammeIndicator:
        """With an id of its own."""
        made = replace(indicator, id=uuid4().hex)
        self._db.execute(insert(programme_indicators).values(_indicator_row(made)))
        return made

    def save(self, indicator: ProgrammeIndicator) -> None:
        self._db.execute(
            update(programme_indicators).where(programme_indicators.c.id == indicator.id)
            .values(_indicator_row(indicator))
        )

    def get(self, indicator_id: str) -> ProgrammeIndicator:
        row = self._db.execute(
            select(programme_indicators).where(programme_indicators.c.id == indicator_id)
        ).one_or_none()
        if row is None:
            raise NotFound("no such indicator")
        return _indicator(row)

    def list_indicators(self) -> list[ProgrammeIndicator]:
        """Those that are measured still, in the order they were made."""
        rows = self._db.execute(
            select(programme_indicators).where(~programme_indicators.c.archived)
            .order_by(programme_indicators.c.created_at, programme_indicators.c.id)
        )
        return [_indicator(row) for row in rows]

    def add_plan(self, plan: ImprovementPlan) -> ImprovementPlan:
        made = replace(plan, id=uuid4().hex)
        self._db.execute(insert(improvement_plans).values(
            id=made.id, indicator_id=made.indicator_id, cycle_first=made.cycle_first.isoformat(), value=made.value,
            target=made.target, count=made.count, cause=made.cause, action=made.action, owner_id=made.owner_id,
            due_on=made.due_on.isoformat(), created_at=made.created_at,
        ))
        return made

    def get_plan(self, plan_id: str) -> ImprovementPlan:
        row = self._db.execute(select(improvement_plans).where(improvement_plans.c.id == plan_id)).one_or_none()
        if row is None:
            raise NotFound("no such plan")
        return _plan(row)

    def finish_plan(self, plan_id: str, outcome: str, now: datetime) -> ImprovementPlan:
        """Raises Conflict when it was finished before."""
        plan = self.get_plan(plan_id)
        if plan.done_at is not None:
            raise Conflict("this plan was finished before")
        self._db.execute(
            update(improvement_plans).where(improvement_plans.c.id == plan_id).values(outcome=outcome, done_at=now)
        )
        return replace(plan, outcome=outcome, done_at=now)

    def list_plans(self, indicator_id: str) -> list[ImprovementPlan]:
        """Newest first."""
        rows = self._db.execute(
            select(improvement_plans).where(improvement_plans.c.indicator_id == indicator_id)
            .order_by(improvement_plans.c.created_at.desc(), improvement_plans.c.id)
        )
        return [_plan(row) for row in rows]

    def marks(self, survey_id: str, question_id: str, period: Period) -> Sequence[int]:
        """What a scale of a survey was answered with in a period, dry runs left out."""
        return list(self._db.scalars(
            select(survey_answers.c.number).where(
                survey_answers.c.survey_id == survey_id, survey_answers.c.question_id == question_id,
                survey_answers.c.answered_at >= period.start, survey_answers.c.answered_at < period.end,
                survey_answers.c.number.is_not(None), ~survey_answers.c.is_test,
            )
        ))


def _indicator_row(indicator: ProgrammeIndicator) -> dict[str, Any]:
    return {
        "id": indicator.id, "name": indicator.name, "source": indicator.source, "survey_id": indicator.survey_id,
        "question_id": indicator.question_id, "target": indicator.target, "cycle": indicator.cycle,
        "owner_id": indicator.owner_id, "archived": indicator.archived, "created_at": indicator.created_at,
    }


def _indicator(row: Row[Any]) -> ProgrammeIndicator:
    return ProgrammeIndicator(
        row.id, row.name, Source(row.source), row.target, Cycle(row.cycle), row.owner_id, row.created_at,
        row.survey_id, row.question_id, row.archived,
    )


def _plan(row: Any) -> ImprovementPlan:
    return ImprovementPlan(
        row.id, row.indicator_id, date.fromisoformat(row.cycle_first), row.value, row.target, row[5], row.cause,
        row.action, row.owner_id, date.fromisoformat(row.due_on), row.created_at, row.outcome, row.done_at,
    )
