"""Until when a file is kept that nothing uses yet."""

import sqlalchemy as sa
from alembic import op

revision = "7d1f6a2c9e45"
down_revision = "5e0c7ab3f914"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("files", sa.Column("kept_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_files_kept_until", "files", ["kept_until"])


def downgrade() -> None:
    op.drop_index("ix_files_kept_until", "files")
    op.drop_column("files", "kept_until")
