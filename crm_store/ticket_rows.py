"""The tables around tickets: history, watchers, links, categories, notices. Private to crm_store."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata

ticket_events = Table(
    "ticket_events", metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("happened", String(20), nullable=False),
    Column("by", String(10), nullable=False),  # agent | customer | desk
    Column("agent_id", String(40)),
    Column("field", String(40), nullable=False, server_default=""),
    Column("before", String(300), nullable=False, server_default=""),
    Column("after", String(300), nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("source_key", String(420), unique=True),  # the form's own: sent twice, written once
    Index("ix_ticket_events_happened_at", "happened", "at"),
)

ticket_watchers = Table(
    "ticket_watchers", metadata,
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    Column("agent_id", String(40), primary_key=True, index=True),
)

ticket_links = Table(
    "ticket_links", metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("target", String(60), nullable=False),
    UniqueConstraint("ticket_id", "kind", "target"),
)

ticket_categories = Table(
    "ticket_categories", metadata,
    Column("id", String(40), primary_key=True),
    Column("parent_id", String(40), index=True),
    Column("names", Json, nullable=False),
)

ticket_sorts = Table(
    "ticket_sorts", metadata,
    Column("agent_id", String(40), primary_key=True),
    Column("sort", String(40), nullable=False),
)

ticket_notices = Table(
    "ticket_notices", metadata,
    Column("id", RowId, primary_key=True),
    Column("agent_id", String(40), nullable=False),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant),
    Index("ix_ticket_notices_agent_id_seen_at", "agent_id", "seen_at"),
)
