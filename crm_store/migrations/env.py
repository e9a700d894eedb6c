"""Alembic's entry: migrates the connection it is given."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

import crm_store.calendar_rows
import crm_store.campaign_rows
import crm_store.faq_review_rows
import crm_store.faq_rows
import crm_store.faq_tuning_rows
import crm_store.inbox_rows
import crm_store.level_rows
import crm_store.merge_rows
import crm_store.programme_rows
import crm_store.queue_rows
import crm_store.remedy_rows
import crm_store.saved_filter_rows
import crm_store.ticket_file_rows
import crm_store.ticket_rows
import crm_store.topic_rows
import crm_store.trust_rows
import crm_store.value_rows  # noqa: F401 - their tables belong to the schema
from crm_store.columns import Instant, Personal
from crm_store.rows import metadata


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Migrations name plain types, so that they stay true when our own change."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Personal):
        return "sa.Text()"
    return False


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True, render_item=render,
    transaction_per_migration=False,
)
context.run_migrations()
