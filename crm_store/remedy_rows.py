"""The tables of compensation, causes and improvements. Private to crm_store."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table, Text, true

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata

compensations = Table(
    "compensations", metadata,
    Column("id", String(40), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("remedy", String(20), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("unit", String(10), nullable=False),
    Column("note", Text, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("proposed_by", String(40), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("decided_by", String(40)),
    Column("decided_at", Instant),
    Column("reason", Text, nullable=False),
    Column("carried_out_by", String(40)),
    Column("carried_out_at", Instant),
    Column("key", String(120), nullable=False, unique=True),  # the form's own: sent twice, proposed once
    Index("ix_compensations_stage_proposed_at", "stage", "proposed_at"),
)

compensation_limits = Table(
    "compensation_limits", metadata,
    Column("role", String(20), primary_key=True),
    Column("unit", String(10), primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

complaint_causes = Table(
    "complaint_causes", metadata,
    Column("id", String(40), primary_key=True),
    Column("names", Json, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
)

improvements = Table(
    "improvements", metadata,
    Column("id", RowId, primary_key=True),
    Column("cause_id", ForeignKey("complaint_causes.id"), nullable=False, index=True),
    Column("ticket_id", String(40)),
    Column("text", Text, nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("made_at", Instant, nullable=False),
)
