"""The satisfaction programme: indicators and improvement plans."""

import sqlalchemy as sa
from alembic import op

revision = "c7d20e5b31a8"
down_revision = "84f4f3e73faf"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "programme_indicators",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("source", sa.String(30), nullable=False),
        sa.Column("survey_id", sa.String(40), server_default="", nullable=False),
        sa.Column("question_id", sa.String(40), server_default="", nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("cycle", sa.String(10), nullable=False),
        sa.Column("owner_id", sa.String(40), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_indicators")),
    )
    op.create_table(
        "improvement_plans",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("indicator_id", sa.String(40), nullable=False),
        sa.Column("cycle_first", sa.String(10), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(40), nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["programme_indicators.id"],
            name=op.f("fk_improvement_plans_indicator_id_programme_indicators"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement_plans")),
    )
    op.create_index(op.f("ix_improvement_plans_indicator_id"), "improvement_plans", ["indicator_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_improvement_plans_indicator_id"), "improvement_plans")
    op.drop_table("improvement_plans")
    op.drop_table("programme_indicators")
