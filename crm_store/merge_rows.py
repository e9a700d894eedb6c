"""Customers' merges that can still be undone."""

from sqlalchemy import Column, String, Table

from crm_store.columns import Instant, Personal
from crm_store.rows import RowId, metadata

customer_merges = Table(
    "customer_merges", metadata,
    Column("id", RowId, primary_key=True),
    Column("customer_id", String(40), nullable=False, index=True),  # the profile that stayed
    Column("ended_id", String(40), nullable=False),
    Column("merged_by", String(40), nullable=False),
    Column("merged_at", Instant, nullable=False, index=True),
    Column("snapshot", Personal, nullable=False),  # both profiles as they were, and which rows moved
)
