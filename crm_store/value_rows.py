"""The tables of customers' value. Private to crm_store."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, SmallInteger, String, Table

from crm_store.columns import Instant
from crm_store.rows import Json, metadata

customer_values = Table(  # one row for each customer who has ordered, as of the last counting
    "customer_values", metadata,
    Column("customer_id", ForeignKey("customers.id"), primary_key=True),
    Column("orders", Integer, nullable=False),
    Column("first_order_at", Instant, nullable=False),
    Column("last_order_at", Instant, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("revenue", BigInteger, nullable=False),
    Column("recency", SmallInteger, nullable=False),
    Column("frequency", SmallInteger, nullable=False),
    Column("money", SmallInteger, nullable=False),
    Column("segment", String(20), nullable=False),
    Column("abc", String(1), nullable=False),
    Column("every_days", Float, nullable=False),
    Column("churn", Float, nullable=False),
    Column("risk", String(10), nullable=False),
    Column("margin", BigInteger, nullable=False),
    Column("lifetime", BigInteger, nullable=False),
    Column("counted_at", Instant, nullable=False),
    Index("ix_customer_values_segment_customer_id", "segment", "customer_id"),
    Index("ix_customer_values_abc_customer_id", "abc", "customer_id"),
    Index("ix_customer_values_risk_customer_id", "risk", "customer_id"),
)

value_counting = Table(
    "value_counting", metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1: there is one business
    Column("rules", Json, nullable=False),
    Column("asked_at", Instant),  # somebody wants it counted again
    Column("taken_until", Instant),  # a worker is counting, at most until then
    Column("counted_at", Instant),
    Column("basis", Json, nullable=False),
)
"""What the business decided, and how far the last counting came."""
