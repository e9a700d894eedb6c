"""The tables of what conversations are about. Private to crm_store."""

from sqlalchemy import Column, ForeignKey, String, Table

from crm_store.columns import Instant
from crm_store.rows import Json, metadata

conversation_topics = Table(
    "conversation_topics", metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", String(200), primary_key=True, index=True),
    Column("at", Instant, nullable=False),
)

faq_category_names = Table(
    "faq_category_names", metadata,
    Column("category", String(120), primary_key=True),
    Column("names", Json, nullable=False),  # by language
)
