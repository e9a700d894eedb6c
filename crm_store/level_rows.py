"""The tables of service levels. Private to crm_store."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, String, Table, true

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata, partial

sla_policies = Table(
    "sla_policies", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("position", Integer, nullable=False),
    Column("conditions", Json, nullable=False),  # subjects, kinds, priorities, channels, tiers: lists, empty fits all
    Column("targets", Json, nullable=False),  # seconds by metric
    Column("around_the_clock", Boolean, nullable=False),
    Column("warn_percent", SmallInteger, nullable=False),
    Column("escalate_to", Json, nullable=False),
    Column("reassign_to", String(40)),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("version", Integer, nullable=False),
)

sla_clocks = Table(
    "sla_clocks", metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", String(20), nullable=False),
    Column("matter_id", String(40), nullable=False),
    Column("metric", String(20), nullable=False),
    Column("policy_id", String(40), nullable=False),
    Column("policy_name", String(120), nullable=False),  # as it was then
    Column("kind", String(20), nullable=False),
    Column("priority", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("tier", String(40), nullable=False),
    Column("target_seconds", BigInteger, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("running_since", Instant),
    Column("spent_seconds", BigInteger, nullable=False),  # in the policy's time: business time unless around the clock
    Column("wall_seconds", BigInteger, nullable=False),  # calendar time while it ran
    Column("due_at", Instant),
    Column("warned_at", Instant),
    Column("breached_at", Instant),
    Column("stopped_at", Instant),
    Column("outcome", String(10), nullable=False),
    Column("agent_id", String(40)),
    Index("ix_sla_clocks_subject_matter_id", "subject", "matter_id"),
    Index("ix_sla_clocks_metric_started_at", "metric", "started_at"),
    Index("ix_sla_clocks_started_at", "started_at"),
    partial("ix_sla_clocks_running", "due_at", where="outcome = 'running'"),
    partial("uq_sla_clocks_running", "subject", "matter_id", "metric", where="outcome = 'running'", unique=True),
)
