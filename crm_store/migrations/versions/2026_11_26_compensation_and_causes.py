"""Compensation, causes of complaints, improvements."""

import sqlalchemy as sa
from alembic import op

revision = "84f4f3e73faf"
down_revision = "d5b3e8f17c42"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "compensation_limits",
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("role", "unit", name=op.f("pk_compensation_limits")),
    )
    op.create_table(
        "complaint_causes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_causes")),
    )
    op.create_table(
        "improvements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cause_id", sa.String(length=40), nullable=False),
        sa.Column("ticket_id", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cause_id"], ["complaint_causes.id"], name=op.f("fk_improvements_cause_id_complaint_causes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvements")),
    )
    with op.batch_alter_table("improvements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_improvements_cause_id"), ["cause_id"], unique=False)

    op.create_table(
        "compensations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("ticket_id", sa.String(length=40), nullable=False),
        sa.Column("remedy", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("carried_out_by", sa.String(length=40), nullable=True),
        sa.Column("carried_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_compensations_ticket_id_tickets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compensations")),
        sa.UniqueConstraint("key", name=op.f("uq_compensations_key")),
    )
    with op.batch_alter_table("compensations", schema=None) as batch_op:
        batch_op.create_index("ix_compensations_stage_proposed_at", ["stage", "proposed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_compensations_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("compensations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_compensations_ticket_id"))
        batch_op.drop_index("ix_compensations_stage_proposed_at")

    op.drop_table("compensations")
    with op.batch_alter_table("improvements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_improvements_cause_id"))

    op.drop_table("improvements")
    op.drop_table("complaint_causes")
    op.drop_table("compensation_limits")
