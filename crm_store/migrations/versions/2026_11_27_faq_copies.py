"""Working copies of published articles."""

import sqlalchemy as sa
from alembic import op

revision = "d17b60c4e2a9"
down_revision = "d0c3a7f1e548"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_copies",
        sa.Column("article_id", sa.String(length=80), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_faq_copies")),
    )


def downgrade() -> None:
    op.drop_table("faq_copies")
