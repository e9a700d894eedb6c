"""When a waiting customer was last told how things stand."""

import sqlalchemy as sa
from alembic import op

revision = "b2d9e41c70fa"
down_revision = "f40b7d21c6e8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("conversations", "acknowledged_at")
