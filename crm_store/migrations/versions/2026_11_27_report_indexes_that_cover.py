"""Indexes that answer the reports' questions by themselves, without the rows."""

from alembic import op

revision = "2b9d5e7730c4"
down_revision = "5c2ad07e91b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_conversation_events_conversation_id", "conversation_events")
    op.create_index("ix_conversation_events_conversation_id_kind", "conversation_events", ["conversation_id", "kind"])
    op.drop_index("ix_conversation_events_kind_at", "conversation_events")
    op.create_index("ix_conversation_events_told", "conversation_events",
                    ["kind", "at", "conversation_id", "reason", "seconds", "agent_id"])
    op.drop_index("ix_conversations_opened_at", "conversations")
    op.create_index("ix_conversations_opened", "conversations", ["opened_at", "channel", "language", "holder", "id"])


def downgrade() -> None:
    op.drop_index("ix_conversations_opened", "conversations")
    op.create_index("ix_conversations_opened_at", "conversations", ["opened_at"])
    op.drop_index("ix_conversation_events_told", "conversation_events")
    op.create_index("ix_conversation_events_kind_at", "conversation_events", ["kind", "at"])
    op.drop_index("ix_conversation_events_conversation_id_kind", "conversation_events")
    op.create_index("ix_conversation_events_conversation_id", "conversation_events", ["conversation_id"])
