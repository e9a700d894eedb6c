"""The compensation ledger with its limits; causes of complaints and the improvements made because of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from crm_store.remedy_rows import compensation_limits, compensations, complaint_causes, improvements
from crm_store.rows import tickets
from desk.agents import Role
from desk.causes import Cause, Improvement, stretch
from desk.compensation import Compensation, Limits, Remedy, Stage
from desk.errors import NotFound
from desk.tickets import TicketKind


class Compensations:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, item: Compensation, key: str) -> None:
        self._db.execute(insert(compensations).values(**asdict(item), key=key))

    def save(self, item: Compensation) -> None:
        self._db.execute(update(compensations).where(compensations.c.id == item.id).values(asdict(item)))

    def get(self, compensation_id: str) -> Compensation:
        row = self._db.execute(select(compensations).where(compensations.c.id == compensation_id)).one_or_none()
        if row is None:
            raise NotFound("no such compensation")
        return _compensation(row)

    def find_by_key(self, key: str) -> Compensation | None:
        row = self._db.execute(select(compensations).where(compensations.c.key == key)).one_or_none()
        return _compensation(row) if row else None

    def list_of(self, ticket_id: str) -> list[Compensation]:
        """Oldest first."""
        rows = self._db.execute(
            select(compensations).where(compensations.c.ticket_id == ticket_id).order_by(compensations.c.proposed_at)
        )
        return [_compensation(row) for row in rows]

    def refunds_of(self, order_number: str) -> list[Compensation]:
        """Refunds of every ticket about this order."""
        rows = self._db.execute(
            select(compensations).join(tickets, tickets.c.id == compensations.c.ticket_id)
            .where(tickets.c.order_number == order_number, compensations.c.remedy == Remedy.REFUND)
        )
        return [_compensation(row) for row in rows]

    def list_page(self, stages: Sequence[Stage], after: str, limit: int) -> list[Compensation]:
        """The ledger, newest first; `after` is the id of the last line of the page before."""
        query = select(compensations)
        if stages:
            query = query.where(compensations.c.stage.in_(list(stages)))
        if after:
            last = self.get(after)
            query = query.where(
                (compensations.c.proposed_at < last.proposed_at)
                | ((compensations.c.proposed_at == last.proposed_at) & (compensations.c.id < last.id))
            )
        newest = query.order_by(compensations.c.proposed_at.desc(), compensations.c.id.desc()).limit(limit)
        return [_compensation(row) for row in self._db.execute(newest)]

    def limits(self) -> Limits:
        return {(Role(row.role), row.unit): row.amount for row in self._db.execute(select(compensation_limits))}

    def set_limits(self, limits: Limits) -> None:
        """Replace all of them."""
        self._db.execute(delete(compensation_limits))
        rows = [{"role": role, "unit": unit, "amount": amount} for (role, unit), amount in limits.items()]
        if rows:
            self._db.execute(insert(compensation_limits), rows)


class Causes:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def list_all(self) -> list[Cause]:
        rows = self._db.execute(select(complaint_causes).order_by(complaint_causes.c.id))
        return [Cause(row.id, row.names, row.active) for row in rows]

    def get(self, cause_id: str) -> Cause:
        row = self._db.execute(select(complaint_causes).where(complaint_causes.c.id == cause_id)).one_or_none()
        if row is None:
            raise NotFound("no such cause")
        return Cause(row.id, row.names, row.active)

    def add(self, names: Mapping[str, str], cause_id: str = "") -> Cause:
        made = Cause(cause_id or uuid4().hex, dict(names))
        self._db.execute(insert(complaint_causes).values(id=made.id, names=dict(names)))
        return made

    def save(self, cause: Cause) -> None:
        self._db.execute(update(complaint_causes).where(complaint_causes.c.id == cause.id)
                         .values(names=dict(cause.names), active=cause.active))

    def counts(self, since: datetime | None = None, until: datetime | None = None) -> dict[str, int]:
        """How many complaints have each cause, of those opened in this stretch of time."""
        query = select(tickets.c.cause_id, func.count()).where(
            tickets.c.kind == TicketKind.COMPLAINT, tickets.c.cause_id.is_not(None), tickets.c.merged_into.is_(None)
        )
        if since is not None:
            query = query.where(tickets.c.created_at >= since)
        if until is not None:
            query = query.where(tickets.c.created_at < until)
        return {row[0]: row[1] for row in self._db.execute(query.group_by(tickets.c.cause_id))}

    def improve(self, cause_id: str, text: str, made_by: str, now: datetime, ticket_id: str | None = None) -> int:
        """Note an improvement; returns its id. Raises NotFound."""
        self.get(cause_id)
        row = {"cause_id": cause_id, "ticket_id": ticket_id, "text": text, "made_by": made_by, "made_at": now}
        return int(self._db.execute(insert(improvements).values(row).returning(improvements.c.id)).scalar_one())

    def improvements_of(self, cause_id: str, now: datetime) -> list[Improvement]:
        """Newest first, each with the complaints before and after it."""
        rows = self._db.execute(
            select(improvements).where(improvements.c.cause_id == cause_id).order_by(improvements.c.id.desc())
        ).all()
        return [self._measured(row, now) for row in rows]

    def _measured(self, row: Row[Any], now: datetime) -> Improvement:
        around = stretch(row.made_at, now)
        before = self.counts(row.made_at - around, row.made_at).get(row.cause_id, 0)
        after = self.counts(row.made_at, row.made_at + around).get(row.cause_id, 0)
        return Improvement(row.id, row.cause_id, row.ticket_id, row.text, row.made_by, row.made_at, before, after,
                           around // timedelta(days=1))


def _compensation(row: Row[Any]) -> Compensation:
    return Compensation(
        row.id, row.ticket_id, Remedy(row.remedy), row.amount, row.unit, row.note, Stage(row.stage), row.proposed_by,
        row.proposed_at, row.decided_by, row.decided_at, row.reason, row.carried_out_by, row.carried_out_at,
    )
