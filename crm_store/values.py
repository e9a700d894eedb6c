"""Customers' value: adding up their orders, keeping what was counted, and whose turn it is to count."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, select, update

from crm_store.customers import customer_of
from crm_store.dialect import add_missing, put_many
from crm_store.rows import customers, orders
from crm_store.signals import Topic
from crm_store.value_rows import customer_values, value_counting
from desk.customer_value import AbcClass, CustomerValue, Risk, Scores, Segment
from desk.customers import Customer
from insights.value import Basis, Retained, Sums
from insights.value_report import Counting, Worth
from insights.value_rules import ValueRules, rules_from_json, rules_to_json

YEAR = timedelta(days=365)
COUNTS_FOR_AT_MOST = timedelta(minutes=10)
"""A worker that has not finished by then has vanished, and another one counts."""
FROM_HOUR = 3
"""A new day's counting begins after this hour of the business's: orders of the day before are all there."""
_ONLY = 1
_NOT_BOUGHT = ("cancelled", "refunded")
_IS_ONLY = value_counting.c.id == _ONLY


class Values:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics

    def of(self, customer_ids: Collection[str]) -> dict[str, CustomerValue]:
        """The values of these customers; who never ordered, or only since the last counting, is left out."""
        rows = self._db.execute(select(customer_values).where(customer_values.c.customer_id.in_(list(customer_ids))))
        return {row.customer_id: value_of(row) for row in rows}

    def find(self, customer_id: str) -> CustomerValue | None:
        return self.of([customer_id]).get(customer_id)

    def list_customers(self, worth: Worth, after: str = "", limit: int = 50) -> list[Customer]:
        """Customers of this worth, in the order of their ids."""
        query = select(customers).join(customer_values, customer_values.c.customer_id == customers.c.id)
        query = query.where(is_worth(worth), customers.c.id > after).order_by(customers.c.id).limit(limit)
        return [customer_of(row) for row in self._db.execute(query)]

    def list_page(self, worth: Worth, after: str = "", limit: int = 100) -> list[CustomerValue]:
        query = select(customer_values).where(is_worth(worth), customer_values.c.customer_id > after)
        return [value_of(row) for row in self._db.execute(query.order_by(customer_values.c.customer_id).limit(limit))]

    def count(self, worth: Worth) -> int:
        return self._db.scalar(select(func.count()).select_from(customer_values).where(is_worth(worth))) or 0

    def counting(self, now: datetime) -> Counting:
        row = self._db.execute(select(value_counting).where(_IS_ONLY)).one_or_none()
        if row is None:
            return Counting(ValueRules())
        busy = row.taken_until is not None and row.taken_until > now
        return Counting(rules_from_json(row.rules), row.asked_at, row.counted_at, _basis(row.basis), busy)

    def is_due(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether a worker should count now: never counted, asked for, or another day has begun; nobody at it."""
        found = self.counting(now)
        if found.is_under_way:
            return False
        if found.counted_at is None or (found.asked_at is not None and found.asked_at > found.counted_at):
            return True
        night = timedelta(hours=FROM_HOUR)
        return (now.astimezone(zone) - night).date() > (found.counted_at.astimezone(zone) - night).date()

    def ask(self, now: datetime) -> None:
        """Have it counted again, at once."""
        self._make_row()
        self._db.execute(update(value_counting).where(_IS_ONLY).values(asked_at=now))
        self._topics.add(Topic.VALUE)

    def save_rules(self, rules: ValueRules, now: datetime) -> None:
        """From the next counting on, which begins at once."""
        self.ask(now)
        self._db.execute(update(value_counting).where(_IS_ONLY).values(rules=rules_to_json(rules)))

    def set_up(self, rules: ValueRules, now: datetime) -> None:
        """Count by these rules, unless somebody chose or counted already."""
        if self._db.scalar(select(value_counting.c.id).where(_IS_ONLY)) is None:
            self.save_rules(rules, now)

    def begin(self, now: datetime, zone: ZoneInfo) -> ValueRules | None:
        """Take the counting; None when another worker has it, or it is not due."""
        self._make_row()
        self._db.execute(select(value_counting.c.id).where(_IS_ONLY).with_for_update())
        if not self.is_due(now, zone):
            return None
        self._db.execute(update(value_counting).where(_IS_ONLY).values(taken_until=now + COUNTS_FOR_AT_MOST))
        return self.counting(now).rules

    def sums(self, now: datetime) -> list[Sums]:
        """Every customer's orders by currency, added up in the database; cancelled ones are none."""
        query = (
            select(orders.c.customer_id, orders.c.currency, func.count(), func.sum(orders.c.amount),
                   func.min(orders.c.placed_at), func.max(orders.c.placed_at))
            .where(orders.c.status.not_in(_NOT_BOUGHT), orders.c.placed_at <= now)
            .group_by(orders.c.customer_id, orders.c.currency)
        )
        return [Sums(row[0], row[1], row[2], int(row[3]), row[4], row[5]) for row in self._db.execute(query)]

    def retained(self, now: datetime) -> Retained:
        """Who ordered in the year before the last, and who of them in the last."""
        lately = orders.c.placed_at >= now - YEAR
        each = (
            select(func.max(case((lately, 0), else_=1)).label("before"),
                   func.max(case((lately, 1), else_=0)).label("again"))
            .where(orders.c.status.not_in(_NOT_BOUGHT), orders.c.placed_at >= now - 2 * YEAR, orders.c.placed_at <= now)
            .group_by(orders.c.customer_id).subquery()
        )
        found = self._db.execute(select(func.count(), func.sum(each.c.again)).where(each.c.before == 1)).one()
        return Retained(found[0], int(found[1] or 0))

    def put_all(self, values: Sequence[CustomerValue]) -> None:
        """Keep these; customers who are gone meanwhile are left out."""
        ids = [value.customer_id for value in values]
        known = set(self._db.scalars(
            select(customers.c.id).where(customers.c.id.in_(ids)).with_for_update(read=True, key_share=True)
        ))
        put_many(self._db, customer_values, [_row(value) for value in values if value.customer_id in known],
                 (customer_values.c.customer_id,))

    def finish(self, counted_at: datetime, basis: Basis) -> None:
        """All of them are kept; who has no order any more has no value any more."""
        self._db.execute(delete(customer_values).where(customer_values.c.counted_at < counted_at))
        self._db.execute(update(value_counting).where(_IS_ONLY).values(
            counted_at=counted_at, taken_until=None, basis={
                "currency": basis.currency, "every_days": basis.every_days, "retention": basis.retention,
                "own": basis.is_own_retention, "unpriced": dict(basis.unpriced),
            },
        ))

    def _make_row(self) -> None:
        add_missing(self._db, value_counting, [{"id": _ONLY, "rules": rules_to_json(ValueRules()), "basis": {}}],
                    value_counting.c.id)


