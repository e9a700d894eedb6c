"""Merges of customers that can still be undone."""

import sqlalchemy as sa
from alembic import op

revision = "c81f5d3e92b7"
down_revision = "b2d9e41c70fa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("ended_id", sa.String(length=40), nullable=False),
        sa.Column("merged_by", sa.String(length=40), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
    )
    op.create_index(op.f("ix_customer_merges_customer_id"), "customer_merges", ["customer_id"])
    op.create_index(op.f("ix_customer_merges_merged_at"), "customer_merges", ["merged_at"])


def downgrade() -> None:
    op.drop_table("customer_merges")
