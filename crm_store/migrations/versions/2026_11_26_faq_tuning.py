"""What search is told beside the articles: glossary, confirmed pairs, learned words, cuts."""

import sqlalchemy as sa
from alembic import op

revision = "7c41b9d20e5f"
down_revision = "e3a94c7710df"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_glossary",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_glossary")),
    )
    op.create_table(
        "faq_pairs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_key", sa.String(length=420), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("article_id", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("customer_id", sa.String(length=40), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_pairs")),
        sa.UniqueConstraint("source_key", name=op.f("uq_faq_pairs_source_key")),
    )
    op.create_index(op.f("ix_faq_pairs_article_id"), "faq_pairs", ["article_id"])
    op.create_index(op.f("ix_faq_pairs_customer_id"), "faq_pairs", ["customer_id"])
    op.create_table(
        "faq_models",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("kept_back", sa.Integer(), nullable=False),
        sa.Column("before", sa.Float(), nullable=False),
        sa.Column("after", sa.Float(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_models")),
    )
    op.create_index(op.f("ix_faq_models_created_at"), "faq_models", ["created_at"])
    op.create_table(
        "faq_calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slope", sa.Float(), nullable=False),
        sa.Column("shift", sa.Float(), nullable=False),
        sa.Column("answer", sa.Float(), nullable=True),
        sa.Column("offer", sa.Float(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_calibration")),
    )


def downgrade() -> None:
    for table in ("faq_calibration", "faq_models", "faq_pairs", "faq_glossary"):
        op.drop_table(table)
