"""Inbox filters that agents save for themselves."""

import sqlalchemy as sa
from alembic import op

revision = "f40b7d21c6e8"
down_revision = "e5a1c93f7d20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("view", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), server_default="", nullable=False),
        sa.Column("label_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("team_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("topic", sa.String(length=200), server_default="", nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
    )
    op.create_index(op.f("ix_saved_filters_agent_id"), "saved_filters", ["agent_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_saved_filters_agent_id"), table_name="saved_filters")
    op.drop_table("saved_filters")
