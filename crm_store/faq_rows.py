"""The tables around FAQ articles: what changed when and by whom, answers given, imports. Private to crm_store."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Index, Integer, String, Table, Text, false

from crm_store.columns import Instant
from crm_store.rows import Json, RowId, metadata


def _what_an_article_says() -> tuple[Column[Any], ...]:
    """The columns of an article itself, new ones for each table."""
    return (
        Column("category", String(120), nullable=False),
        Column("tags", Json, nullable=False),
        Column("status", String(20), nullable=False),
        Column("phrasings", Json, nullable=False),
        Column("answers", Json, nullable=False),
        Column("owner", String(200), nullable=False),
        Column("valid_from", Date),
        Column("valid_until", Date),
        Column("review_by", Date),
    )


# One change is one revision of the FAQ: an edit, a bulk edit, an import, an undo.
faq_changes = Table(
    "faq_changes", metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("action", String(20), nullable=False),
    Column("agent_id", String(40), nullable=False, server_default=""),
    Column("note", String(200), nullable=False, server_default=""),
    Column("articles", Integer, nullable=False),
    Column("undone", Boolean, nullable=False, server_default=false()),
    Column("at", Instant, nullable=False, index=True),
)

article_versions = Table(
    "article_versions", metadata,
    Column("article_id", String(80), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("deleted", Boolean, nullable=False),
    *_what_an_article_says(),
)

faq_answers = Table(
    "faq_answers", metadata,
    Column("id", RowId, primary_key=True),
    Column("source_key", String(420), nullable=False, unique=True),
    Column("article_id", String(80), nullable=False),
    Column("question", Text, nullable=False),
    Column("language", String(10), nullable=False),
    Column("score", Float, nullable=False),
    Column("conversation_id", String(40), nullable=False, index=True),
    Column("customer_id", String(40), nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("chosen", Boolean, nullable=False, server_default=false()),  # picked among what "did you mean" offered
    Column("helpful", Boolean),
    Column("reason", String(20), nullable=False, server_default=""),
    Column("handed_over", Boolean, nullable=False, server_default=false()),
    Column("rephrased", Boolean, nullable=False, server_default=false()),
    Column("at", Instant, nullable=False, index=True),
    Index("ix_faq_answers_article_at", "article_id", "at"),
)

faq_imports = Table(
    "faq_imports", metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("form", String(10), nullable=False),
    Column("file_id", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("faults", Json, nullable=False),
    Column("plan", Json, nullable=False),
    Column("agent_id", String(40), nullable=False, server_default=""),
    Column("revision", BigInteger),
    Column("cancel", Boolean, nullable=False, server_default=false()),
    Column("made_at", Instant, nullable=False, index=True),
    Column("beat_at", Instant, nullable=False),
)

# An import's articles as they will be, laid down bit by bit, so that the transaction that makes them live is short.
faq_import_rows = Table(
    "faq_import_rows", metadata,
    Column("import_id", String(40), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("id", String(80), nullable=False),
    *_what_an_article_says(),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger),  # of an article that is there already
    Column("search_text", Text, nullable=False),
)

# What an article is to become: kept beside it, unseen by search, until somebody publishes it.
faq_copies = Table(
    "faq_copies", metadata,
    Column("article_id", String(80), primary_key=True),
    Column("fields", Json, nullable=False),
    Column("base", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("agent_id", String(40), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
)