def is_worth(worth: Worth) -> ColumnElement[bool]:
    conditions = {name: getattr(worth, name) for name in ("segment", "abc", "risk")}
    return and_(True, *(customer_values.c[name] == wanted for name, wanted in conditions.items() if wanted))


def value_of(row: Row[Any]) -> CustomerValue:
    return CustomerValue(
        row.customer_id, row.orders, row.first_order_at, row.last_order_at, row.currency, row.revenue,
        Scores(row.recency, row.frequency, row.money), Segment(row.segment), AbcClass(row.abc), row.every_days,
        row.churn, Risk(row.risk), row.margin, row.lifetime, row.counted_at,
    )


def _row(value: CustomerValue) -> dict[str, Any]:
    return {
        "customer_id": value.customer_id, "orders": value.orders, "first_order_at": value.first_order_at,
        "last_order_at": value.last_order_at, "currency": value.currency, "revenue": value.revenue,
        "recency": value.scores.recency, "frequency": value.scores.frequency, "money": value.scores.money,
        "segment": value.segment, "abc": value.abc, "every_days": value.every_days, "churn": value.churn,
        "risk": value.risk, "margin": value.margin, "lifetime": value.lifetime, "counted_at": value.counted_at,
    }


def _basis(stored: dict[str, Any]) -> Basis | None:
    if not stored:
        return None
    return Basis(stored["currency"], stored["every_days"], stored["retention"], stored["own"], stored["unpriced"])
