"""Who was told that an article is due to be read again."""

import sqlalchemy as sa
from alembic import op

revision = "e5a1c93f7d20"
down_revision = "d17b60c4e2a9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_review_notices",
        sa.Column("article_id", sa.String(length=80), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("article_id", "review_by", "agent_id", name=op.f("pk_faq_review_notices")),
    )
    op.create_index("ix_faq_review_notices_agent_id_seen_at", "faq_review_notices", ["agent_id", "seen_at"])


def downgrade() -> None:
    op.drop_index("ix_faq_review_notices_agent_id_seen_at", table_name="faq_review_notices")
    op.drop_table("faq_review_notices")
