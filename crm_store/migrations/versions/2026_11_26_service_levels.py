"""Service levels: policies and clocks."""

import sqlalchemy as sa
from alembic import op

revision = "39648ee8c913"
down_revision = "b7d21f0e9a53"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sla_clocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("matter_id", sa.String(length=40), nullable=False),
        sa.Column("metric", sa.String(length=20), nullable=False),
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("policy_name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("target_seconds", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_seconds", sa.BigInteger(), nullable=False),
        sa.Column("wall_seconds", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clocks")),
    )
    with op.batch_alter_table("sla_clocks", schema=None) as batch_op:
        batch_op.create_index("ix_sla_clocks_metric_started_at", ["metric", "started_at"], unique=False)
        batch_op.create_index(
            "ix_sla_clocks_running",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("outcome = 'running'"),
            sqlite_where=sa.text("outcome = 'running'"),
        )
        batch_op.create_index("ix_sla_clocks_subject_matter_id", ["subject", "matter_id"], unique=False)
        batch_op.create_index(
            "uq_sla_clocks_running",
            ["subject", "matter_id", "metric"],
            unique=True,
            postgresql_where=sa.text("outcome = 'running'"),
            sqlite_where=sa.text("outcome = 'running'"),
        )

    op.create_table(
        "sla_policies",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("around_the_clock", sa.Boolean(), nullable=False),
        sa.Column("warn_percent", sa.SmallInteger(), nullable=False),
        sa.Column("escalate_to", sa.JSON(), nullable=False),
        sa.Column("reassign_to", sa.String(length=40), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies")),
    )


def downgrade() -> None:
    op.drop_table("sla_policies")
    with op.batch_alter_table("sla_clocks", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sla_clocks_running",
            postgresql_where=sa.text("outcome = 'running'"),
            sqlite_where=sa.text("outcome = 'running'"),
        )
        batch_op.drop_index("ix_sla_clocks_subject_matter_id")
        batch_op.drop_index(
            "ix_sla_clocks_running",
            postgresql_where=sa.text("outcome = 'running'"),
            sqlite_where=sa.text("outcome = 'running'"),
        )
        batch_op.drop_index("ix_sla_clocks_metric_started_at")

    op.drop_table("sla_clocks")
