"""The tables of trust: the audit log. Private to crm_store."""

from sqlalchemy import BigInteger, Column, Index, SmallInteger, String, Table

from crm_store.columns import Instant
from crm_store.rows import Json, metadata

audit_entries = Table(
    "audit_entries", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", String(60), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("facts", Json, nullable=False),
    Column("seal", String(64), nullable=False),
    Index("ix_audit_entries_subject_number", "subject", "number"),
    Index("ix_audit_entries_actor_number", "actor", "number"),
    Index("ix_audit_entries_action_number", "action", "number"),
)

# Which entry is the newest: without it the last entries could be cut off unseen.
audit_head = Table(
    "audit_head", metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("seal", String(64), nullable=False),
)
