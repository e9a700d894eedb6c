"""The tables of the inbox: what happened in conversations, notes, labels, canned replies, teams, and who looks at what.
Private to crm_store."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata

conversation_events = Table(
    "conversation_events", metadata,
    Column("id", RowId, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("agent_id", String(40)),
    Column("to_agent_id", String(40)),
    Column("team_id", String(40)),
    Column("reason", String(40), nullable=False, server_default=""),
    Column("seconds", Integer),
    Column("details", Json, nullable=False),
    Index("ix_conversation_events_conversation_id_kind", "conversation_id", "kind"),
    Index("ix_conversation_events_told", "kind", "at", "conversation_id", "reason", "seconds", "agent_id"),
)

labels = Table(
    "labels", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("folded", String(60), nullable=False, unique=True),  # the name without regard to case and width
    Column("created_at", Instant, nullable=False),
)

conversation_labels = Table(
    "conversation_labels", metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("label_id", ForeignKey("labels.id", ondelete="CASCADE"), primary_key=True, index=True),
)

notes = Table(
    "notes", metadata,
    Column("id", RowId, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("agent_id", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("key", String(120), nullable=False, unique=True),  # the form's own: sent twice, noted once
    Column("created_at", Instant, nullable=False),
)

alerts = Table(
    "alerts", metadata,
    Column("id", RowId, primary_key=True),
    Column("agent_id", String(40), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("by_agent_id", String(40)),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant),
    Index("ix_alerts_agent_id_seen_at", "agent_id", "seen_at"),
)

canned_replies = Table(
    "canned_replies", metadata,
    Column("id", String(40), primary_key=True),
    Column("shortcut", String(40), nullable=False, unique=True),
    Column("title", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

read_marks = Table(
    "read_marks", metadata,
    Column("agent_id", String(40), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", BigInteger, nullable=False),
)

drafts = Table(
    "drafts", metadata,
    Column("agent_id", String(40), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

viewers = Table(
    "viewers", metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("agent_id", String(40), primary_key=True),
    Column("seen_at", Instant, nullable=False),
    Column("typing_until", Instant),
)

teams = Table(
    "teams", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("topics", Json, nullable=False),
    Column("languages", Json, nullable=False),
)

team_members = Table(
    "team_members", metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("agent_id", String(40), primary_key=True, index=True),
)

agent_skills = Table(
    "agent_skills", metadata,
    Column("agent_id", String(40), primary_key=True),
    Column("languages", Json, nullable=False),
    Column("capacity", SmallInteger),
    Column("availability", String(20), nullable=False),
    Column("last_assigned_at", Instant),
)

staffing_rules = Table(
    "staffing_rules", metadata,
    Column("id", SmallInteger, primary_key=True),  # always 1
    Column("rules", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
