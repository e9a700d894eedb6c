"""Indexes by which the reports read a period."""

import sqlalchemy as sa
from alembic import op

revision = "a41f6c2d9e10"
down_revision = "1ff0cb2e5a9d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_conversations_opened_at", "conversations", ["opened_at"])
    op.create_index("ix_conversations_address_opened_at", "conversations", ["address", "opened_at"])
    for table, column in (("conversations", "closed_at"), ("ratings", "answered_at")):
        given = sa.text(f"{column} is not null")
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=given, sqlite_where=given)


def downgrade() -> None:
    op.drop_index("ix_ratings_answered_at", "ratings")
    for column in ("address_opened_at", "closed_at", "opened_at"):
        op.drop_index(f"ix_conversations_{column}", "conversations")
