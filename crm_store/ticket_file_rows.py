"""The table of files that staff attach to tickets. Private to crm_store."""

from sqlalchemy import Column, ForeignKey, String, Table

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata

ticket_files = Table(
    "ticket_files", metadata,
    Column("file_id", String(40), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("event_id", RowId, nullable=False),  # the note it came with
    Column("agent_id", String(40), nullable=False),
    Column("attachment", Json, nullable=False),
    Column("at", Instant, nullable=False),
)
