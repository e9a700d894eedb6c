"""What conversations are about, with what can be told of those that were; names of the FAQ's categories."""

import sqlalchemy as sa
from alembic import op

revision = "9e41c07b2d6a"
down_revision = "2b9d5e7730c4"
branch_labels = None
depends_on = None

_BACKFILL = """
    INSERT INTO conversation_topics (conversation_id, topic, at)
    SELECT found.conversation_id, found.topic, min(found.at) FROM (
        SELECT a.conversation_id, 'faq:' || trim(b.category) AS topic, a.at
        FROM faq_answers a JOIN articles b ON b.id = a.article_id WHERE trim(b.category) <> ''
        UNION ALL
        SELECT conversation_id, 'ticket:' || category_id, created_at FROM tickets WHERE category_id IS NOT NULL
        UNION ALL
        SELECT conversation_id, 'complaint', created_at FROM tickets WHERE kind = 'complaint'
    ) found
    JOIN conversations c ON c.id = found.conversation_id
    GROUP BY found.conversation_id, found.topic
"""


def upgrade() -> None:
    op.create_table(
        "conversation_topics",
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE",
                                name=op.f("fk_conversation_topics_conversation_id_conversations")),
        sa.PrimaryKeyConstraint("conversation_id", "topic", name=op.f("pk_conversation_topics")),
    )
    op.create_index(op.f("ix_conversation_topics_topic"), "conversation_topics", ["topic"])
    op.create_table(
        "faq_category_names",
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("category", name=op.f("pk_faq_category_names")),
    )
    op.execute(_BACKFILL)


def downgrade() -> None:
    op.drop_table("faq_category_names")
    op.drop_table("conversation_topics")
