"""What the report on customers' value is made of."""

from sqlalchemy import Connection, func, select

from crm_store.rows import customers, identities, tickets
from crm_store.value_rows import customer_values
from crm_store.values import value_of
from desk.customer_value import AbcClass, Risk, Segment
from desk.tickets import TicketKind, TicketStatus
from insights.value_report import AT_RISK_FROM, VALUABLE, Care, Sum

_UNSETTLED = tuple(status for status in TicketStatus if not status.is_settled)


class ValueReports:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def sums(self) -> list[Sum]:
        """All customers with a value, added up by segment, class and risk: at most ninety lines."""
        its = customer_values.c
        query = select(
            its.segment, its.abc, its.risk, func.count(), func.sum(its.revenue), func.sum(its.margin),
            func.sum(its.lifetime), func.sum(its.churn),
        ).group_by(its.segment, its.abc, its.risk)
        return [
            Sum(Segment(row[0]), AbcClass(row[1]), Risk(row[2]), row[3], int(row[4]), int(row[5]), int(row[6]), row[7])
            for row in self._db.execute(query)
        ]

    def grid(self) -> dict[tuple[int, int], int]:
        """How many customers by their scores of recency and frequency."""
        its = customer_values.c
        query = select(its.recency, its.frequency, func.count()).group_by(its.recency, its.frequency)
        return {(row[0], row[1]): row[2] for row in self._db.execute(query)}

    def care(self, limit: int) -> list[Care]:
        """Valuable customers who may be leaving, those with most at stake (churn times revenue) first."""
        contact = (
            select(func.max(identities.c.last_seen_at)).where(identities.c.customer_id == customers.c.id)
            .scalar_subquery().label("last_contact_at")
        )
        complaints = (
            select(func.count()).select_from(tickets)
            .where(tickets.c.customer_id == customers.c.id, tickets.c.kind == TicketKind.COMPLAINT,
                   tickets.c.status.in_(_UNSETTLED))
            .scalar_subquery().label("complaints")
        )
        its = customer_values.c
        query = (
            select(customer_values, customers.c.name, contact, complaints)
            .join(customers, customers.c.id == its.customer_id)
            .where(its.abc.in_(VALUABLE), its.churn >= AT_RISK_FROM)
            .order_by((its.churn * its.revenue).desc(), its.customer_id).limit(limit)
        )
        return [Care(row.name or "", value_of(row), row.last_contact_at, row.complaints)
                for row in self._db.execute(query)]
