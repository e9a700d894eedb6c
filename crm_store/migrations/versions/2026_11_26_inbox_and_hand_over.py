"""The inbox: events, notes, labels, canned replies, teams, and who looks at what."""

import sqlalchemy as sa
from alembic import op

revision = "ef6a973965c4"
down_revision = "5d0fa9e4c101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_skills",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=True),
        sa.Column("availability", sa.String(length=20), nullable=False),
        sa.Column("last_assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_skills")),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("shortcut", name=op.f("uq_canned_replies_shortcut")),
    )
    op.create_table(
        "labels",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("folded", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint("folded", name=op.f("uq_labels_folded")),
    )
    op.create_table(
        "staffing_rules",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffing_rules")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "agent_id", name=op.f("pk_team_members")),
    )
    op.create_index(op.f("ix_team_members_agent_id"), "team_members", ["agent_id"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("by_agent_id", sa.String(length=40), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_alerts_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_agent_id_seen_at", "alerts", ["agent_id", "seen_at"], unique=False)
    op.create_index(op.f("ix_alerts_conversation_id"), "alerts", ["conversation_id"], unique=False)

    op.create_table(
        "conversation_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.Column("to_agent_id", sa.String(length=40), nullable=True),
        sa.Column("team_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=40), server_default="", nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_events_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_events")),
    )
    op.create_index(
        op.f("ix_conversation_events_conversation_id"), "conversation_events", ["conversation_id"], unique=False
    )
    op.create_index("ix_conversation_events_kind_at", "conversation_events", ["kind", "at"], unique=False)

    op.create_table(
        "conversation_labels",
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("label_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_labels_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["label_id"], ["labels.id"], name=op.f("fk_conversation_labels_label_id_labels"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "label_id", name=op.f("pk_conversation_labels")),
    )
    op.create_index(op.f("ix_conversation_labels_label_id"), "conversation_labels", ["label_id"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_drafts_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agent_id", "conversation_id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_notes_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("key", name=op.f("uq_notes_key")),
    )
    op.create_index(op.f("ix_notes_conversation_id"), "notes", ["conversation_id"], unique=False)

    op.create_table(
        "read_marks",
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_read_marks_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agent_id", "conversation_id", name=op.f("pk_read_marks")),
    )
    op.create_table(
        "viewers",
        sa.Column("conversation_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typing_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_viewers_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id", name=op.f("pk_viewers")),
    )
    op.add_column("conversations", sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("conversations", sa.Column("team_id", sa.String(length=40), nullable=True))
    op.add_column("conversations", sa.Column("topic", sa.String(length=40), server_default="", nullable=False))
    op.add_column("conversations", sa.Column("misses", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("conversations", sa.Column("unanswered_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_conversations_agent_last",
        "conversations",
        ["agent_id", "last_message_at"],
        unique=False,
        postgresql_where=sa.text("holder = 'agent'"),
        sqlite_where=sa.text("holder = 'agent'"),
    )
    op.create_index(
        "ix_conversations_open_last",
        "conversations",
        ["last_message_at"],
        unique=False,
        postgresql_where=sa.text("holder <> 'nobody'"),
        sqlite_where=sa.text("holder <> 'nobody'"),
    )
    op.create_index(
        "ix_conversations_unanswered",
        "conversations",
        ["unanswered_since"],
        unique=False,
        postgresql_where=sa.text("unanswered_since is not null"),
        sqlite_where=sa.text("unanswered_since is not null"),
    )
    op.create_index(
        "ix_conversations_waiting",
        "conversations",
        ["priority", "queued_at"],
        unique=False,
        postgresql_where=sa.text("holder = 'queue'"),
        sqlite_where=sa.text("holder = 'queue'"),
    )


def downgrade() -> None:
    op.drop_index("ix_conversations_waiting", "conversations")
    op.drop_index("ix_conversations_unanswered", "conversations")
    op.drop_index("ix_conversations_open_last", "conversations")
    op.drop_index("ix_conversations_agent_last", "conversations")
    op.drop_column("conversations", "unanswered_since")
    op.drop_column("conversations", "misses")
    op.drop_column("conversations", "topic")
    op.drop_column("conversations", "team_id")
    op.drop_column("conversations", "priority")

    op.drop_table("viewers")
    op.drop_table("read_marks")
    op.drop_index(op.f("ix_notes_conversation_id"), "notes")

    op.drop_table("notes")
    op.drop_table("drafts")
    op.drop_index(op.f("ix_conversation_labels_label_id"), "conversation_labels")

    op.drop_table("conversation_labels")
    op.drop_index("ix_conversation_events_kind_at", "conversation_events")
    op.drop_index(op.f("ix_conversation_events_conversation_id"), "conversation_events")

    op.drop_table("conversation_events")
    op.drop_index(op.f("ix_alerts_conversation_id"), "alerts")
    op.drop_index("ix_alerts_agent_id_seen_at", "alerts")

    op.drop_table("alerts")
    op.drop_index(op.f("ix_team_members_agent_id"), "team_members")

    op.drop_table("team_members")
    op.drop_table("teams")
    op.drop_table("staffing_rules")
    op.drop_table("labels")
    op.drop_table("canned_replies")
    op.drop_table("agent_skills")
