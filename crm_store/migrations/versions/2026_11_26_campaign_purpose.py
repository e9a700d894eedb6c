"""A campaign's purpose as a column of its own: consent is asked by it."""

import sqlalchemy as sa
from alembic import op

revision = "1ff0cb2e5a9d"
down_revision = "8f0a41c6d2be"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(length=20), server_default="survey", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.drop_column("purpose")
