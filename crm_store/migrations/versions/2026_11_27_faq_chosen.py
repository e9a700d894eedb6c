"""Answers that the customer picked among those offered."""

import sqlalchemy as sa
from alembic import op

revision = "8c3d5a90e1f2"
down_revision = "4f8be21c9d07"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("faq_answers") as batch_op:
        batch_op.add_column(sa.Column("chosen", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("faq_answers") as batch_op:
        batch_op.drop_column("chosen")
