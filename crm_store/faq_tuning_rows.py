"""The tables of what search was told beside the articles. Private to crm_store."""

from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, String, Table, false

from crm_store.columns import Instant, Personal
from crm_store.rows import Json, RowId, metadata

faq_glossary = Table(
    "faq_glossary", metadata,
    Column("id", String(40), primary_key=True),
    Column("names", Json, nullable=False),
    Column("note", String(500), nullable=False, server_default=""),
    Column("updated_at", Instant, nullable=False),
)

# What a customer typed may hold anything about them, so it is encrypted.
faq_pairs = Table(
    "faq_pairs", metadata,
    Column("id", RowId, primary_key=True),
    Column("source_key", String(420), nullable=False, unique=True),  # one confirmation is counted once
    Column("question", Personal, nullable=False),
    Column("article_id", String(80), nullable=False, index=True),
    Column("source", String(20), nullable=False),
    Column("customer_id", String(40), nullable=False, server_default="", index=True),
    Column("at", Instant, nullable=False),
)

# One refit of the word table each; the active one serves.
faq_models = Table(
    "faq_models", metadata,
    Column("id", String(40), primary_key=True),
    Column("created_at", Instant, nullable=False, index=True),
    Column("pairs", Integer, nullable=False),
    Column("kept_back", Integer, nullable=False),
    Column("before", Float, nullable=False),
    Column("after", Float, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("active", Boolean, nullable=False, server_default=false()),
    Column("content", LargeBinary, nullable=False),
)

# At most one row: the measuring of the curve that runs, and what the last one found.
faq_measuring = Table(
    "faq_measuring", metadata,
    Column("id", Integer, primary_key=True),
    Column("began_at", Instant),
    Column("alive_at", Instant),
    Column("done", Float, nullable=False),
    Column("broke_off", Boolean, nullable=False),
    Column("outside_share", Float),
    Column("curve", Json),
    Column("measured_at", Instant),
)

# At most one row: the calibration of this business.
faq_calibration = Table(
    "faq_calibration", metadata,
    Column("id", Integer, primary_key=True),
    Column("slope", Float, nullable=False),
    Column("shift", Float, nullable=False),
    Column("answer", Float),
    Column("offer", Float),
    Column("updated_at", Instant, nullable=False),
)
