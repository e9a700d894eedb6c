"""The measuring of the search's curve, in the background."""

import sqlalchemy as sa
from alembic import op

revision = "5e0c7ab3f914"
down_revision = "c81f5d3e92b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_measuring",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alive_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Float(), nullable=False),
        sa.Column("broke_off", sa.Boolean(), nullable=False),
        sa.Column("outside_share", sa.Float(), nullable=True),
        sa.Column("curve", sa.JSON(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_measuring")),
    )


def downgrade() -> None:
    op.drop_table("faq_measuring")
