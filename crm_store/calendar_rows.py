"""The tables of the business calendar. Private to crm_store."""

from sqlalchemy import Column, Integer, SmallInteger, String, Table

from crm_store.columns import Instant
from crm_store.rows import Json, metadata

business_calendar = Table(
    "business_calendar", metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1: there is one business
    Column("zone", String(60), nullable=False),
    Column("week", Json, nullable=False),  # {"0": [[540, 1080]], ...}: minutes after midnight, 0 = Monday
    Column("version", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

holidays = Table(
    "holidays", metadata,
    Column("day", String(10), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("spans", Json, nullable=False),
)
