"""Indexes by which the ticket reports read a period."""

import sqlalchemy as sa
from alembic import op

revision = "d5b3e8f17c42"
down_revision = "7c41b9d20e5f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    given = sa.text("resolved_at is not null")
    op.create_index("ix_tickets_created_at", "tickets", ["created_at"])
    op.create_index("ix_tickets_resolved_at", "tickets", ["resolved_at"], postgresql_where=given, sqlite_where=given)
    op.create_index("ix_sla_clocks_started_at", "sla_clocks", ["started_at"])


def downgrade() -> None:
    op.drop_index("ix_sla_clocks_started_at", "sla_clocks")
    op.drop_index("ix_tickets_resolved_at", "tickets")
    op.drop_index("ix_tickets_created_at", "tickets")
