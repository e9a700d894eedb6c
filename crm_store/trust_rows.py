"""The tables of trust: the audit log, how accounts prove who they are, webhooks. Private to crm_store."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    false,
    true,
)

from crm_store.columns import Instant, Personal
from crm_store.rows import Json, RowId, metadata, partial

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

# What an account has besides its name and role: how it proves who it is.
account_security = Table(
    "account_security", metadata,
    Column("agent_id", ForeignKey("agents.id"), primary_key=True),
    Column("is_service", Boolean, nullable=False, server_default=false()),
    Column("totp_secret", Personal, nullable=False, server_default=""),
    Column("totp_since", Instant),  # null: being set up
    Column("totp_last_step", BigInteger, nullable=False, server_default="0"),
    Column("recovery_codes", Json, nullable=False),
)

one_time_links = Table(
    "one_time_links", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(12), nullable=False),  # invitation | reset
    Column("agent_id", ForeignKey("agents.id"), nullable=False, index=True),
    Column("made_by", String(60), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

webhooks = Table(
    "webhooks", metadata,
    Column("id", String(40), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("about", String(120), nullable=False, server_default=""),
    Column("secret", Personal, nullable=False),
    Column("events", Json, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("failing_since", Instant),
    Column("stopped_because", String(200), nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries", metadata,
    Column("id", RowId, primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), nullable=False, index=True),
    Column("message_id", String(40), nullable=False),
    Column("event", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", String(10), nullable=False),  # queued | leased | sent | dead
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("owner", String(60)),
    Column("answer", Integer),
    Column("milliseconds", Integer),
    Column("error", String(200), nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False, index=True),
    Column("settled_at", Instant),
    partial("ix_webhook_deliveries_due", "due_at", where="status IN ('queued', 'leased')"),
)
