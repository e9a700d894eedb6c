"""The inbox filters that agents saved for themselves. Private to crm_store."""

from sqlalchemy import Column, String, Table

from crm_store.columns import Instant, Personal
from crm_store.rows import metadata

# Its name and the words searched for may name a customer, so they are encrypted.
saved_filters = Table(
    "saved_filters", metadata,
    Column("id", String(40), primary_key=True),
    Column("agent_id", String(40), nullable=False, index=True),
    Column("name", Personal, nullable=False),
    Column("view", String(20), nullable=False),
    Column("channel", String(20), nullable=False, server_default=""),
    Column("label_id", String(40), nullable=False, server_default=""),
    Column("team_id", String(40), nullable=False, server_default=""),
    Column("topic", String(200), nullable=False, server_default=""),
    Column("words", Personal, nullable=False, server_default=""),
    Column("saved_at", Instant, nullable=False),
)
