"""Where an import lays its articles down before they become live together."""

import sqlalchemy as sa
from alembic import op

revision = "4f8be21c9d07"
down_revision = "9e41c07b2d6a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_import_rows",
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("phrasings", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "place", name=op.f("pk_faq_import_rows")),
    )


def downgrade() -> None:
    op.drop_table("faq_import_rows")
