"""The tables of the durable queue: inbound, outbound, timers, and what limits sending. Private to crm_store."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    false,
)

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata, partial

inbound = Table(
    "inbound", metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(400), nullable=False, unique=True),
    Column("address", String(300), nullable=False),
    Column("ord", BigInteger, nullable=False),
    Column("status", String(10), nullable=False),  # queued | leased | done | dead
    Column("due_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("owner", String(60)),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("last_error", String(200), nullable=False, server_default=""),
    Column("payload", Json, nullable=False),
    partial("ix_inbound_due", "due_at", "id", where="status = 'queued'"),
    partial("ix_inbound_open", "address", "ord", where="status in ('queued', 'leased')"),
    partial("ix_inbound_leased", "lease_until", where="status = 'leased'"),
)

outbound = Table(
    "outbound", metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(420), nullable=False, unique=True),
    Column("message_id", ForeignKey("messages.id"), index=True),
    Column("conversation_id", String(40), index=True),
    Column("address", String(300), nullable=False),
    Column("channel", String(120), nullable=False),  # channel:account, the unit of rate limits
    Column("lane", SmallInteger, nullable=False),
    Column("status", String(10), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("owner", String(60)),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("last_error", String(300), nullable=False, server_default=""),
    Column("payload", Json, nullable=False),
    Column("inbound_key", String(400), index=True),  # the message it answers: a passive reply takes it from here
    Column("passive", Boolean, nullable=False, server_default=false()),
    Column("sent_bubbles", SmallInteger, nullable=False, server_default="0"),
    Column("platform_ids", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    partial("ix_outbound_due", "channel", "lane", "due_at", "id", where="status in ('queued', 'retry')"),
    partial("ix_outbound_open", "address", "id", where="status in ('queued', 'retry', 'sending')"),
    partial("ix_outbound_leased", "lease_until", where="status = 'sending'"),
    partial("ix_outbound_parked", "address", where="status = 'parked'"),
)

timers = Table(
    "timers", metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    Column("lease_until", Instant),
    Column("owner", String(60)),
    Column("payload", Json, nullable=False),
)

buckets = Table(
    "buckets", metadata,
    Column("channel", String(120), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("blocked_until", Instant),
)

reply_windows = Table(
    "reply_windows", metadata,
    Column("address", String(300), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("open_until", Instant, nullable=False),
    Column("sends_left", Integer, nullable=False),
)

menu_buttons = Table(
    "menu_buttons", metadata,
    Column("id", String(16), primary_key=True),
    Column("address", String(300), nullable=False),
    Column("outbound_key", String(420), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("title", String(300), nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_menu_buttons_address_created", "address", "created_at"),
)
