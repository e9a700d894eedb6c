"""Whom we told that an article is due to be read again. Private to crm_store."""

from sqlalchemy import Column, Date, Index, String, Table

from crm_store.columns import Instant
from crm_store.rows import metadata

faq_review_notices = Table(
    "faq_review_notices", metadata,
    Column("article_id", String(80), primary_key=True),
    Column("review_by", Date, primary_key=True),
    Column("agent_id", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant),
    Index("ix_faq_review_notices_agent_id_seen_at", "agent_id", "seen_at"),
)
