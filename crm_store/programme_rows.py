"""The tables of the satisfaction programme. Private to crm_store."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, String, Table, Text, false

from crm_store.columns import Instant
from crm_store.rows import metadata

programme_indicators = Table(
    "programme_indicators", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("source", String(30), nullable=False),
    Column("survey_id", String(40), nullable=False, server_default=""),
    Column("question_id", String(40), nullable=False, server_default=""),
    Column("target", Float, nullable=False),
    Column("cycle", String(10), nullable=False),
    Column("owner_id", String(40), nullable=False),
    Column("archived", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
)

improvement_plans = Table(
    "improvement_plans", metadata,
    Column("id", String(40), primary_key=True),
    Column("indicator_id", ForeignKey("programme_indicators.id"), nullable=False, index=True),
    Column("cycle_first", String(10), nullable=False),  # the first day of the cycle that fell short
    Column("value", Float),  # what was measured then, and what was aimed at
    Column("target", Float, nullable=False),
    Column("count", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("owner_id", String(40), nullable=False),
    Column("due_on", String(10), nullable=False),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
)
