"""Files that staff attach to tickets."""

import sqlalchemy as sa
from alembic import op

revision = "d0c3a7f1e548"
down_revision = "8c3d5a90e1f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_files",
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("ticket_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("attachment", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], ondelete="CASCADE",
                                name=op.f("fk_ticket_files_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_ticket_files")),
    )
    op.create_index(op.f("ix_ticket_files_ticket_id"), "ticket_files", ["ticket_id"])


def downgrade() -> None:
    op.drop_table("ticket_files")
